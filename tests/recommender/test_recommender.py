"""A slate holds what was asked for: as many as there are, nothing seen, nothing refused, and a sum that adds
up.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from instructrec.data.dataset import Catalog, Dataset
from instructrec.errors import ConfigError, NotTrained
from instructrec.instructions.understand import Reader
from instructrec.language.rerank import Reranker
from instructrec.models.checkpoint import publish
from instructrec.models.fast import FastModel
from instructrec.parsing.vocabulary import Vocabulary
from instructrec.recommender import recommender as module
from instructrec.recommender.diversify import top_items
from instructrec.recommender.eligibility import describe
from instructrec.recommender.recommender import Recommender
from instructrec.store.bulk import load, save
from instructrec.store.workspace import Workspace
from instructrec.types import Condition, Context, Interaction, Item, Request, Slate
from tests import worlds

EVERY = [f"m{n:02d}" for n in range(30)]
SENTENCES = [
    "a funny comedy from the 80s, not horror", "想看九十年代的喜剧，不要恐怖片", "🎬🍿 something 🔥", "?!?!", "   ",
    "\x00\u202e\ufeff", "ﬁlm ①",
    "no", "not without", "'; DROP TABLE items; --", "{title} %s $categories", "Golden Garden",
]  # fmt: skip


@pytest.fixture(scope="module")
def movie_recommender() -> Recommender:
    return Recommender(worlds.movie_model(), worlds.movies(), worlds.HashEncoder())


def ids(slate: Slate) -> list[str]:
    return [line.item.id for line in slate]


def with_items(keep: Callable[[pl.DataFrame], pl.DataFrame]) -> Recommender:
    """The movie model over a catalog that has changed since it was trained."""
    data = worlds.movies()
    return Recommender(
        worlds.movie_model(), replace(data, catalog=Catalog(keep(data.catalog.items))), worlds.HashEncoder()
    )


# --- how many
# -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [1, 2, 10, 18])
def test_exactly_n_where_there_are_enough(movie_recommender, n):
    slate = movie_recommender.recommend("something quiet", user="u03", n=n)
    assert [line.rank for line in slate] == list(range(1, n + 1))
    assert len(set(ids(slate))) == n
    assert slate.shortfall is None


def test_a_catalog_of_thirty_gives_thirty_of_a_thousand_and_says_why(movie_recommender):
    slate = movie_recommender.recommend(n=1_000)
    assert sorted(ids(slate)) == EVERY
    assert slate.shortfall == "30 of 1000: of 30 items, there are no more"


@pytest.mark.parametrize("field", ["instruction", "user", "id"])
def test_half_a_character_is_refused_as_no_text(movie_recommender, field):
    with pytest.raises(ConfigError, match=r"holds '\\udce9', which is no Unicode text"):
        movie_recommender.answer([Request(**{"n": 3, field: "caf\udce9"})])


@pytest.mark.parametrize("n", [0, -1, 1_001])
def test_an_n_that_is_not_allowed_is_refused_with_what_is(movie_recommender, n):
    with pytest.raises(ConfigError, match=rf"n is {n}; allowed: 1 to 1,000"):
        movie_recommender.recommend(n=n)


def test_the_reason_for_fewer_counts_down_step_by_step(movie_recommender):
    """Comedies are 0, 3, ... 27; of the 70s 0, 3, 6, 9; without m00 three; m03 was seen."""
    slate = movie_recommender.recommend(
        "comedy from the 70s", history=["m03", "m01"], exclude=["m00", "nowhere"], n=5
    )
    assert sorted(ids(slate)) == ["m06", "m09"]
    assert slate.shortfall == (
        "2 of 5: of 30 items, 4 meet the conditions (categories has Comedy; year between 1970 and 1979), "
        "3 remain after removing excluded items, 2 remain after removing items seen before"
    )


def test_conditions_that_nothing_meets_give_an_empty_slate_with_the_reason(movie_recommender):
    slate = movie_recommender.recommend("comedy before 1960")
    assert len(slate) == 0
    assert slate.shortfall == (
        "0 of 10: of 30 items, 0 meet the conditions (categories has Comedy; year < 1960)"
    )


# --- what may be shown
# --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("user", ["u00", "u17", "u39"])
def test_seen_items_are_never_shown(movie_recommender, user):
    seen = {item for item, _ in movie_recommender.source.history(user)}
    slate = movie_recommender.recommend(user=user, n=1_000)
    assert set(ids(slate)) == set(EVERY) - seen
    assert "after removing items seen before" in slate.shortfall


def test_an_item_the_user_rejected_counts_as_seen_and_is_no_taste():
    data = worlds.movies()
    acts = [Interaction(user="critic", item=item, action=action, time=t) for t, (item, action) in enumerate(
        [("m00", "play"), ("m01", "dislike")])]  # fmt: skip
    mine = replace(data, interactions=data.interactions.vstack(Dataset.of(acts).interactions))
    critic = Recommender(worlds.movie_model(), mine, worlds.HashEncoder())
    slate = critic.recommend(user="critic", n=1_000)
    assert set(ids(slate)) == set(EVERY) - {"m00", "m01"}
    only_liked = critic.recommend(history=["m00"], exclude=["m01"], n=1_000)
    assert [line.score for line in slate] == [line.score for line in only_liked]


def test_a_given_history_stands_in_for_the_stored_one(movie_recommender):
    slate = movie_recommender.recommend(user="u00", history=["m01"], n=1_000)
    assert set(ids(slate)) == set(EVERY) - {"m01"}


def test_excluded_items_are_never_shown(movie_recommender):
    first = ids(movie_recommender.recommend("comedy", n=3))
    assert not set(first) & set(ids(movie_recommender.recommend("comedy", n=1_000, exclude=first)))


def test_only_candidates_are_shown_and_unknown_ones_are_counted_out(movie_recommender):
    slate = movie_recommender.recommend("horror", candidates=["m01", "m02", "m04", "m04", "zzz"])
    assert sorted(ids(slate)) == ["m01", "m04"]
    assert slate.shortfall == (
        "2 of 10: of 30 items, 3 of the 4 candidates are in the catalog, 2 meet the conditions (categories has Horror)"
    )


def test_no_candidates_are_not_all_candidates(movie_recommender):
    assert len(movie_recommender.recommend(candidates=[])) == 0


def test_items_that_left_the_catalog_are_never_shown_and_the_reason_says_so():
    fewer = with_items(lambda items: items.filter(pl.col("year") >= 1980))
    slate = fewer.recommend(n=1_000, candidates=EVERY)
    assert sorted(ids(slate)) == EVERY[10:]
    assert slate.shortfall.startswith("20 of 1000: of 30 items, 20 are still in the catalog")


def test_an_item_that_left_the_catalog_still_tells_the_taste():
    fewer = with_items(lambda items: items.filter(pl.col("item_id") != "m04"))
    gone = fewer.recommend(history=["m04"], n=5)
    assert [line.score for line in gone] != [line.score for line in fewer.recommend(history=["m06"], n=5)]
    assert gone.notes == ()


def test_items_that_came_after_training_are_passed_over():
    one = pl.DataFrame({"item_id": ["new"], "title": ["New"], "year": [1985]})
    more = with_items(lambda items: pl.concat([one, items], how="diagonal"))
    assert "new" not in ids(more.recommend(n=1_000))
    assert len(more.recommend(history=["new", "m01"], n=5).notes) == 1


def test_conditions_hold_for_the_attributes_of_now_not_of_training():
    dearer = with_items(lambda items: items.with_columns(pl.when(pl.col("item_id") == "m03").then(99.0).otherwise("price")
                                                         .alias("price")))  # fmt: skip
    assert "m03" not in ids(dearer.recommend("under $20", n=1_000))
    [line] = dearer.recommend(candidates=["m03"], n=1)
    assert line.item.attributes["price"] == 99.0


# --- who asks, and how
# --------------------------------------------------------------------------------------------------


def test_an_unknown_user_is_answered_as_a_new_one_and_told_so(movie_recommender):
    stranger = movie_recommender.recommend("comedy", user="nobody")
    assert stranger.recommendations == movie_recommender.recommend("comedy").recommendations
    assert stranger.notes == ("user 'nobody' is not known: answered as for a new user",)


def test_unknown_ids_in_the_history_are_passed_over_and_told(movie_recommender):
    slate = movie_recommender.recommend(history=["m02", "gone", "m04"])
    assert slate.recommendations == movie_recommender.recommend(history=["m02", "m04"]).recommendations
    assert slate.notes == ("1 of 3 items of the history are not in the catalog and were ignored",)


@pytest.mark.parametrize("history", [None, [], ["gone"]])
def test_without_a_history_there_is_a_full_slate(movie_recommender, history):
    slate = movie_recommender.recommend(history=history)
    assert len(slate) == 10
    assert ids(slate) == ids(movie_recommender.recommend(""))


def test_a_very_long_history_is_answered(movie_recommender):
    slate = movie_recommender.recommend(history=EVERY[:20] * 200, n=10)
    assert sorted(ids(slate)) == EVERY[20:]


@pytest.mark.parametrize("sentence", SENTENCES)
def test_any_instruction_is_answered(movie_recommender, sentence):
    slate = movie_recommender.recommend(sentence, user="u05", n=3)
    assert len(slate) == 3 or slate.shortfall
    assert slate.instruction.text == sentence
    assert all(np.isfinite(line.score) for line in slate)


def test_a_chinese_instruction_is_held_to(movie_recommender):
    shown = movie_recommender.recommend("想看八十年代的喜剧，不要剧情片", n=1_000)
    assert {line.item.attributes["year"] // 10 for line in shown} == {198}
    assert all(line.item.attributes["categories"] == ["Comedy"] for line in shown)


@pytest.mark.parametrize("piece", ["comedy ", "喜剧", "🎬", "not ", "a" * 50 + " ", "1", ", or "])
def test_an_endless_instruction_is_read_as_far_as_its_limit(movie_recommender, piece):
    long = (piece * 10_000)[:4_000]
    slate = movie_recommender.recommend(long + " only horror from 1971", n=5)
    assert slate.recommendations == movie_recommender.recommend(long, n=5).recommendations


def test_a_refusal_at_the_end_of_a_long_instruction_holds_and_what_was_not_read_is_said(movie_recommender):
    slate = movie_recommender.recommend("I watched a film with my friends. " * 300 + "No horror.", n=1_000)
    assert all("Horror" not in line.item.attributes["categories"] for line in slate)
    assert [note for note in slate.notes if "were not read: at most 4,000 are" in note]


# --- the sum
# ------------------------------------------------------------------------------------------------------------


def test_contributions_sum_to_the_score_and_scores_descend(movie_recommender):
    requests = [Request(instruction=s, user=u, n=30) for s in (*SENTENCES, "") for u in (None, "u00", "u31")]
    lines = 0
    for slate in movie_recommender.answer(requests):
        for line in slate:
            assert sum(line.channels.values()) == pytest.approx(line.score, abs=1e-5)
            assert set(line.channels) == set(movie_recommender.model.channels)
        scores = [line.score for line in slate]
        assert all(left >= right - 1e-5 for left, right in pairwise(scores))
        lines += len(scores)
    assert lines > 300


def test_scores_that_differ_less_than_single_precision_are_ranked_right(movie_recommender, monkeypatch):
    def parts(self: FastModel, contexts: Sequence[Context]) -> dict[str, np.ndarray]:
        large, small = (
            np.full((len(contexts), 30), 2.0**24, np.float32),
            np.arange(30, dtype=np.float32)[None] / 64,
        )
        return {name: small if name == "popularity" else large for name in self.channels}

    monkeypatch.setattr(FastModel, "parts", parts)
    slate = movie_recommender.recommend(n=30)
    assert ids(slate) == EVERY[::-1]
    assert all(left.score > right.score for left, right in pairwise(slate))
    assert all(sum(line.channels.values()) == line.score for line in slate)


def test_the_score_is_the_models_own(movie_recommender):
    slate = movie_recommender.recommend("a quiet comedy", history=["m02", "m04"], n=1_000)
    model = movie_recommender.model
    reader = Reader(Vocabulary.of(worlds.movies().items()), worlds.HashEncoder())
    [context] = reader.contexts(["a quiet comedy"], [np.array([2, 4])])
    scores = model.score([context])[0]
    assert [line.score for line in slate] == pytest.approx(
        [scores[model.numbers[i]] for i in ids(slate)], abs=1e-5
    )


def test_the_best_of_those_allowed_come_first(movie_recommender):
    everything = movie_recommender.recommend("quiet", history=["m02"], n=1_000)
    assert ids(movie_recommender.recommend("quiet", history=["m02"], n=4)) == ids(everything)[:4]


# --- conditions
# ---------------------------------------------------------------------------------------------------------


def holds(item: Item, condition: Condition) -> bool:
    """The meaning of a condition, written without the code it tests."""
    value, wanted = item.attributes[condition.field], condition.value
    members = value if isinstance(value, list) else [value]
    tests: dict[str, Callable[[], bool]] = {
        "=": lambda: value == wanted, "!=": lambda: value != wanted,
        "in": lambda: any(m in wanted for m in members), "not_in": lambda: not any(m in wanted for m in members),
        "contains": lambda: wanted in members, "not_contains": lambda: wanted not in members,
        "<": lambda: value < wanted, "<=": lambda: value <= wanted, ">": lambda: value > wanted, ">=": lambda: value >= wanted,
        "between": lambda: wanted[0] <= value <= wanted[1],
    }  # fmt: skip
    return tests[condition.op]()


Said = tuple[str, Callable[[dict[str, Any]], bool]]
CATEGORIES = ("Comedy", "Horror", "Sci-Fi", "Drama")
categories: list[Said] = [
    *((name.lower(), lambda a, name=name: name in a["categories"]) for name in CATEGORIES),
    ("comedy or horror", lambda a: bool({"Comedy", "Horror"} & set(a["categories"]))),
]
refusals: list[Said] = [
    *((f"no {name.lower()}", lambda a, name=name: name not in a["categories"]) for name in CATEGORIES),
    *((f"not {brand}", lambda a, brand=brand: a["brand"] != brand) for brand in worlds.BRANDS),
    ("no horror or drama", lambda a: not {"Horror", "Drama"} & set(a["categories"])),
]
brands: list[Said] = [(f"by {brand}", lambda a, brand=brand: a["brand"] == brand) for brand in worlds.BRANDS]
years = st.integers(1968, 2002).flatmap(lambda y: st.sampled_from([
    (f"before {y}", lambda a: a["year"] < y), (f"after {y}", lambda a: a["year"] > y),
    (f"from {y} onwards", lambda a: a["year"] >= y),
    (f"from the {y // 10 * 10}s", lambda a: a["year"] // 10 == y // 10),
    (f"between {y - 7} and {y}", lambda a: y - 7 <= a["year"] <= y),
]))  # fmt: skip
costs = st.integers(4, 36).flatmap(lambda p: st.sampled_from([
    (f"under ${p}", lambda a: a["price"] <= p), (f"over {p} dollars", lambda a: a["price"] >= p),
    (f"between ${p - 3} and ${p}", lambda a: p - 3 <= a["price"] <= p),
]))  # fmt: skip
fragments = st.one_of(*map(st.sampled_from, (categories, refusals, brands)), years, costs)


@settings(max_examples=150)
@given(said=st.lists(fragments, min_size=1, max_size=4), user=st.sampled_from([None, "u00", "u11"]))
def test_no_item_shown_violates_a_condition_that_was_said(movie_recommender, said, user):
    """Each part a sentence of its own, so that what was said is beyond doubt; the first in a slate of one
    must hold too.
    """
    text = ". ".join(part for part, _ in said)
    slate = movie_recommender.recommend(text, user=user, n=30)
    assert slate.instruction.conditions
    for line in slate:
        assert all(holds(line.item, c) for c in slate.instruction.conditions)
        assert all(true(dict(line.item.attributes)) for _, true in said), text
    seen = {item for item, _ in movie_recommender.source.history(user)} if user else set()
    fitting = [
        i.id
        for i in movie_recommender.items
        if i.id not in seen and all(true(dict(i.attributes)) for _, true in said)
    ]
    assert sorted(ids(slate)) == fitting  # and none that fits is kept back


# --- many, and from where
# -----------------------------------------------------------------------------------------------


REQUESTS = [
    Request(id="a", instruction="a quiet comedy", user="u00", n=5),
    Request(id="b", user="u31"),
    Request(id="c", instruction="不要恐怖片", history=("m02", "m05", "m07"), n=3),
    Request(id="d"),
    Request(id="e", instruction="horror under $9", n=20, exclude=("m01",)),
    Request(id="f", instruction="a quiet comedy", history=tuple(EVERY[:12]), candidates=tuple(EVERY[5:25])),
]


def same(left: Slate, right: Slate) -> bool:
    return (
        ids(left) == ids(right)
        and [line.score for line in left] == pytest.approx([line.score for line in right], abs=1e-5)
        and [line.reason for line in left] == [line.reason for line in right]
        and (left.id, left.shortfall, left.notes, left.instruction)
        == (right.id, right.shortfall, right.notes, right.instruction)
    )


def test_answers_to_many_are_the_answers_to_each(movie_recommender):
    together = movie_recommender.answer(REQUESTS)
    assert [slate.request for slate in together] == REQUESTS
    for request, slate in zip(REQUESTS, together, strict=True):
        assert same(slate, movie_recommender.answer([request])[0])


def test_answers_do_not_depend_on_the_size_of_a_block(movie_recommender, monkeypatch):
    together = movie_recommender.answer(REQUESTS)
    monkeypatch.setattr(module, "CELLS", 2 * len(EVERY))
    assert all(map(same, together, movie_recommender.answer(REQUESTS)))


def test_no_requests_get_no_slates(movie_recommender):
    assert movie_recommender.answer([]) == []


def test_a_slate_has_the_id_of_its_request_or_one_of_its_own(movie_recommender):
    mine, one, other = movie_recommender.answer([Request(id="mine"), Request(), Request()])
    assert mine.id == "mine"
    assert one.id
    assert one.id != other.id


def test_a_store_and_a_dataset_of_the_same_data_give_the_same_slates(movie_recommender, store):
    save(store, worlds.movies())
    for source in (store, load(store)):
        other = Recommender(movie_recommender.model, source, worlds.HashEncoder())
        assert all(map(same, movie_recommender.answer(REQUESTS), other.answer(REQUESTS)))


def test_an_act_that_was_stored_since_counts_at_once(store):
    save(store, worlds.movies())
    recommender = Recommender(worlds.movie_model(), store, worlds.HashEncoder())
    first = ids(recommender.recommend(user="u00"))[0]
    save(store, replace(worlds.movies(), interactions=Dataset.of(
        [Interaction(user="u00", item=first, action="play", time=9e9)]).interactions))  # fmt: skip
    assert first not in ids(recommender.recommend(user="u00", n=1_000))


def test_a_workspace_serves_its_current_model(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "load_encoder", lambda name: {"hash-64": worlds.HashEncoder()}[name])
    place = Workspace(tmp_path)
    save(place.store, worlds.movies())
    publish(worlds.movie_model(), place.models)
    slate = Recommender.load(tmp_path).recommend("comedy", user="u00", n=3)
    assert len(slate) == 3
    assert slate.model == "v00001"


def test_a_workspace_without_data_says_what_comes_next_and_stays_as_it_is(tmp_path):
    with pytest.raises(NotTrained, match="next: instructrec read"):
        Recommender.load(tmp_path / "none")
    assert list(tmp_path.iterdir()) == []


# --- parts
# --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("n", "wanted"), [(1, [3]), (2, [3, 1]), (3, [3, 1, 2]), (9, [3, 1, 2, 4])])
def test_level_items_come_in_catalog_order_whatever_n(n, wanted):
    scores, allowed = np.array([9.0, 1.0, 1.0, 2.0, 1.0]), np.array([False, True, True, True, True])
    assert top_items(scores, allowed, n).tolist() == wanted


def test_nothing_allowed_is_nothing_chosen():
    assert top_items(np.ones(3), np.zeros(3, bool), 2).tolist() == []


@pytest.mark.parametrize(
    ("field", "op", "value", "words"),
    [
        ("categories", "in", ["War", "Drama"], "categories is one of War, Drama"),
        ("year", "not_in", [1990, 1991], "year is none of 1990, 1991"),
        ("price", "<=", 20.0, "price <= 20"),
        ("price", "between", [1.5, 3.0], "price between 1.5 and 3"),
        ("categories", "not_contains", "War", "categories without War"),
    ],
)
def test_a_condition_is_said_in_words(field, op, value, words):
    assert describe(Condition(field=field, op=op, value=value)) == words


# --- what a sentence says beside its conditions
# ---------------------------------------------------------------------------


def test_the_number_in_the_sentence_counts_unless_the_request_has_its_own(movie_recommender):
    assert len(movie_recommender.recommend("three comedies")) == 3
    assert len(movie_recommender.recommend("three comedies", n=2)) == 2
    assert len(movie_recommender.recommend("comedies from the 70s or 80s")) == 7


def test_a_title_that_is_named_is_history_and_is_not_shown(movie_recommender):
    slate = movie_recommender.recommend("like Golden Harbour", n=29)
    told = movie_recommender.recommend("", history=["m01"], n=29)
    assert slate.instruction.like == ("m01",)
    assert "m01" not in ids(slate)
    named, had = ({r.item.id: r.channels["neighbours"] for r in answer} for answer in (slate, told))
    # each answer has a gate of its own, the walk is the same
    gates = [named[item] / had[item] for item in named if had[item]]
    assert len(gates) > 5
    assert gates == pytest.approx([gates[0]] * len(gates), rel=1e-4)
    assert {item for item in named if named[item]} == {item for item in had if had[item]}


def test_a_title_that_is_refused_is_not_shown(movie_recommender):
    assert "m01" in ids(movie_recommender.recommend("", n=30))
    assert "m01" not in ids(movie_recommender.recommend("anything but Golden Harbour", n=30))


def test_the_item_that_is_asked_about_is_the_only_one_ranked(movie_recommender):
    slate = movie_recommender.recommend("would I like Golden Harbour?", user="u01")
    assert ids(slate) == ["m01"]
    assert slate.shortfall is None


def test_of_two_items_that_are_compared_both_are_ranked(movie_recommender):
    slate = movie_recommender.recommend("Golden Harbour or Quiet Garden?")
    assert sorted(ids(slate)) == ["m01", "m06"]


def test_alternatives_hold_in_every_item(movie_recommender):
    slate = movie_recommender.recommend("comedies from the 70s or horror from the 80s", n=30)
    kinds = {
        (line.item.attributes["categories"][0], line.item.attributes["year"] // 10 * 10) for line in slate
    }
    assert kinds == {("Comedy", 1970), ("Horror", 1980)}


def test_too_few_items_come_with_the_nearest_relaxation_which_is_not_taken(movie_recommender):
    slate = movie_recommender.recommend("comedy under $8", n=3)
    assert ids(slate) == ["m00", "m03"] or sorted(ids(slate)) == ["m00", "m03"]
    assert [(r.condition.field, r.value, r.items) for r in slate.relaxations] == [
        ("categories", None, 4),
        ("price", 11, 3),
    ]


def test_hidden_gems_are_less_known_and_classics_more(movie_recommender):
    popularity = (
        worlds.movie_model().channels["popularity"].score([Context(history=np.zeros(0, np.int64))])[0]
    )
    numbers = {item: n for n, item in enumerate(EVERY)}

    def fame(text: str) -> float:
        return float(
            np.mean([popularity[numbers[i]] for i in ids(movie_recommender.recommend(text, user="u02", n=5))])
        )

    assert fame("hidden gems") < fame("") < fame("the classics")


def test_dials_are_said_back(movie_recommender):
    assert "understood: fewer well-known items" in movie_recommender.recommend("hidden gems").notes


# --- the language model
# -------------------------------------------------------------------------------------------------


def the_last(_said, _history, titles):
    """Likes the last of a list best."""
    return np.arange(len(titles), dtype=np.float32)


@pytest.fixture
def read_again(monkeypatch: pytest.MonkeyPatch, tmp_path) -> Recommender:
    monkeypatch.setattr(
        Reranker, "load", lambda folder: Reranker(the_last, {"uninstructed": 2.0, "instructed": 2.0})
    )
    return Recommender(worlds.movie_model(), worlds.movies(), worlds.HashEncoder(), language=tmp_path)


def test_what_is_read_again_is_a_term_of_the_sum(read_again):
    fast, slate = (read_again.recommend("quiet", user="u03", n=18, rerank=rerank) for rerank in ("", "lm"))
    assert ids(slate)[0] == ids(fast)[-1]
    for line in slate:
        assert sum(line.channels.values()) == pytest.approx(line.score, abs=1e-5)
    assert [line.channels["language_model"] for line in slate] != [0.0] * len(slate)
    assert "language_model" not in fast.recommendations[0].channels
    assert "icked by the language model" in slate.recommendations[0].reason


def test_conditions_hold_for_what_is_read_again(read_again):
    slate = read_again.recommend("a comedy from the 80s", rerank="lm")
    assert ids(slate)
    assert all("Comedy" in line.item.attributes["categories"] for line in slate)


def test_without_time_the_order_is_that_of_the_fast_model_and_the_slate_says_so(read_again):
    fast = read_again.recommend(user="u03")
    slate = read_again.recommend(user="u03", rerank="lm", rerank_seconds=1e-9)
    assert ids(slate) == ids(fast)
    assert any("the order is the fast model's" in note for note in slate.notes)


@pytest.mark.parametrize("wrong", [{"rerank": "gpt"}, {"rerank": "lm", "rerank_seconds": 0}])
def test_another_reranker_or_no_time_is_refused(movie_recommender, wrong):
    with pytest.raises(ConfigError, match="allowed: 'lm' or nothing, and a time above 0"):
        movie_recommender.recommend(**wrong)


def test_without_a_language_model_it_says_so(movie_recommender):
    with pytest.raises(ConfigError, match="made without a language model"):
        movie_recommender.recommend(rerank="lm")

"""Said otherwise, the same is asked; and what asks something else is not taken over."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from instructrec.errors import ConfigError
from instructrec.instructions.augment import (
    WAYS,
    augment,
    conditions,
    drop_filler,
    join,
    keep,
    paraphrase,
    switch,
    typos,
)
from instructrec.instructions.generate import corpus
from instructrec.instructions.template import words
from instructrec.parsing.parse import parse
from instructrec.parsing.quantities import NUMBERED
from instructrec.parsing.vocabulary import Vocabulary
from instructrec.types import Preference
from tests import worlds

FILMS = Vocabulary.of(worlds.movies().catalog.records())
CORPUS = corpus(worlds.movies(), size=1500, seed=5)
WISHES = [
    g for g in CORPUS if g.said == g.text and g.facts and g.preference == Preference.NONE and g.said == g.text
]
TASTES = [g for g in CORPUS if g.said == g.text and g.preference == Preference.EXPLICIT]


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def asked(text: str) -> set[object]:
    return conditions(parse(text, FILMS))


def in_numbers(made) -> bool:
    """Whether its price is said in numbers."""
    said = [made.text[slice(*c.span)] for c in parse(made.text, FILMS).conditions if c.field == "price"]
    return any(NUMBERED.search(part) for part in said)


@given(st.sampled_from(WISHES), st.sampled_from(["paraphrase", "drop", "switch"]), st.integers(0, 50))
def test_said_otherwise_the_conditions_are_the_same(made, way, seed):
    other = WAYS[way](made.text, made.language, rng(seed))
    assert asked(other) == asked(made.text), (made.text, other)


@given(st.sampled_from(TASTES), st.sampled_from(["paraphrase", "switch"]), st.integers(0, 50))
def test_a_taste_said_otherwise_is_the_same(made, way, seed):
    other = WAYS[way](made.text, made.language, rng(seed))
    assert asked(other) == asked(made.text), (made.text, other)


@given(st.sampled_from(WISHES), st.sampled_from(WISHES), st.integers(0, 50))
def test_two_wishes_in_one_text_keep_both(first, second, seed):
    if first.language == second.language and "year" not in (
        *first.fields,
        *second.fields,
    ):  # years would be alternatives
        text = join(first.text, second.text, first.language, rng(seed))
        kept = [asked(made.text) for made in (first, second)]
        if "price" in first.fields and "price" in second.fields and in_numbers(first) != in_numbers(second):
            silent = kept[
                in_numbers(first)
            ]  # a word for cheap, which asks for nothing beside a price in numbers
            silent -= {c for c in silent if c[0] == "price"}
        assert asked(text) == kept[0] | kept[1], text


def test_beside_a_price_in_numbers_a_word_for_cheap_asks_for_nothing():
    text = join("something inexpensive", "sci-fi under 40 dollars", "en", rng())
    assert asked(text) == asked("sci-fi under 40 dollars")


@pytest.mark.parametrize("way", WAYS)
def test_every_way_is_the_same_for_a_seed_and_leaves_titles_alone(way):
    text = 'Find me a comedy like "Funny Comedy Please", please'
    assert WAYS[way](text, "en", rng(3)) == WAYS[way](text, "en", rng(3))
    assert all('"Funny Comedy Please"' in WAYS[way](text, "en", rng(seed)) for seed in range(30))


def test_every_list_of_synonyms_asks_the_same():
    frames = {"en": "{} sci-fi from before 1990 under 30 dollars", "zh": "{}科幻片"}
    for language, frame in frames.items():
        for group in words("paraphrase")[language]["synonyms"]:
            found = {
                frozenset(map(repr, asked(frame.format(w))))
                for w in group
                if not set("0123456789年元or").issuperset(w)
            }
            assert len(found) == 1, group


def test_a_bare_wish_is_put_into_a_sentence_and_a_taste_is_not():
    assert paraphrase("quiet comedy", "en", rng()) != "quiet comedy"
    assert paraphrase("My taste runs to comedy", "en", rng()) == "My taste runs to comedy"


def test_filler_goes_and_the_wish_stays():
    said = {drop_filler("Could you find me a comedy, please?", "en", rng(seed)) for seed in range(10)}
    assert said == {"Could you find me a comedy?", "a comedy, please?"}
    assert drop_filler("comedy", "en", rng()) == "comedy"
    assert drop_filler("请帮我找喜剧片", "zh", rng(1)) in ("帮我找喜剧片", "请喜剧片")


def test_slips_change_letters_and_no_short_word():
    said = typos("a wonderful comedy of the 90s", "en", rng(1), rate=1)
    assert said != "a wonderful comedy of the 90s"
    assert said.split()[0] == "a"
    assert said.split()[3:] == ["of", "the", "90s"]
    assert typos("适合周末的", "zh", rng(), rate=1) == "试和周末得"
    assert typos("a wonderful comedy", "en", rng(), rate=0) == "a wonderful comedy"


def test_a_name_is_said_in_the_other_language():
    assert switch("a comedy from the 1990s", "en", rng()) in (
        "a 喜剧片 from the 1990s",
        "a 喜剧 from the 1990s",
        "a 搞笑 from the 1990s",
    )
    assert switch("90年代的科幻片", "zh", rng(1)).isascii() is False
    assert asked(switch("90年代的科幻片", "zh", rng(1))) == asked("90年代的科幻片")
    assert switch("nothing known", "en", rng()) == "nothing known"


def test_a_corpus_grows_by_new_texts_that_keep_their_target():
    found = augment(CORPUS, 400, rng())
    assert found == augment(CORPUS, 400, rng())
    assert len(found) == 400
    old = {g.text: g for g in CORPUS}
    assert not [g for g in found if g.text in old]
    assert {way for g in found for way in WAYS if g.template.endswith(f"+{way}")} == set(WAYS)
    assert any(
        "+" in g.template and g.template.count("-") > 2 and g.template.split("+")[1] not in WAYS
        for g in found
    )
    targets = {(g.template, g.item) for g in CORPUS}
    assert all((g.template.split("+")[0], g.item) in targets for g in found)
    assert all(g.flip is None for g in found)


def test_two_joined_wishes_are_for_one_item_and_leak_if_one_does():
    by_text = {g.text: g for g in CORPUS}
    for g in augment(CORPUS, 50, rng(), ways=("join",)):
        parts = [
            p for p in by_text.values() if g.text.startswith(p.text.rstrip(" .?!。？！")) and p.item == g.item
        ]
        assert parts
        assert g.leaks_target >= min(p.leaks_target for p in parts)
        assert len(g.facts) == len(g.fields)


def test_an_unknown_way_is_refused():
    with pytest.raises(ConfigError, match="there are: paraphrase, drop, typos, switch, join"):
        augment(CORPUS, 1, rng(), ways=("translate",))


@pytest.mark.parametrize(
    ("other", "kept"),
    [
        ("I would like a comedy from the 1990s, not horror", True),
        ("a comedy from the 1990s, not horror", False),  # the same text
        ("", False),
        ("a comedy from the 1990s", False),  # the refusal is lost
        ("a comedy from the 1980s, not horror", False),
        ("not horror from the 1990s but one comedy which rather unrelated words make long and far", False),
    ],
)
def test_a_paraphrase_is_kept_if_it_asks_the_same_and_is_near(other, kept):
    assert (
        keep("a comedy from the 1990s, not horror", other, FILMS, worlds.HashEncoder(), nearness=0.6) is kept
    )

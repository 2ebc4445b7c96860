"""The weight is what the lists say, the sum stays a sum, and a request's time is kept."""

import time

import numpy as np
import pytest

from instructrec.errors import ConfigError
from instructrec.language.rerank import Reranker, score_terms
from instructrec.language.weigh import MAX_WEIGHT, best_weight, weigh, weigh_by_kind
from instructrec.models.validation_lists import ValidationList

TITLES = [f"title {n}" for n in range(40)]


class Judge:
    """Says of every title what it was told; with so many seconds a letter, if asked to."""

    def __init__(self, liked: dict[str, float], seconds: float = 0.0) -> None:
        self.liked, self.seconds, self.lengths = liked, seconds, []

    def __call__(self, said, history, titles):
        time.sleep(self.seconds * sum(map(len, titles)))
        self.lengths.append(len(titles))
        return np.array([self.liked.get(title, 0.0) for title in titles], np.float32)


def lists(right: bool, said: str = "") -> list[ValidationList]:
    """Lists whose last item was taken; the judge that likes number 4 is right of them, or wrong."""
    taken = 4 if right else 0
    return [
        ValidationList(said, (9,), (0, 1, 2, 3, 4), (2.0, 1.5, 1.0, 0.5, 0.0), (taken,)) for _ in range(20)
    ]


def test_a_judge_who_knows_gets_weight_and_one_who_does_not_gets_none():
    judge = Judge({"title 4": 3.0})
    good, bad = weigh(judge, lists(True), TITLES), weigh(judge, lists(False), TITLES)
    assert good.weight > 1
    assert good.reached > good.without
    assert good.earns
    assert bad.weight == pytest.approx(0, abs=1e-3)
    assert not bad.earns


def test_the_weight_is_where_what_was_taken_is_most_likely():
    scores, values = [np.array([1.0, 0.0])] * 3, [np.array([0.0, 1.0])] * 3
    found = best_weight(scores, values, [np.array([1]), np.array([1]), np.array([0])])
    assert found == pytest.approx(1 + np.log(2), abs=1e-3)  # two of three: odds of two
    assert best_weight(scores, values, [np.array([1])] * 3) == pytest.approx(MAX_WEIGHT, abs=1e-2)
    # what speaks against what was taken is not asked at all
    assert best_weight(scores, values, [np.array([0])] * 3) == 0.0


def test_lists_in_which_nothing_was_taken_are_passed_over():
    missed = [ValidationList("", (), (0, 1), (1.0, 0.0), (7,))] * 5
    assert weigh(Judge({}), missed, TITLES).lists == 0
    assert weigh(Judge({}), [*missed, *lists(True)], TITLES).lists == 20


def test_each_kind_of_request_has_its_own_weight():
    found = weigh_by_kind(Judge({"title 4": 3.0}), [*lists(False), *lists(True, "four")], TITLES)
    assert found["uninstructed"].weight < 0.01 < found["instructed"].weight


def test_no_item_that_was_read_falls_behind_one_that_was_not():
    assert score_terms(np.array([-3.0, -1.0]), 2.0).tolist() == [0.0, 4.0]


def test_a_list_is_read_as_far_as_the_time_goes():
    judge = Judge({"title 3": 1.0}, seconds=4e-4)
    reader = Reranker(judge, {"uninstructed": 1.0, "instructed": 0.0})
    added, note = reader.read("", [], TITLES, seconds=5)
    assert (len(added), int(added.argmax()), note) == (20, 3, "")
    fewer, note = reader.read("", [], TITLES, seconds=0.05)
    assert len(fewer) == 10
    assert "the first 10" in note
    none, note = reader.read("", [], TITLES, seconds=1e-4)
    assert none is None
    assert "over 0.0001 s" in note


def test_words_without_weight_are_not_read():
    judge = Judge({})
    reader = Reranker(judge, {"uninstructed": 1.0, "instructed": 0.0})
    before = len(judge.lengths)
    added, note = reader.read("quiet", [], TITLES, seconds=5)
    assert added is None
    assert "no significant gain" in note
    assert len(judge.lengths) == before


def test_one_title_is_no_list():
    assert Reranker(Judge({}), {"uninstructed": 1.0, "instructed": 1.0}).read(
        "", [], TITLES[:1], seconds=5
    ) == (None, "")


def test_a_folder_without_a_tuned_model_says_what_to_do(tmp_path):
    with pytest.raises(ConfigError, match="next: instructrec tune"):
        Reranker.load(tmp_path / "language")

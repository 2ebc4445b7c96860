"""A short list is scored by what the model thinks of its titles, not by where they stand."""

from collections.abc import Sequence

import numpy as np
import pytest

from instructrec.language.listwise import LABELS, MOST, TitleLikelihood, listwise


def test_nothing_said_and_nothing_had_is_left_out():
    assert listwise("", [], ["Dune"]).splitlines() == [
        "A. Dune",
        "Which one is best? Answer with its letter.",
    ]


def test_long_histories_and_titles_are_cut():
    prompt = listwise("", [f"t{n}" for n in range(50)], ["x" * 500])
    assert "t41" not in prompt
    assert "t42" in prompt
    assert len(prompt) < 300


def test_more_candidates_than_labels_are_refused():
    with pytest.raises(ValueError, match=f"{MOST + 1} candidates; at most {len(LABELS)}"):
        listwise("", [], ["x"] * (MOST + 1))


class Wordy:
    """Likes short titles, and what shares a word with the history."""

    def __init__(self) -> None:
        self.asked = 0

    def likelihood(self, prompt: str, answers: Sequence[str]) -> np.ndarray:
        self.asked += 1
        shared = [len(set(prompt.split()) & set(answer.split())) for answer in answers]
        return np.array([2.0 * s - len(a) for s, a in zip(shared, answers, strict=True)])


def test_a_short_title_has_no_advantage_over_one_that_follows():
    read = TitleLikelihood(Wordy())
    assert read("", ["blue hat"], ["a", "the blue shoe of somebody"]).argmax() == 1
    assert read("", [], ["a", "the blue shoe of somebody"]) == pytest.approx([0, 0])


def test_what_a_title_is_worth_alone_is_asked_once():
    model = Wordy()
    read = TitleLikelihood(model, {"a": -1.0})
    read("", ["blue hat"], ["a"])
    assert model.asked == 1
    read("", ["blue hat"], ["a", "new", "new"])
    read("", ["red hat"], ["new", "a"])
    assert model.asked == 4
    assert read.alone == {"a": -1.0, "new": -3.0}


def test_a_network_reads_titles(model):
    found = TitleLikelihood(model)("", ["hat"], ["red shoe", "blue hat", "one"])
    assert found.shape == (3,)
    assert found.mean() == pytest.approx(0, abs=1e-6)

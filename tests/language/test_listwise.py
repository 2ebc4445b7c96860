"""A short list is scored by what the model thinks of its titles, not by where they stand."""

from collections.abc import Sequence

import numpy as np
import pytest

from instructrec.language.listwise import LABELS, MOST, Likely, listwise, score

TITLES = ["Dune", "Emma", "Ulysses", "Beloved"]


class Taste:
    """Likes some titles, and the first labels of any list."""

    def __init__(self, liked: dict[str, float], bias: float) -> None:
        self.liked, self.bias = liked, bias

    def choose(self, prompts: Sequence[str], choices: Sequence[str]) -> np.ndarray:
        rows = []
        for prompt in prompts:
            lines = dict(line.split(". ", 1) for line in prompt.splitlines() if line[1:3] == ". ")
            rows.append(
                [self.liked.get(lines[label], 0.0) - self.bias * place for place, label in enumerate(choices)]
            )
        return np.array(rows, np.float32)


def test_what_is_liked_comes_first_wherever_it_stands():
    model = Taste({"Ulysses": 1.0}, bias=0.4)
    for turn in range(len(TITLES)):
        titles = TITLES[turn:] + TITLES[:turn]
        assert titles[int(score(model, "long", [], titles).argmax())] == "Ulysses"


def test_the_liking_for_a_label_counts_for_none():
    assert score(Taste({}, bias=3.0), "", [], TITLES) == pytest.approx(np.zeros(4), abs=1e-6)


def test_scores_lie_around_zero_and_keep_their_distances():
    found = score(Taste({"Dune": 2.0, "Emma": 1.0}, bias=0.5), "", ["Walden"], TITLES)
    assert found.mean() == pytest.approx(0, abs=1e-6)
    assert found[0] - found[1] == pytest.approx(1.0)
    assert found[2] == pytest.approx(found[3])


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


def test_a_network_scores_a_list(causal):
    found = score(causal, "", ["hat"], ["red shoe", "blue hat"])
    assert found.shape == (2,)
    assert np.isfinite(found).all()


class Wordy:
    """Likes short titles, and what shares a word with the history."""

    def __init__(self) -> None:
        self.asked = 0

    def likelihood(self, prompt: str, answers: Sequence[str]) -> np.ndarray:
        self.asked += 1
        shared = [len(set(prompt.split()) & set(answer.split())) for answer in answers]
        return np.array([2.0 * s - len(a) for s, a in zip(shared, answers, strict=True)])


def test_a_short_title_has_no_advantage_over_one_that_follows():
    read = Likely(Wordy())
    assert read("", ["blue hat"], ["a", "the blue shoe of somebody"]).argmax() == 1
    assert read("", [], ["a", "the blue shoe of somebody"]) == pytest.approx([0, 0])


def test_what_a_title_is_worth_alone_is_asked_once():
    model = Wordy()
    read = Likely(model, {"a": -1.0})
    read("", ["blue hat"], ["a"])
    assert model.asked == 1
    read("", ["blue hat"], ["a", "new", "new"])
    read("", ["red hat"], ["new", "a"])
    assert model.asked == 4
    assert read.alone == {"a": -1.0, "new": -3.0}


def test_a_network_reads_titles(model):
    found = Likely(model)("", ["hat"], ["red shoe", "blue hat", "one"])
    assert found.shape == (3,)
    assert found.mean() == pytest.approx(0, abs=1e-6)

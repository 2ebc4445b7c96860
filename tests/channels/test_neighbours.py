"""People who had X then had Y, on three people that can be counted by hand."""

import numpy as np
import pytest

from instructrec.channels import counting
from instructrec.channels.base import NeighbourConfig
from instructrec.channels.counting import count_transitions, ease_neighbours, tfidf_neighbours
from instructrec.channels.neighbours import EaseNeighbours, Neighbours, TfidfNeighbours
from instructrec.types import Context
from tests import worlds

RAW = NeighbourConfig(decay=1.0, backward=0.0, row=0.0, column=0.0)
PEOPLE = worlds.histories([0, 1, 2], [0, 1], [2, 0])


def counts(config: NeighbourConfig, acts=PEOPLE, items: int = 3) -> list[list[float]]:
    return count_transitions(acts, items, config).toarray().tolist()


def score(config: NeighbourConfig, *history: int) -> list[float]:
    """The walk, before its logarithm is taken."""
    channel = Neighbours.of(count_transitions(PEOPLE, 3, config), config)
    return (
        np.expm1(channel.score([Context(history=np.array(history, np.int32))])[0]) * channel.floor
    ).tolist()


def test_a_pair_counts_by_its_distance():
    assert counts(RAW) == [[0, 2, 0.5], [0, 0, 1], [1, 0, 0]]


def test_backward_counts_are_added_turned_round():
    config = NeighbourConfig(decay=1.0, backward=0.5, row=0, column=0)
    assert counts(config) == [[0, 2, 1], [1, 0, 1], [1.25, 0.5, 0]]


def test_pairs_beyond_the_window_do_not_count():
    config = NeighbourConfig(window=1, decay=1.0, backward=0.0)
    assert counts(config) == [[0, 2, 0], [0, 0, 1], [1, 0, 0]]


def test_pairs_do_not_cross_from_one_person_to_the_next():
    assert counts(RAW, worlds.histories([0], [1], [2])) == [[0] * 3] * 3


def test_disliked_items_are_stepped_over():
    acts = worlds.histories([0, 1, 2], signs=[[1, -1, 1]])
    assert counts(RAW, acts) == [[0, 0, 1], [0, 0, 0], [0, 0, 0]]


def test_an_item_is_no_neighbour_of_itself():
    assert np.trace(np.array(counts(RAW, worlds.histories([0, 0, 1, 0])))) == 0


def test_one_item_reads_its_row():
    assert score(RAW, 0) == pytest.approx([0, 2, 0.5])


def test_the_last_item_weighs_most():
    weights = np.array([1 / 2, 1]) / 1.5
    assert score(RAW, 0, 2) == pytest.approx([weights[1], 2 * weights[0], 0.5 * weights[0]])


def test_cells_are_divided_by_row_and_column_totals():
    config = NeighbourConfig(decay=1.0, backward=0.0, row=1.0, column=0.5)
    assert score(config, 0) == pytest.approx([0, 2 / 3.5 / 3**0.5, 0.5 / 3.5 / 2.5**0.5])


def test_only_the_strongest_neighbours_are_kept():
    assert score(NeighbourConfig(decay=1.0, backward=0.0, row=0, column=0, keep=1), 0) == pytest.approx(
        [0, 2, 0]
    )


def test_only_the_last_items_are_read():
    short = NeighbourConfig(decay=1.0, backward=0.0, row=0, column=0, last=1)
    assert score(short, 1, 0) == score(short, 0)


def test_the_score_is_the_logarithm_of_the_walk_over_a_usual_cell():
    channel = Neighbours.of(count_transitions(PEOPLE, 3, RAW), RAW)  # cells .5, 1, 1 and 2
    assert channel.floor == 1
    assert channel.score([Context(history=np.array([0]))])[0].tolist() == pytest.approx(
        np.log1p([0, 2, 0.5]).tolist()
    )


def test_the_acts_share_out_what_is_walked():
    channel = Neighbours.of(count_transitions(PEOPLE, 3, RAW), RAW)
    acts, shares = channel.shares(Context(history=np.array([0, 2])), np.array([0, 1]))
    assert acts.tolist() == [0, 2]
    assert np.log1p(shares.sum(axis=0) / channel.floor) == pytest.approx(
        channel.score([Context(history=acts)])[0, :2]
    )


def test_tfidf_goes_to_texts_with_the_same_telling_words():
    texts = ["Zelda for the Switch", "Zelda for the Wii", "Mario for the Switch", "Tetris for the PC"]
    channel = TfidfNeighbours(*tfidf_neighbours(texts))
    scores = channel.score([Context(history=np.array([0]))])[0]
    assert scores[1] == pytest.approx(scores[2])
    assert scores[1] > scores[3] == 0  # "for" and "the" are in all of them and tell nothing
    assert scores[0] == 0


def test_tfidf_is_the_same_in_blocks(monkeypatch):
    texts = [f"red pen {n % 7} of {n % 5}" for n in range(40)]
    context = [Context(history=np.array([3, 8]))]
    whole = TfidfNeighbours(*tfidf_neighbours(texts)).score(context)
    monkeypatch.setattr(counting, "BLOCK", 7)
    assert TfidfNeighbours(*tfidf_neighbours(texts)).score(context) == pytest.approx(whole)


def test_ease_is_ease_where_every_item_is_a_companion():
    rng = np.random.default_rng(0)
    acts = worlds.histories(*(rng.choice(8, 4, replace=False).tolist() for _ in range(60)))
    had = np.zeros((60, 8))
    had[np.repeat(np.arange(60), 4), acts.items] = 1
    inverse = np.linalg.inv(had.T @ had + counting.RIDGE * np.eye(8))
    ease = inverse / -np.diag(inverse)
    np.fill_diagonal(ease, 0)
    channel = EaseNeighbours(*ease_neighbours(acts, 8))
    walk = np.expm1(channel.score([Context(history=np.array([3]))])[0]) * channel.floor
    assert walk == pytest.approx(np.maximum(ease[3], 0), abs=1e-4)


def test_of_a_long_history_only_the_last_acts_are_counted(monkeypatch):
    monkeypatch.setattr(counting, "LONGEST_HISTORY", 2)
    scores = EaseNeighbours(*ease_neighbours(worlds.histories([0, 1, 2]), 3)).score(
        [Context(history=np.array([1]))]
    )[0]
    assert scores[2] > 0 == scores[0]


def test_no_histories_have_no_neighbours():
    channel = Neighbours.of(count_transitions(worlds.histories([]), 3, RAW), RAW)
    assert not channel.score([Context(history=np.array([0]))]).any()

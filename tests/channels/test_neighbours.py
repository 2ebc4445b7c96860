"""People who had X then had Y, on three people that can be counted by hand."""

import numpy as np
import pytest

from instructrec.channels.neighbours import NeighbourConfig
from instructrec.models.fit import count_transitions, neighbours
from instructrec.types import Context
from tests import worlds

RAW = NeighbourConfig(decay=1.0, backward=0.0, row=0.0, column=0.0)
PEOPLE = worlds.histories([0, 1, 2], [0, 1], [2, 0])


def counts(config: NeighbourConfig, acts=PEOPLE, items: int = 3) -> list[list[float]]:
    return count_transitions(acts, items, config).toarray().tolist()


def score(config: NeighbourConfig, *history: int) -> list[float]:
    channel = neighbours(count_transitions(PEOPLE, 3, config), config)
    return channel.score([Context(history=np.array(history, np.int32))])[0].tolist()


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
    assert score(NeighbourConfig(decay=1.0, backward=0.0, row=0, column=0, keep=1), 0) == pytest.approx([0, 2, 0])


def test_only_the_last_items_are_read():
    short = NeighbourConfig(decay=1.0, backward=0.0, row=0, column=0, last=1)
    assert score(short, 1, 0) == score(short, 0)


def test_no_histories_have_no_neighbours():
    channel = neighbours(count_transitions(worlds.histories([]), 3, RAW), RAW)
    assert not channel.score([Context(history=np.array([0]))]).any()

"""What is counted once: the details that the channels' own tests do not show."""

import numpy as np

from instructrec.channels.base import NeighbourConfig
from instructrec.channels.counting import count_terms, count_transitions, index_terms
from instructrec.channels.neighbours import Neighbours
from tests import worlds


def test_only_the_strongest_neighbours_are_kept():
    acts = worlds.histories([0, 1, 2, 3])
    config = NeighbourConfig(decay=1.0, backward=0.0, row=0.0, column=0.0, keep=1)
    kept = Neighbours.of(count_transitions(acts, 4, config), config).transitions
    assert np.diff(kept.indptr).max() == 1
    assert kept.indices[kept.indptr[0]] == 1  # the nearest is the strongest


def test_negative_acts_are_no_transitions():
    acts = worlds.histories([0, 1, 2], signs=[[1, -1, 1]])
    config = NeighbourConfig(decay=0.0, backward=0.0)
    assert count_transitions(acts, 3, config).toarray().tolist() == [[0, 0, 1], [0, 0, 0], [0, 0, 0]]


def test_terms_are_counted_per_text():
    counts, vocabulary = count_terms(["toy toy story", "story"])
    assert counts.toarray().tolist() == [[2, 1], [0, 1]]
    assert list(vocabulary) == ["toy", "story"]


def test_a_catalog_without_words_has_an_index_that_scores_zeros():
    assert index_terms(["", ""]).score([["toy"], []]).tolist() == [[0, 0], [0, 0]]


def test_no_weight_is_negative_even_for_a_word_in_every_text():
    index = index_terms(["the toy", "the story", "the film"])
    assert (index.postings.data >= 0).all()

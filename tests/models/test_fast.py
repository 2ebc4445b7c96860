"""The score is the sum of its parts, and each part is a gate times a channel."""

import numpy as np
import pytest

from instructrec.channels.registry import CHANNELS
from instructrec.models.gates import features
from instructrec.types import Context


@pytest.fixture
def contexts(encoder) -> list[Context]:
    vector = encoder.encode(["quiet garden"])[0]
    return [
        Context(history=np.array([0, 2, 4], np.int32)),
        Context(history=np.array([1], np.int32), vector=vector, words=("quiet", "garden")),
        Context(history=np.zeros(0, np.int32)),
    ]


def test_parts_sum_to_the_score(movie_model, contexts):
    parts = movie_model.parts(contexts)
    assert set(parts) == set(CHANNELS)
    assert np.allclose(sum(parts.values()), movie_model.score(contexts), atol=1e-5)


def test_a_part_is_its_gate_times_its_channel(movie_model, contexts):
    gates = movie_model.gates.values(features(contexts, movie_model.channels))
    for place, name in enumerate(movie_model.gates.channels):
        expected = movie_model.channels[name].score(contexts) * gates[:, [place]]
        assert np.allclose(movie_model.parts(contexts)[name], expected)


def test_scores_are_finite_single_floats_of_the_whole_catalog(movie_model, contexts):
    scores = movie_model.score(contexts)
    assert (scores.shape, scores.dtype) == ((3, 30), np.float32)
    assert np.isfinite(scores).all()


def test_a_stranger_who_says_nothing_gets_the_prior(movie_model, contexts):
    order = movie_model.score(contexts)[2].argsort()
    assert order.tolist() == movie_model.channels["popularity"].score(contexts)[2].argsort().tolist()


def test_an_item_is_numbered_by_its_place(movie_model):
    assert movie_model.numbers["m07"] == 7

"""The words' vector against the items' vectors, through the adapter."""

import numpy as np
import pytest

from instructrec.channels import instruction
from instructrec.channels.instruction import InstructionMatch, Profile
from instructrec.types import Context

ITEMS = np.array([[1, 0], [0, 1], [0.6, 0.8]], np.float32)


def score(vector: list[float] | None, adapter: np.ndarray | None = None) -> list[float]:
    match = InstructionMatch(
        ITEMS, np.eye(2, dtype=np.float32) if adapter is None else adapter.astype(np.float32)
    )
    context = Context(
        history=np.zeros(0, np.int32), vector=None if vector is None else np.array(vector, np.float32)
    )
    return match.score([context])[0].tolist()


def test_at_identity_the_score_is_the_cosine():
    assert score([0, 1]) == pytest.approx([0, 1, 0.8])


def test_the_length_of_the_vector_does_not_count():
    assert score([0, 5]) == pytest.approx(score([0, 1]))


def test_the_adapter_turns_the_words_and_not_the_items():
    turn = np.array([[0, 1], [-1, 0]])  # maps (0, 1) to (1, 0)
    assert score([0, 1], turn) == pytest.approx([1, 0, 0.6])


def test_no_words_are_zeros():
    assert score(None) == [0, 0, 0]


def test_before_tuning_it_is_the_cosine_of_the_texts_in_all_their_axes():
    texts = np.random.default_rng(0).normal(size=(20, 6)).astype(np.float32)
    texts /= np.linalg.norm(texts, axis=1, keepdims=True)
    context = Context(history=np.zeros(0, np.int32), vector=texts[3] * 2)
    assert InstructionMatch.untrained(texts).score([context])[0] == pytest.approx(texts @ texts[3], abs=1e-5)


def test_axes_in_which_the_texts_do_not_differ_are_left_out(monkeypatch):
    monkeypatch.setattr(instruction, "WIDTH", 2)
    texts = np.array([[1, 0, 0], [0, 1, 0], [0.6, 0.8, 0]], np.float32)
    match = InstructionMatch.untrained(texts)
    assert match.items.shape == (3, 2)
    context = Context(history=np.zeros(0, np.int32), vector=np.array([0, 1, 7], np.float32))
    assert match.score([context])[0] == pytest.approx([0, 1, 0.8], abs=1e-5)


def test_a_profile_is_matched_as_words_are_and_hears_no_request():
    match = InstructionMatch(ITEMS, np.eye(2, dtype=np.float32))
    taste, asked = np.array([0, 1], np.float32), np.array([1, 0], np.float32)
    scores = Profile(match).score(
        [
            Context(history=np.zeros(0), vector=asked, profile=taste),
            Context(history=np.zeros(0), vector=asked),
        ]
    )
    assert scores[0].tolist() == pytest.approx([0, 1, 0.8])
    assert not scores[1].any()

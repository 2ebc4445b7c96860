"""A text is encoded once, and what was encoded is never lost."""

import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from instructrec.encoders.base import encode_cached, text_hash
from instructrec.store.sqlite import SqliteStore
from tests import worlds

TEXTS = [f"text number {n}" for n in range(10)]


class Counting:
    """Writes down what it encodes and gives up before its n-th batch."""

    name, dimension = "counting", 2

    def __init__(self, fails_at: int = 99) -> None:
        self.batches: list[list[str]] = []
        self.fails_at = fails_at

    def encode(self, texts):
        if len(self.batches) == self.fails_at:
            raise OSError("power cut")
        self.batches.append(list(texts))
        return np.array([[len(t), 1] for t in texts], np.float64)


def test_vectors_are_in_the_order_of_the_texts(encoder):
    found = encode_cached(encoder, ["a b", "c", "a b"])
    assert np.array_equal(found, encoder.encode(["a b", "c", "a b"]))


def test_distinct_texts_are_encoded_once():
    counting = Counting()
    encode_cached(counting, ["a", "b", "a", "b"])
    assert counting.batches == [["a", "b"]]


def test_known_texts_are_not_encoded_again(store):
    encode_cached(Counting(), TEXTS, store)
    again = Counting()
    found = encode_cached(again, [*TEXTS, "new"], store)
    assert again.batches == [["new"]]
    assert found.tolist() == [[len(t), 1] for t in [*TEXTS, "new"]]


def test_finished_batches_survive_a_failure(store):
    with pytest.raises(OSError, match="power cut"):
        encode_cached(Counting(fails_at=2), TEXTS, store, batch=3)
    again = Counting()
    encode_cached(again, TEXTS, store, batch=3)
    assert again.batches == [TEXTS[6:9], TEXTS[9:]]


def test_vectors_of_two_encoders_do_not_mix(store, encoder):
    encode_cached(Counting(), TEXTS, store)
    assert encode_cached(encoder, TEXTS, store).shape == (10, 64)


def test_vectors_are_single_floats_with_and_without_a_store(store):
    assert (
        encode_cached(Counting(), TEXTS).dtype == encode_cached(Counting(), TEXTS, store).dtype == np.float32
    )


def test_no_texts_give_an_empty_matrix(encoder):
    assert encode_cached(encoder, []).shape == (0, 64)


def test_progress_counts_known_texts_as_done(store):
    encode_cached(Counting(), TEXTS[:4], store)
    steps = []
    encode_cached(Counting(), TEXTS, store, lambda step, done, total: steps.append((done, total)), batch=3)
    assert steps == [(7, 10), (10, 10)]


def test_different_texts_have_different_hashes():
    assert len({text_hash(t) for t in ["a", "A", "a ", "", "電"]}) == 5


KILLED = """
import os, signal, sys
from instructrec.encoders.base import encode_cached
from instructrec.store.sqlite import SqliteStore
from instructrec.store.sqlite import SqliteStore
from tests import worlds

def progress(step, done, total):
    if done >= 60:
        os.kill(os.getpid(), signal.SIGKILL)

texts = [f"text number {n}" for n in range(200)]
encode_cached(worlds.HashEncoder(), texts, SqliteStore(sys.argv[1]), progress, batch=20)
"""


def test_features_killed_in_the_middle_go_on_with_what_was_finished(tmp_path: Path):
    path = tmp_path / "store.db"
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(path)], cwd=root, capture_output=True, check=False
    )
    assert done.returncode == -signal.SIGKILL
    texts = [f"text number {n}" for n in range(200)]
    asked: list[str] = []

    class Watched(worlds.HashEncoder):
        def encode(self, texts):
            asked.extend(texts)
            return super().encode(texts)

    with SqliteStore(path) as store:
        assert store.count("vectors") == 60
        vectors = encode_cached(Watched(), texts, store)
    assert asked == texts[60:]
    np.testing.assert_array_equal(vectors, worlds.HashEncoder().encode(texts))

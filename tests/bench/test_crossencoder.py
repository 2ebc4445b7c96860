"""A cross-encoder learns what its lists say: which title was taken, or how its teacher shares them out."""

import sys
from pathlib import Path

import numpy as np
import pytest
from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

sys.path.insert(0, str(Path(__file__).parents[2] / "bench"))

import crossencoder

TITLES = [f"{kind} {number}" for kind in ("good", "bad") for number in "12345"]


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """A network of one small layer that knows a dozen words, in place of MiniLM."""
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "good", "bad", "had", "before", *"12345"]
    (tmp_path / "vocab.txt").write_text("\n".join(words))
    BertTokenizerFast(vocab=str(tmp_path / "vocab.txt")).save_pretrained(tmp_path)
    config = BertConfig(
        vocab_size=len(words),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=32,
        num_labels=1,
    )
    BertForSequenceClassification(config).save_pretrained(tmp_path)
    monkeypatch.setattr(crossencoder, "get", lambda name: tmp_path)
    monkeypatch.setattr(crossencoder, "RATE", 5e-3)
    return tmp_path


def drawn(many: int) -> list[tuple[str, list[int], list[int]]]:
    """Lists of a good title, which was taken, and three bad ones."""
    rng = np.random.default_rng(0)
    return [
        ("", [int(rng.integers(5))], [int(rng.integers(5)), *(5 + rng.permutation(5)[:3]).tolist()])
        for _ in range(many)
    ]


def test_what_was_taken_is_all_of_the_answer():
    (lesson,) = crossencoder.lessons([("quiet", [0], [1, 7, 8])], TITLES, None)
    assert (lesson.said, lesson.history, lesson.titles) == (
        "quiet",
        ("good 1",),
        ("good 2", "bad 3", "bad 4"),
    )
    assert lesson.shares.tolist() == [1, 0, 0]


def test_a_teacher_shares_the_answer_out():
    (lesson,) = crossencoder.lessons(
        [("", [0], [1, 7])], TITLES, lambda said, history, titles: np.log([1.0, 3.0])
    )
    assert lesson.shares == pytest.approx([0.25, 0.75])


def test_it_learns_which_titles_are_taken(folder):
    made = drawn(120)
    model = crossencoder.learned(crossencoder.lessons(made, TITLES, None))
    values = model("", ["good 1"], ["bad 1", "good 3", "bad 5"])
    assert values.argmax() == 1
    assert values.sum() == pytest.approx(0, abs=1e-4)


def test_it_learns_a_teacher_who_thinks_otherwise(folder):
    made = drawn(120)
    teacher = crossencoder.lessons(
        made, TITLES, lambda said, history, titles: np.array([4.0 * t.startswith("bad") for t in titles])
    )
    values = crossencoder.learned(teacher)("", ["good 1"], ["bad 1", "good 3", "bad 5"])
    assert values.argmin() == 1

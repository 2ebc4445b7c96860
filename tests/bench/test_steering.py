"""The ablation without hard negatives takes away just these, and the table says what it measured."""

import sys
from pathlib import Path

import numpy as np
import pytest

from instructrec.tuning.prepare import OBJECTIVES, prepare

sys.path.insert(0, str(Path(__file__).parents[2] / "bench"))

import steering


@pytest.fixture
def corpus(movie_split, encoder):
    return prepare(movie_split, encoder, None, each=4, limit=20, seed=0)


def test_only_questions_of_which_of_two_keep_the_other_one(corpus):
    plainer = steering.without_hard_negatives(corpus)
    pairs = corpus.examples.objective == OBJECTIVES.index("pairwise")
    assert (corpus.examples.hard_negatives[pairs] >= 0).all()
    assert np.array_equal(plainer.examples.hard_negatives[pairs], corpus.examples.hard_negatives[pairs])
    assert (corpus.examples.hard_negatives[~pairs] >= 0).any()
    assert (plainer.examples.hard_negatives[~pairs] == -1).all()


def test_the_table_has_a_line_a_row_and_both_ratios():
    found = {
        "requests": 1_234,
        "users": 56,
        "at random": 0.25,
        "rows": {"InstructRec": {"satisfied@10": 0.5, "nDCG@10": 0.125, "nDCG@10 told": 0.75}},
        "ratio": {"BM25": {"satisfied@10": [2.0, 1.5, 2.5], "nDCG@10": [2.0, 1.25, 3.0]}},
        "cpu_seconds": 600.0,
    }
    text = steering.markdown(
        {"machine": {"cpu": "Z80", "threads": 1, "commit": "abc"}, "sets": {"films": found}}
    )
    assert "## films: 1,234 requests of 56 users" in text
    assert "| InstructRec | 0.5000 | 0.1250 | 0.7500 |" in text
    assert "InstructRec over BM25: satisfied@10 x 2.00 [1.50, 2.50]; nDCG@10 x 2.00 [1.25, 3.00]" in text

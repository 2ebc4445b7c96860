"""What is carried from one catalog to another: nothing where nothing was learned, and only along the axes of
the first.
"""

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from instructrec.channels.instruction import InstructionMatch, unit

sys.path.insert(0, str(Path(__file__).parents[2] / "bench"))

import plots
import transfer


@dataclass
class Corpus:
    vectors: np.ndarray


@dataclass
class Model:
    match: InstructionMatch


@dataclass
class Source:
    corpus: Corpus
    model: Model


def texts(seed: int, rows: int = 300, dimension: int = 200) -> np.ndarray:
    return unit(np.random.default_rng(seed).normal(size=(rows, dimension))).astype(np.float32)


def test_an_adapter_that_learned_nothing_carries_nothing():
    here, there = texts(0), texts(1)
    carried = transfer.carried(Source(Corpus(there), Model(InstructionMatch.untrained(there))), here)
    assert carried.adapter == pytest.approx(InstructionMatch.untrained(here).adapter, abs=1e-5)


def test_what_was_learned_turns_queries_elsewhere_too():
    there = texts(1)
    learned = InstructionMatch.untrained(there)
    source = Source(Corpus(there), Model(InstructionMatch(learned.items, 2 * learned.adapter)))
    carried = transfer.carried(source, there)
    assert carried.adapter == pytest.approx(2 * learned.adapter, abs=1e-4)


def test_rows_of_a_table_are_drawn_best_first_and_without_the_one_that_leaks():
    rows = {
        "InstructRec, told half of the title (leaks)": {"nDCG@10": 0.9},
        "EASE": {"nDCG@10": 0.1, "nDCG@10 by seed": [0.1]},
        "InstructRec": {"nDCG@10": 0.2, "nDCG@10 by seed": [0.19, 0.21]},
        "GRU": {"skipped": "no time"},
    }
    drawn = plots.ranking({"set": "s", "requests": 1, "items": 2, "seeds": 2, "rows": rows}).to_dict()
    assert drawn["layer"][0]["encoding"]["y"]["sort"] == ["InstructRec", "EASE"]
    assert [plots.kind(name) for name in ("InstructRec", "without wording", "EASE")] == list(plots.KINDS)

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

"""What trainings of the steering bench leave out: hard negatives, and instructions that speak of values."""

import sys
from pathlib import Path

import numpy as np
import pytest

from instructrec.instructions.understand import Reader
from instructrec.parsing.vocabulary import Vocabulary
from instructrec.tuning.loop import TrainConfig
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


def test_without_values_no_instruction_speaks_of_them(movie_split, encoder):
    config = TrainConfig(instructions_each=20, valid_limit=50)
    whole = prepare(movie_split, encoder, None, each=20, limit=50, seed=0)
    reader = Reader(Vocabulary.of(whole.items), encoder, None)
    same = steering.without_values(whole, movie_split, reader, config, ("no such value",))
    assert np.array_equal(same.examples.items, whole.examples.items)
    less = steering.without_values(whole, movie_split, reader, config, ("comedy", "horror"))
    assert 0 < len(less.examples) < len(whole.examples)
    banned = steering.phrases_of(("comedy", "horror"))
    spoken = [case.context.instruction.text for case in less.instructed]
    spoken += [wish.case.context.instruction.text for wish in less.soft_wishes]
    assert spoken
    assert not any(steering.speaks_of(text, banned) for text in spoken)
    told = [case.context.instruction.text for case in whole.instructed]
    assert any(steering.speaks_of(text, banned) for text in told)

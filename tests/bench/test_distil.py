"""The student moves towards what its teacher says of lists, and stays as it was where the teacher adds
nothing.
"""

import sys
from pathlib import Path

import numpy as np
import pytest

from instructrec.evaluation.cases import Case
from instructrec.types import Context
from tests import worlds

sys.path.insert(0, str(Path(__file__).parents[2] / "bench"))

import distil


def lessons(added: float) -> list[distil.Lesson]:
    """Lists of ten items after one act and a sentence; the teacher likes those of even number, by so much."""
    rng = np.random.default_rng(0)
    encoder = worlds.HashEncoder()
    made = []
    for n in range(30):
        vector = encoder.encode([f"quiet {worlds.SECOND[n % 5]}"])[0]
        context = Context(history=np.array([n]), vector=vector, words=("quiet",))
        items = np.sort(rng.choice(30, 10 - n % 2, replace=False))
        case = Case(context, np.zeros(0, np.int64), context.history, 0.0, str(n))
        made.append(distil.Lesson(case, items, added * (items % 2 == 0)))
    return made


def test_the_student_comes_nearer_to_its_teacher():
    model = worlds.movie_model()
    student, near = distil.learned(model, lessons(2.0))
    assert near["KL after"] < 0.9 * near["KL before"]
    assert not np.array_equal(student.gates.weights, model.gates.weights)


def test_a_teacher_who_adds_nothing_changes_nothing():
    model = worlds.movie_model()
    student, near = distil.learned(model, lessons(0.0))
    assert near["KL before"] == pytest.approx(0, abs=1e-5)
    context = lessons(0.0)[0].case.context
    assert student.score([context]) == pytest.approx(model.score([context]), abs=0.02)


def test_what_the_student_starts_with_is_the_score_of_the_model():
    """The loss takes the sum apart in torch; it is the model's own as long as nothing was learned."""
    model, made = worlds.movie_model(), lessons(0.0)
    seen = distil.Seen.of(model, made)
    gates, adapter = (distil.torch.from_numpy(a) for a in (model.gates.weights, model.match.adapter))
    assert float(distil.loss(model, seen, gates, adapter)) == pytest.approx(0, abs=1e-5)

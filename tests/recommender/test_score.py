"""Scores are sums of their parts, whether all items of a request were scored or some."""

import numpy as np
import pytest

from instructrec.recommender.score import Scored, scored
from instructrec.types import Context
from tests import worlds


class Partly:
    """A model that knows a shortlist for people with a history, and none for others."""

    def __init__(self) -> None:
        self.model = worlds.movie_model()

    def parts(self, contexts):
        return self.model.parts(contexts)

    def shortlisted(self, context, allowed):
        if not len(context.history):
            return None
        items = np.flatnonzero(allowed)[:7]
        return items, {name: values[0][items] for name, values in self.model.parts([context]).items()}


def test_requests_with_a_shortlist_and_without_keep_their_places():
    model, allowed = Partly(), np.arange(30) % 2 == 0
    contexts = [Context(history=np.array(h, np.int64)) for h in ([], [3, 4], [], [5])]
    found = scored(model, contexts, [allowed] * 4)
    whole = model.model.score(contexts)
    assert [len(f.scores) for f in found] == [30, 7, 30, 7]
    for row, each in enumerate(found):
        expected = whole[row] if each.items is None else whole[row][each.items]
        assert each.scores == pytest.approx(expected, abs=1e-4)
        assert each.allowed.all() == (each.items is not None)


def test_a_score_is_the_sum_of_its_parts():
    parts = {"a": np.array([1, 2], np.float32), "b": np.array([0.5, -2], np.float32)}
    assert Scored(parts, np.ones(2, bool)).scores.tolist() == [1.5, 0.0]

"""Scores are sums of their parts, whether all items of a request were scored or some."""

import numpy as np
import pytest

from instructrec.recommender.score import ScoredItems, score_requests
from instructrec.types import Context
from tests import worlds


class Partly:
    """A model that knows a shortlist for people with a history, and none for others."""

    shortlist = "there"

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
    found = score_requests(model, contexts, [allowed] * 4)
    whole = model.model.score(contexts)
    assert [len(f.scores) for f in found] == [30, 7, 30, 7]
    for row, each in enumerate(found):
        expected = whole[row] if each.items is None else whole[row][each.items]
        assert each.scores == pytest.approx(expected, abs=1e-4)
        assert each.allowed.all() == (each.items is not None)


@pytest.mark.parametrize("many", [1, 6, 15, 30])
def test_a_request_alone_is_scored_as_among_others(many):
    """Where few items pass only these are scored, and their parts are those of the whole catalog."""
    model, allowed = worlds.movie_model(), np.arange(30) % (30 // many) == 0
    context = Context(history=np.array([3, 4], np.int64), words=("quiet",))
    (alone,), (first, _) = (
        score_requests(model, [context], [allowed]),
        score_requests(model, [context] * 2, [allowed] * 2),
    )
    assert (alone.items is None) == (many > 6)
    places = np.arange(30) if alone.items is None else alone.items
    assert alone.items is None or alone.items.tolist() == np.flatnonzero(allowed).tolist()
    assert alone.scores == pytest.approx(first.scores[places], abs=1e-5)
    assert all(
        alone.parts[name] == pytest.approx(first.parts[name][places], abs=1e-5) for name in first.parts
    )


def test_a_score_is_the_sum_of_its_parts():
    parts = {"a": np.array([1, 2], np.float32), "b": np.array([0.5, -2], np.float32)}
    assert ScoredItems(parts, np.ones(2, bool)).scores.tolist() == [1.5, 0.0]

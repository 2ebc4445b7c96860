"""From networks to a model: counts chosen on validation, gates on train-only channels, the rest on all that
was known.
"""

from dataclasses import replace

import numpy as np
import pytest

from instructrec.channels.instruction import InstructionMatch
from instructrec.channels.neighbours import Neighbours
from instructrec.channels.sequence import NextItem
from instructrec.models.fast import CHANNELS
from instructrec.tuning.assemble import NORMS, Counts, assemble, calibrate, choose_counts
from instructrec.tuning.prepare import Corpus, prepare
from tests import worlds


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return prepare(worlds.movie_split(), worlds.HashEncoder(), None, each=2, limit=100, seed=0)


def parts(corpus: Corpus) -> tuple[NextItem, InstructionMatch]:
    match = InstructionMatch.fit(corpus.vectors)
    return NextItem(worlds.sequence_weights(len(corpus.items))), match


def test_counts_come_from_the_grid_and_are_the_best_of_it(corpus: Corpus):
    chosen = choose_counts(corpus)
    assert chosen.half_life in (0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
    assert chosen.neighbours.backward in (0.0, 0.5, 1.0)


def test_without_validation_requests_the_defaults_stand(corpus: Corpus):
    assert choose_counts(replace(corpus, plain=[])) == Counts()


def test_the_published_model_counts_what_validation_held_back(corpus: Corpus):
    sequence, match = parts(corpus)
    found = calibrate(corpus, sequence, match, Counts(), seed=0)
    counts, valid = found.counts, found.valid
    assert (counts.neighbours.row, counts.neighbours.column) in NORMS
    model = assemble(corpus, sequence, match, counts, found.gates, {"code": "x"})
    assert list(model.channels) == list(CHANNELS)
    assert set(valid) == {
        "nDCG@10",
        "nDCG@10 instructed",
        "nDCG@10 steered",
        "nDCG@10 profiled",
        "satisfied@10",
    }
    counted = model.channels["neighbours"]
    assert isinstance(counted, Neighbours)
    known = set(corpus.known.items.tolist())
    assert set(np.flatnonzero(np.diff(counted.transitions.indptr)).tolist()) <= known
    assert len(known) >= len(set(corpus.histories.items.tolist()))


def test_a_large_catalog_gets_a_shortlist(corpus: Corpus, monkeypatch: pytest.MonkeyPatch):
    sequence, match = parts(corpus)
    found = calibrate(corpus, sequence, match, Counts(), seed=0)
    assert assemble(corpus, sequence, match, found.counts, found.gates, {}).shortlist is None
    monkeypatch.setattr("instructrec.tuning.assemble.EXACT", 5)
    assert len(assemble(corpus, sequence, match, found.counts, found.gates, {}).shortlist.index) == len(
        corpus.items
    )


def test_some_lists_of_the_validation_requests_are_kept_as_the_model_of_train_made_them(corpus: Corpus):
    sequence, match = parts(corpus)
    found = calibrate(corpus, sequence, match, Counts(), seed=0)
    said = [bool(each.said) for each in found.tried]
    assert said.count(False) == len(corpus.plain)
    assert said.count(True) == len(corpus.instructed)
    for each, case in zip(found.tried, [*corpus.plain, *corpus.instructed], strict=True):
        assert list(each.scores) == sorted(each.scores, reverse=True)
        assert set(each.items).isdisjoint(case.seen.tolist())
        assert set(each.relevant) == set(case.relevant.tolist())

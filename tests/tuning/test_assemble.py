"""From networks to a model: settings and gates chosen on validation, the rest fitted on all known interactions."""

from dataclasses import replace

import numpy as np
import pytest

from instructrec.channels.base import Channel, FitSettings
from instructrec.channels.instruction import InstructionMatch
from instructrec.channels.neighbours import Neighbours
from instructrec.channels.popularity import HALF_LIVES
from instructrec.channels.registry import CHANNELS
from instructrec.channels.sequence import NextItem
from instructrec.tuning.assemble import (
    COUNT_GRID,
    NORMS,
    TEMPERATURES,
    Calibration,
    assemble,
    calibrate,
    choose_settings,
)
from instructrec.tuning.prepare import Corpus, prepare
from tests import worlds


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return prepare(worlds.movie_split(), worlds.HashEncoder(), None, each=2, limit=100, seed=0)


def networks(corpus: Corpus) -> dict[str, Channel]:
    sequence = NextItem(worlds.sequence_weights(len(corpus.items)))
    return {"sequence": sequence, "instruction": InstructionMatch.untrained(corpus.vectors)}


@pytest.fixture(scope="module")
def calibration(corpus: Corpus) -> Calibration:
    return calibrate(corpus, networks(corpus), FitSettings(), seed=0)


def test_settings_come_from_the_grids(corpus: Corpus):
    chosen = choose_settings(corpus)
    assert chosen.half_life in HALF_LIVES
    assert chosen.temperature in TEMPERATURES
    assert chosen.neighbours in COUNT_GRID


def test_without_validation_requests_the_defaults_are_kept(corpus: Corpus):
    assert choose_settings(replace(corpus, uninstructed=[], soft_wishes=[])) == FitSettings()


def test_the_published_model_counts_what_validation_held_back(corpus: Corpus, calibration: Calibration):
    neighbours = calibration.settings.neighbours
    assert (neighbours.row, neighbours.column) in NORMS
    model = assemble(corpus, networks(corpus), calibration, {"code": "x"})
    assert list(model.channels) == list(CHANNELS)
    assert set(calibration.valid) == {
        "nDCG@10",
        "nDCG@10 instructed",
        "nDCG@10 soft wishes",
        "nDCG@10 saved preferences",
        "wish satisfaction@10",
    }
    before, after = calibration.model.channels["neighbours"], model.channels["neighbours"]
    assert isinstance(before, Neighbours)
    assert isinstance(after, Neighbours)
    known = set(corpus.known.items.tolist())
    assert set(np.flatnonzero(np.diff(after.transitions.indptr)).tolist()) <= known
    assert after.transitions.data.tolist() != before.transitions.data.tolist()
    assert model.channels["tfidf"] is calibration.model.channels["tfidf"]  # no interaction changes it


def test_a_large_catalog_gets_a_shortlist(
    corpus: Corpus, calibration: Calibration, monkeypatch: pytest.MonkeyPatch
):
    assert assemble(corpus, networks(corpus), calibration, {}).shortlist is None
    monkeypatch.setattr("instructrec.tuning.assemble.EXACT", 5)
    shortlist = assemble(corpus, networks(corpus), calibration, {}).shortlist
    assert shortlist is not None
    assert len(shortlist.index) == len(corpus.items)


def test_validation_lists_are_kept_as_the_model_of_train_made_them(corpus: Corpus, calibration: Calibration):
    instructed = [bool(each.instruction) for each in calibration.lists]
    assert instructed.count(False) == len(corpus.uninstructed)
    assert instructed.count(True) == len(corpus.instructed)
    for each, case in zip(calibration.lists, [*corpus.uninstructed, *corpus.instructed], strict=True):
        assert list(each.scores) == sorted(each.scores, reverse=True)
        assert set(each.items).isdisjoint(case.seen.tolist())
        assert set(each.relevant) == set(case.relevant.tolist())


def test_progress_of_calibration_ends_at_its_total(corpus: Corpus):
    steps: list[tuple[str, int, int]] = []
    calibrate(corpus, networks(corpus), FitSettings(), 0, lambda *step, note="": steps.append(step))
    assert steps[-1][1] == steps[-1][2] == len(steps)

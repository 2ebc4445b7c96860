"""What training gained is measured on the same requests, against the untrained model of the same part."""

from dataclasses import replace

import numpy as np
import pytest

from instructrec.channels.base import FitSettings
from instructrec.channels.instruction import InstructionMatch
from instructrec.channels.sequence import NextItem
from instructrec.models.untrained import untrained_model
from instructrec.tuning import gain
from instructrec.tuning.assemble import calibrate
from instructrec.tuning.gain import measure_gain
from instructrec.tuning.prepare import prepare
from tests import worlds


@pytest.fixture(scope="module")
def corpus():
    return prepare(worlds.movie_split(), worlds.HashEncoder(), None, each=2, limit=100, seed=0)


@pytest.fixture(scope="module")
def trained(corpus):
    sequence = NextItem(worlds.sequence_weights(len(corpus.items)))
    networks = {"sequence": sequence, "instruction": InstructionMatch.untrained(corpus.vectors)}
    return calibrate(corpus, networks, FitSettings(), seed=0).model


def test_the_untrained_model_of_train_is_the_one_that_would_be_served(corpus, trained):
    twin = gain._untrained_twin(corpus, trained.channels)
    served = untrained_model(corpus.items, worlds.movie_split().train.histories(), worlds.HashEncoder())
    assert list(twin.channels) == list(served.channels)
    contexts = [case.context for case in corpus.instructed[:20]]
    assert np.allclose(twin.score(contexts), served.score(contexts), atol=1e-4)


def test_against_itself_nothing_is_gained(corpus, trained):
    found = measure_gain(corpus, gain._untrained_twin(corpus, trained.channels))
    assert set(found) == {"overall", "uninstructed", "instructed"}
    for each in found.values():
        assert each.trained == each.untrained
        assert (each.difference.low, each.difference.mean, each.difference.high) == (0, 0, 0)


def test_a_model_that_scores_the_wrong_way_round_loses(corpus, trained):
    upside_down = replace(trained, gates=replace(trained.gates, scale=-trained.gates.scale))
    overall = measure_gain(corpus, upside_down)["overall"]
    assert overall.difference.high < 0
    assert overall.difference.mean == pytest.approx(overall.trained - overall.untrained)


def test_overall_counts_every_request_and_at_most_so_many_of_a_kind(corpus, trained, monkeypatch):
    monkeypatch.setattr(gain, "REQUESTS", 5)
    found = measure_gain(corpus, trained)
    counts = {name: each.difference.n for name, each in found.items()}
    assert max(counts["uninstructed"], counts["instructed"]) <= 5
    assert counts["overall"] == counts["uninstructed"] + counts["instructed"]


def test_without_validation_requests_there_is_nothing_to_compare(corpus, trained):
    assert measure_gain(replace(corpus, uninstructed=[], instructed=[]), trained) == {}

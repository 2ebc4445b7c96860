"""Before any training: what can be counted is, and it answers."""

import sys
from dataclasses import replace

import numpy as np
import pytest

from instructrec.channels.registry import CHANNELS
from instructrec.evaluation.cases import cases
from instructrec.evaluation.compare import ndcg_at_10
from instructrec.models import checkpoint, untrained
from instructrec.models.gates import TYPICAL_REQUESTS
from instructrec.recommender.recommender import Recommender
from instructrec.store.bulk import save
from instructrec.store.workspace import Workspace
from tests import worlds


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.setattr(untrained, "load_encoder", worlds.HashEncoder)
    return Workspace(tmp_path)


def test_every_channel_that_needs_no_training_is_there():
    data = worlds.movies()
    model = untrained.untrained_model(data.catalog.records(), data.histories(), worlds.HashEncoder())
    assert set(model.channels) == set(CHANNELS) - {"sequence"}
    assert model.facts["untrained"] == data.interactions.height


def test_it_is_made_once_and_again_when_the_data_changes(place):
    save(place.store, worlds.movies())
    first = untrained.load_untrained(place)
    assert untrained.load_untrained(place).facts["created"]
    assert checkpoint.versions(place.folder / "untrained") == ["v00001"]
    place.store.changed()
    assert untrained.load_untrained(place).facts["revision"] > first.facts["revision"]
    assert checkpoint.versions(place.folder / "untrained") == ["v00002"]


def test_it_is_made_again_by_another_version_of_the_program(place, monkeypatch):
    save(place.store, worlds.movies())
    untrained.load_untrained(place)
    for module in (untrained, checkpoint):
        monkeypatch.setattr(module, "__version__", "9.9")
    assert untrained.load_untrained(place).facts["program"] == "9.9"
    assert checkpoint.versions(place.folder / "untrained") == ["v00002"]


def test_a_large_catalog_is_scored_whole_where_the_extra_for_shortlists_is_missing(place, monkeypatch):
    monkeypatch.setattr(untrained, "EXACT", 3)
    monkeypatch.setitem(sys.modules, "usearch.index", None)  # importing it fails as if it were not there
    save(place.store, worlds.movies())
    recommender = Recommender(untrained.load_untrained(place), place.store, worlds.HashEncoder())
    assert recommender.model.shortlist is None
    assert len(recommender.recommend("a comedy", n=3)) == 3


def test_a_catalog_without_interactions_answers_a_sentence(place):
    data = worlds.movies()
    save(place.store, replace(data, interactions=data.interactions.clear()))
    recommender = Recommender(untrained.load_untrained(place), place.store, worlds.HashEncoder())
    slate = recommender.recommend("a comedy", n=3)
    assert len(slate) == 3
    assert all("Comedy" in line.item.attributes["categories"] for line in slate)
    assert "no interactions yet: ranked by the words and the catalog alone" in slate.notes


def test_its_answers_name_it_untrained_the_first_time_and_later(place):
    save(place.store, worlds.movies())
    for _ in range(2):
        recommender = Recommender(untrained.load_untrained(place), place.store, worlds.HashEncoder())
        assert recommender.recommend("a comedy", n=1).to_dict()["model"] == "untrained"


def test_a_folder_that_cannot_be_written_is_answered_all_the_same(place, monkeypatch):
    def full(*_: object) -> str:
        raise OSError("no space left")

    save(place.store, worlds.movies())
    monkeypatch.setattr(checkpoint, "publish", full)
    assert untrained.load_untrained(place).items


def test_histories_count_before_training():
    """Of people who took films of one kind, the next is ranked better than by popularity alone."""
    parts = worlds.movie_split()
    items, known = parts.train.catalog.records(), parts.train.histories()
    model = untrained.untrained_model(items, known, worlds.HashEncoder())
    asked = cases(parts, "test")
    popular = ndcg_at_10(model.channels["popularity"], asked, len(items))
    assert ndcg_at_10(model, asked, len(items)) > popular


def test_popularity_counts_less_where_hardly_anything_was_liked_twice():
    items, encoder = worlds.movies().catalog.records(), worlds.HashEncoder()
    seldom, often = worlds.histories([0], [1]), worlds.histories(*[list(range(len(items) // 2))] * 50)
    few, many = (untrained.untrained_model(items, acts, encoder).gates for acts in (seldom, often))
    place = few.channels.index("popularity")
    assert few.scale[place] < many.scale[place] <= 1.0


def test_default_gates_are_positive_for_every_typical_request():
    data = worlds.movies()
    model = untrained.untrained_model(data.catalog.records(), data.histories(), worlds.HashEncoder())
    typical = np.array(list(TYPICAL_REQUESTS.values()), np.float32)
    assert (model.gates.values(typical) > 0).all()

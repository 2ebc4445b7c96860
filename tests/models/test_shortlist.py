"""The shortlist of a large catalog holds what scoring every item would bring first, whatever the filters
leave.
"""

from dataclasses import replace

import numpy as np
import pytest

from instructrec.errors import StoreError
from instructrec.models import checkpoint, shortlist
from instructrec.models.fast import FastModel
from instructrec.models.gates import FEATURES, Gates
from instructrec.models.shortlist import Shortlist
from instructrec.recommender.recommender import Recommender
from instructrec.types import Context, Item
from tests import worlds

ITEMS, ASKED, FIRST = 6_000, 60, 100
WORDS = (
    "quiet",
    "long",
    "island",
    "city",
    "river",
    "farm",
    "space",
    "ancient",
    "cards",
    "train",
    "winter",
    "robot",
)


@pytest.fixture(scope="module")
def model() -> FastModel:
    """A model over 6,000 items with random weights and histories."""
    rng = np.random.default_rng(0)
    records = [Item(id=str(n), title=" ".join(rng.choice(WORDS, 4)) + f" {n % 97}") for n in range(ITEMS)]
    acts = worlds.histories(*(rng.integers(0, ITEMS, 12).tolist() for _ in range(800)))
    channels = worlds.channels(records, acts)
    gates = Gates(
        tuple(channels),
        np.zeros((len(channels), len(FEATURES)), np.float32),
        np.ones(len(channels), np.float32),
    )
    made = FastModel(tuple(r.id for r in records), channels, gates, {"encoder": worlds.HashEncoder.name})
    return replace(made, shortlist=Shortlist.build(channels, ITEMS))


def contexts() -> list[Context]:
    rng = np.random.default_rng(1)
    encoder = worlds.HashEncoder()
    asked = []
    for n in range(ASKED):
        said = rng.choice(WORDS, 2).tolist()
        history = rng.integers(0, ITEMS, 12) if n % 3 else np.zeros(0, np.int64)
        asked.append(
            Context(
                history=history,
                vector=encoder.encode([" ".join(said)])[0] if n % 2 else None,
                words=tuple(said),
            )
        )
    return asked


def recall(model: FastModel, allowed: np.ndarray) -> float:
    """The share of the hundred best allowed items that are in the shortlist."""
    shares = []
    for context in contexts():
        scores = np.where(allowed, model.score([context])[0], -np.inf)
        found = model.shortlisted(context, allowed)
        assert found is not None
        assert allowed[found[0]].all()
        shares.append(np.isin(np.argsort(-scores)[:FIRST], found[0]).mean())
    return float(np.mean(shares))


@pytest.mark.parametrize("share", [1.0, 0.5])
def test_the_hundred_best_are_in_a_shortlist_of_a_fraction_of_the_catalog(model, monkeypatch, share):
    monkeypatch.setattr(shortlist, "FEW", 10)
    allowed = np.random.default_rng(2).random(ITEMS) < share
    assert recall(model, allowed) >= 0.99
    sizes = [len(model.shortlisted(context, allowed)[0]) for context in contexts()]
    assert max(sizes) < 0.4 * ITEMS


def test_parts_of_a_shortlist_are_the_parts_of_the_whole(model, monkeypatch):
    monkeypatch.setattr(shortlist, "FEW", 10)
    context = contexts()[1]
    items, parts = model.shortlisted(context, np.ones(ITEMS, bool))
    for name, values in model.parts([context]).items():
        assert parts[name] == pytest.approx(values[0][items], abs=2e-4), name


def test_where_few_pass_the_filters_all_of_them_are_scored(model):
    allowed = np.zeros(ITEMS, bool)
    allowed[::50] = True
    assert model.shortlisted(contexts()[0], allowed)[0].tolist() == np.flatnonzero(allowed).tolist()


def test_where_the_search_finds_too_few_that_pass_every_item_is_scored(model, monkeypatch):
    monkeypatch.setattr(shortlist, "FEW", 10)
    context = contexts()[1]
    near = model.shortlisted(context, np.ones(ITEMS, bool))[0]
    allowed = np.ones(ITEMS, bool)
    allowed[near] = False
    assert model.shortlisted(context, allowed) is None


def test_a_saved_shortlist_finds_the_same(model, tmp_path, monkeypatch):
    monkeypatch.setattr(shortlist, "FEW", 10)
    version = checkpoint.publish(model, tmp_path)
    again = checkpoint.load_model(tmp_path, version)
    everything = np.ones(ITEMS, bool)
    for context in contexts()[:5]:
        assert np.array_equal(
            again.shortlisted(context, everything)[0], model.shortlisted(context, everything)[0]
        )


def test_a_damaged_graph_is_a_damaged_model(model, tmp_path):
    version = checkpoint.publish(model, tmp_path)
    for damage in (b"", b"nonsense" * 100):
        (tmp_path / version / "nearest.usearch").write_bytes(damage)
        with pytest.raises(StoreError, match="damaged"):
            checkpoint.load_model(tmp_path, version)


def test_without_usearch_a_model_is_served_whole_and_says_so(model, tmp_path, monkeypatch, caplog):
    version = checkpoint.publish(model, tmp_path)
    monkeypatch.setitem(__import__("sys").modules, "usearch.index", None)
    assert checkpoint.load_model(tmp_path, version).shortlist is None
    assert "every one of 6000 items is scored" in caplog.text


def test_answers_are_the_same_with_a_shortlist_and_without(monkeypatch):
    monkeypatch.setattr(shortlist, "FEW", 10)
    monkeypatch.setattr(shortlist, "ENOUGH", 1)
    whole = worlds.movie_model()
    short = replace(whole, shortlist=Shortlist.build(whole.channels, len(whole.items)))
    sentences = ("a funny comedy from the 80s, not horror", "something quiet and mmr", "")
    for user in ("u03", "u10", None):
        for sentence in sentences:
            slates = [
                Recommender(m, worlds.movies(), worlds.HashEncoder()).recommend(sentence, user=user)
                for m in (whole, short)
            ]
            assert [line.item.id for line in slates[0]] == [line.item.id for line in slates[1]]
            assert [line.reason for line in slates[0]] == [line.reason for line in slates[1]]
            assert [line.score for line in slates[1]] == pytest.approx(
                [line.score for line in slates[0]], abs=1e-4
            )
            for line in slates[1]:
                assert sum(line.channels.values()) == pytest.approx(line.score)

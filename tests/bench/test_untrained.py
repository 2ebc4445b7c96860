"""The bench of the untrained model asks alike with and without a history, and its rival is the encoder alone."""

import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from instructrec.models.untrained import untrained_model
from instructrec.recommender.recommender import Recommender
from instructrec.types import Context, Item
from tests import worlds

sys.path.insert(0, str(Path(__file__).parents[2] / "bench"))

import untrained

FILMS = [Item(id="1", title="Heat"), Item(id="2", title="Casino"), Item(id="3", title="Ran")]


@pytest.fixture(scope="module")
def catalog() -> untrained.Catalog:
    return untrained.Catalog.of(worlds.movie_split(), worlds.HashEncoder())


def test_a_new_user_asks_for_the_same_without_a_history(catalog):
    asked = untrained.kinds(catalog, 20)
    assert {"no words", "an instruction", "half of the title (leaks)"} <= set(asked)
    for known, new in zip(
        asked["an instruction"].requests, asked["an instruction, new user"].requests, strict=True
    ):
        assert not len(new.context.history)
        assert new.context.instruction == known.context.instruction
        assert new.relevant is known.relevant


def test_the_encoder_alone_ranks_by_the_cosine_of_all_axes(catalog):
    model = untrained_model(catalog.items, catalog.known.histories(), catalog.encoder)
    alone = untrained.encoder_alone(model, catalog.vectors, catalog.encoder.name)
    wish = catalog.encoder.encode(["a comedy"])[0]
    scores = alone.score([Context(history=np.array([0, 1]), vector=wish)])[0]
    assert scores == pytest.approx(catalog.vectors @ wish / np.linalg.norm(wish), abs=1e-5)


def test_a_written_request_leaves_out_what_its_writer_named_and_what_gives_the_answer_away(tmp_path):
    table = {
        "request_id": ["a", "b", "c"],
        "text": ["like Heat", "it is called Ran", "anything"],
        "liked_titles": [["Heat (1995)", "Unknown"], None, None],
        "ml_latest_target_ids": [["2", "9"], ["3"], []],
        "answer_in_text": [False, True, False],
    }
    pl.DataFrame(table).write_parquet(tmp_path / "some.parquet")
    (only,) = untrained.written(tmp_path / "some.parquet", FILMS, 10)
    assert (only.request.id, only.request.exclude, only.wanted) == ("a", ("1",), {"2", "9"})


def test_an_answer_is_measured_on_what_the_catalog_has(catalog):
    model = untrained_model(catalog.items, catalog.known.histories(), catalog.encoder)
    recommender = Recommender(model, untrained.Whole(catalog.known), catalog.encoder)
    request = untrained.Request(instruction="a comedy", n=untrained.CUT)
    first = next(iter(recommender.answer([request])[0])).item.id
    found = untrained.answered(recommender, [untrained.Written(request, frozenset({first, "not there"}))])
    assert found.tolist() == [1.0]

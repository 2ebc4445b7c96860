"""Datasets come out of the store as they went in, once, and whole."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from instructrec.data.clean import Rules
from instructrec.data.dataset import Dataset, Feedback
from instructrec.errors import DataError, NotTrained
from instructrec.store.bulk import load, save
from instructrec.store.quarantine import clean_store
from instructrec.store.sqlite import SqliteStore
from instructrec.types import Interaction

ROOT = Path(__file__).parents[2]
ITEMS = pl.DataFrame(
    {
        "item_id": ["a", "b", "c"],
        "title": ["电影 “x”", "Pokémon", ""],
        "categories": [["Sci-Fi", "喜剧"], [], None],
        "price": [9.5, None, 0.0],
        "year": [1990, 2000, None],
    }
)


def dataset(*acts: Interaction, items: pl.DataFrame = ITEMS) -> Dataset:
    return Dataset.of(acts, items, Feedback(like_from=4.0, dislike_below=2.5))


def act(user: str, item: str, time: float, value: float | None = None) -> Interaction:
    return Interaction(user=user, item=item, action="rate", time=time, value=value)


def test_a_round_trip_keeps_values_lists_nulls_and_unicode(store):
    save(store, dataset(act("用户", "a", 1.5, 4.0), act("u", "b", 2, None)))
    found = load(store)
    assert found.catalog.items.to_dicts() == ITEMS.to_dicts()
    assert found.interactions.rows() == [("u", "b", "rate", 2.0, None, 1), ("用户", "a", "rate", 1.5, 4.0, 1)]


def test_a_round_trip_keeps_the_reading_of_actions(store):
    data = dataset(act("u", "a", 1, 3.0))
    save(store, data)
    assert load(store).feedback == data.feedback


def test_what_people_wrote_comes_back_as_a_column(store):
    data = dataset(act("u", "a", 1, 4.0), act("v", "b", 2, 2.0))
    written = data.interactions.with_columns(
        review=pl.Series(['好看, "really"', None]), helpful=pl.Series([1, 2])
    )
    save(store, data.with_interactions(written))
    found = load(store).interactions
    assert found.columns == [*data.interactions.columns, "sign", "review"]
    assert found["review"].to_list() == ['好看, "really"', None]


def test_acts_without_texts_have_no_columns_for_them(store):
    data = dataset(act("u", "a", 1, 4.0))
    save(
        store,
        data.with_interactions(
            data.interactions.with_columns(review=pl.lit(None, pl.String), helpful=pl.lit(3))
        ),
    )
    assert load(store).interactions.columns == [*data.interactions.columns, "sign"]


def test_a_round_trip_keeps_the_order_of_the_catalog(store, movies):
    save(store, movies)
    assert load(store).catalog.ids == movies.catalog.ids


def test_an_append_is_idempotent(store, movies):
    first = save(store, movies)["interactions"]
    again = save(store, movies)["interactions"]
    assert (first.added, first.known) == (480, 0)
    assert (again.added, again.known) == (0, 480)
    assert store.count("interactions") == 480


def test_an_append_adds_what_is_new(store):
    save(store, dataset(act("u", "a", 1)))
    saved = save(store, dataset(act("u", "a", 1), act("u", "a", 2)))["interactions"]
    assert (saved.given, saved.added, saved.known) == (2, 1, 1)


def test_an_item_keeps_its_number_when_its_attributes_change(store):
    save(store, dataset())
    save(store, dataset(items=pl.DataFrame({"item_id": ["b"], "title": ["New"], "price": [3.0]})))
    assert [(i.id, i.title) for i in store.items()] == [("a", "电影 “x”"), ("b", "New"), ("c", "")]
    assert dict(store.items()[1].attributes) == {"categories": [], "price": 3.0, "year": 2000}


def test_an_item_that_is_only_named_does_not_overwrite_the_real_one(store):
    save(store, dataset())
    save(store, Dataset.of([act("u", "a", 1)]))
    assert store.items()[0].title == "电影 “x”"


def test_an_empty_store_says_what_comes_next(store):
    with pytest.raises(NotTrained, match="instructrec read"):
        load(store)


def test_progress_reaches_the_end(store, movies):
    steps = []
    save(store, movies, lambda step, done, total: steps.append((done, total)))
    assert steps[-1] == (480, 480)


KILLED = """
import os, signal, sys
from instructrec.store import bulk
from instructrec.store.sqlite import SqliteStore
from tests import worlds

bulk.BATCH = 100
def die(step, done, total):
    if done >= 200:
        os.kill(os.getpid(), signal.SIGKILL)
bulk.save(SqliteStore(sys.argv[1]), worlds.movies(), die)
"""


def test_a_save_killed_in_the_middle_leaves_the_store_as_it_was(tmp_path, movies):
    path = tmp_path / "s.sqlite"
    with SqliteStore(path) as store:
        save(store, dataset(act("u", "a", 1)))
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(path)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"},
    )
    assert done.returncode == -signal.SIGKILL
    with SqliteStore(path) as store:
        assert load(store).interactions.height == 1
        assert store.count("items") == 3
        assert store.connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        save(store, movies)
        assert store.count("interactions") == 481


def test_a_corrected_reading_is_read_into_old_acts_too(store: SqliteStore):
    acts = [Interaction(user="u", item="a", action="rate", time=1.0, value=3.0)]
    save(store, Dataset.of(acts, feedback=Feedback(like_from=4.0)))
    assert store.history("u") == [("a", -1)]
    save(store, Dataset.of(acts, feedback=Feedback(like_from=3.0)))
    assert store.history("u") == [("a", 1)]


def test_reading_items_alone_leaves_the_reading_of_acts(store: SqliteStore):
    save(
        store,
        Dataset.of(
            [Interaction(user="u", item="a", action="rate", time=1.0, value=3.0)],
            feedback=Feedback(like_from=4.0),
        ),
    )
    save(store, Dataset.of([], pl.DataFrame({"item_id": ["a"], "title": ["Tea"]})))
    assert load(store).feedback.like_from == 4.0


def test_a_rejected_act_that_is_read_again_stays_rejected(store: SqliteStore):
    acts = [
        Interaction(user=u, item="a", action="view", time=t) for u, t in (("u", 1.25), ("v", 2.0), ("v", 3.0))
    ]
    save(store, Dataset.of(acts))
    clean_store(store, Rules(min_user=2))
    revision = store.revision
    assert save(store, Dataset.of(acts))["interactions"].added == 0
    assert store.history("u") == []
    assert store.count("quarantine") == 1
    assert store.revision == revision


def test_an_act_without_a_time_is_refused_and_nothing_is_stored(store: SqliteStore):
    data = Dataset.of([Interaction(user="u", item="a", action="view", time=1.0)])
    broken = data.with_interactions(data.interactions.with_columns(timestamp=pl.lit(None, pl.Float64)))
    with pytest.raises(DataError, match="clean first"):
        save(store, broken)
    assert store.count("items") == 0

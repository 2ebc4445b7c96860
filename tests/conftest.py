"""Fixtures that every test may ask for; the worlds themselves are functions in `worlds`."""

import os

# Of several processes that share the tests (`make test`) each keeps to a core of its own, and so does all
# that it starts: as many threads as cores in every one of them would be slower than none. Before anything
# that asks how many there are.
if (_worker := os.environ.get("PYTEST_XDIST_WORKER")) and hasattr(os, "sched_setaffinity"):
    _cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {_cores[int(_worker.removeprefix("gw")) % len(_cores)]})

import pytest
from hypothesis import settings

from instructrec.data.dataset import Dataset, Split
from instructrec.models.fast import FastModel
from instructrec.store.sqlite import SqliteStore
from tests import worlds

# what is fast is measured, not one example beside other work
settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")


@pytest.fixture
def encoder() -> worlds.HashEncoder:
    return worlds.HashEncoder()


@pytest.fixture(scope="session")
def movies() -> Dataset:
    return worlds.movies()


@pytest.fixture(scope="session")
def movie_split() -> Split:
    return worlds.movie_split()


@pytest.fixture(scope="session")
def movie_model() -> FastModel:
    return worlds.movie_model()


@pytest.fixture
def store(tmp_path):
    with SqliteStore(tmp_path / "store.sqlite") as opened:
        yield opened

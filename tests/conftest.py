"""Fixtures that every test may ask for; the worlds themselves are functions in `worlds`."""

import pytest

from instructrec.data.dataset import Dataset, Split
from instructrec.models.fast import FastModel
from instructrec.store.sqlite import SqliteStore
from tests import worlds


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

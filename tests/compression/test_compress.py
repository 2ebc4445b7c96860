"""Trimming the vocabulary makes a smaller model that still reads every text of the data."""

import pytest

from instructrec.compression.compress import compressed, data_texts, figures, mib
from instructrec.language.examples import Example, RankingTask
from instructrec.language.listwise import MOST, matching
from instructrec.language.rerank import NETWORK
from instructrec.language.tune import write
from tests import worlds

from .conftest import CATALOG

MADE = [Example(matching("", [one]), other, "T2") for one in CATALOG for other in CATALOG]
VALID = [RankingTask("", (CATALOG[0],), tuple(CATALOG), 1)] * 2


@pytest.fixture(scope="module")
def data():
    return worlds.movies()


def test_everything_the_catalog_says_is_among_the_texts(data):
    found = "\n".join(data_texts(data, MADE))
    for item in data.catalog.records():
        assert item.title in found
        assert all(str(value) in found for value in item.attributes.values() if isinstance(value, str))
    assert all(example.answer in found for example in MADE)


def test_the_trimmed_model_is_smaller_on_disk(whole, data, tmp_path, monkeypatch):
    monkeypatch.setattr("instructrec.compression.vocabulary.COMMON", 0)  # of so few words all would be kept
    small = compressed(whole, data, MADE)
    before, after = figures([write(m, tmp_path / n) for n, m in (("a", whole), ("b", small))], VALID, CATALOG)
    assert after["network, MiB"] < before["network, MiB"]
    assert set(before) == {"network, MiB", f"{MOST} titles, ms", "nDCG@10"}


def test_a_folder_takes_what_its_files_take(tmp_path):
    (tmp_path / NETWORK).mkdir(parents=True)
    (tmp_path / NETWORK / "x").write_bytes(b"0" * 2**20)
    assert mib(tmp_path) == 1.0

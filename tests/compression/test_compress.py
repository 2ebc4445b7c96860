"""The steps together make a smaller model that reads as well, and each is left out where it is not asked
for.
"""

import pytest

from instructrec.compression.compress import compressed, figures, mib, wording
from instructrec.language.examples import Choice, Example
from instructrec.language.listwise import MOST, matching
from instructrec.language.rerank import ENGINE, NETWORK
from instructrec.language.tune import write
from tests import worlds

from .conftest import CATALOG

MADE = [Example(matching("", [one]), other, "T2") for one in CATALOG for other in CATALOG]
VALID = [Choice("", (CATALOG[0],), tuple(CATALOG), 1)] * 2


@pytest.fixture(scope="module")
def data():
    return worlds.movies()


def test_everything_the_catalog_says_is_among_the_texts(data):
    found = "\n".join(wording(data, MADE))
    for item in data.catalog.records():
        assert item.title in found
        assert all(str(value) in found for value in item.attributes.values() if isinstance(value, str))
    assert all(example.answer in found for example in MADE)


def test_all_steps_make_it_smaller(whole, data, tmp_path):
    small = compressed(whole, data, MADE * 2, VALID, layers=2, minutes=0.02)
    assert small.network.config.num_hidden_layers == 2
    before, after = figures([write(m, tmp_path / n) for n, m in (("a", whole), ("b", small))], VALID, CATALOG)
    assert after["network, MiB"] < before["network, MiB"]
    assert after["engine, MiB"] < before["engine, MiB"]
    assert set(before) == {"network, MiB", "engine, MiB", f"{MOST} titles, ms", "nDCG@10"}


def test_a_step_that_is_not_asked_for_is_left_out(whole, data):
    assert compressed(whole, data, MADE, VALID, vocabulary=False) is whole
    assert compressed(whole, data, MADE, VALID, vocabulary=False, layers=4) is whole


def test_a_folder_takes_what_its_files_take(tmp_path):
    (tmp_path / NETWORK / ENGINE).mkdir(parents=True)
    (tmp_path / NETWORK / ENGINE / "x").write_bytes(b"0" * 2**20)
    assert mib(tmp_path) == 1.0

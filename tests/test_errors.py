"""An error tells a person what was wrong, what is allowed and what to do next."""

import sys

import pytest

from instructrec import errors
from instructrec.errors import (
    ConfigError,
    DataError,
    InstructRecError,
    MissingExtra,
    ReadError,
    UnknownItem,
    require,
)


def test_every_error_of_ours_is_caught_as_one_kind():
    found = [e for e in vars(errors).values() if isinstance(e, type) and issubclass(e, Exception)]
    assert len(found) > 8
    assert all(issubclass(e, InstructRecError) for e in found)


def test_a_config_error_is_no_data_error():
    assert not issubclass(ConfigError, DataError)


def test_a_read_error_names_the_place_and_keeps_it():
    error = ReadError("no number", file="items.csv", row=3, column="the price")
    assert str(error) == "items.csv, row 3, column 'the price': no number"
    assert (error.file, error.row, error.column) == ("items.csv", 3, "the price")


def test_a_read_error_without_a_row_names_the_file_alone():
    assert str(ReadError("is empty", file="items.csv")) == "items.csv: is empty"


def test_the_first_row_of_a_file_is_named_too():
    assert str(ReadError("bad", file="f", row=0)) == "f, row 0: bad"


def test_an_unknown_item_names_the_nearest_ids():
    error = UnknownItem("B00X1", ["B00X2", "B99", "A"])
    assert str(error) == "no item 'B00X1' among 3 items; nearest ids: B00X2"


def test_an_unknown_item_with_nothing_near_says_so():
    assert str(UnknownItem("zzz", ["a", "b"])).endswith("nearest ids: none")


def test_an_unknown_item_is_told_quickly_also_in_a_large_catalog():
    assert "among 300000 items" in str(UnknownItem("x", [f"item number {n}" for n in range(300_000)]))


def test_a_missing_extra_says_how_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "altair", None)
    with pytest.raises(MissingExtra, match=r"altair is needed here.*pip install 'instructrec\[plot\]'"):
        require("altair", "plot")


def test_require_gives_the_module():
    assert require("math", "plot").floor(2.5) == 2

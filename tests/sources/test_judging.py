"""Columns of values judge, or are amounts that judge nothing."""

import polars as pl
import pytest

from instructrec.sources.judging import Asked, by_labels, by_value, judged, verb_of_label


@pytest.mark.parametrize(
    ("name", "values", "verbs", "kind", "signs"),
    [
        ("rating", [5.0, 1.0, None], None, "scale", [1, -1, None]),
        ("rating", [5.0, 1.0], ["buy", "buy"], "scale", [1, -1]),
        ("score", [5.0, 1.0], ["buy", "view"], "amount", [None, None]),
        ("score", [5.0, 1.0], ["rate", "view"], "scale", [1, -1]),
        ("strength", [4.0, 1.0], ["like", "view"], "amount", [None, None]),
        ("grade", ["good", "bad"], None, "grades", [1, -1]),
        ("grade", ["4,5", "1,0"], None, "scale", [1, -1]),
    ],
)
def test_values_are_ratings_where_they_rate(name, values, verbs, kind, signs) -> None:
    said = pl.Series(verbs) if verbs else None
    found = by_value(pl.Series(name, values), said, Asked(), [])
    assert (found.meaning.kind, found.signs.to_list()) == (kind, signs)


def test_what_is_no_number_beside_numbers_fails() -> None:
    found = by_value(pl.Series("rating", ["5", "4", "many"]), None, Asked(), [])
    assert found.checks[0].failing.to_list() == [False, False, True]


def test_a_refusing_label_outweighs_a_wanting_one() -> None:
    table = pl.DataFrame({"click": [1, 1, 0], "hide": [0, 1, 0]})
    assert by_labels(table, {"click": 1, "hide": -1}).signs.to_list() == [1, -1, -1]
    assert (verb_of_label("is_clicked", 1), verb_of_label("returned", -1)) == ("click", "view")


def test_ratings_come_before_labels_and_labels_before_amounts() -> None:
    table = pl.DataFrame({"rating": [5, 1, 3], "clicked": [0, 1, 1], "hours": [1, 2, 3]})
    notes: list[str] = []
    assert judged(table, {"value": "rating"}, None, Asked(), notes).meaning.kind == "scale"
    assert judged(table, {"value": "hours"}, None, Asked(), notes).meaning.kind == "labels"
    assert judged(table.select("hours"), {"value": "hours"}, None, Asked(), notes).meaning.kind == "amount"
    assert judged(table.select("hours"), {}, None, Asked(), notes).signs.to_list() == [None, None, None]

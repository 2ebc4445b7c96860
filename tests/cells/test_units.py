"""Amounts are read in every way they are written, and nothing else is taken for one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instructrec.cells.figures import beside, figure_in, plain_numbers
from instructrec.cells.money import currency_in, has_money, period_in, to_money
from instructrec.cells.spellings import definitions, spellings
from instructrec.cells.units import (
    amount_in,
    amounts_in,
    dimension,
    factor,
    main_unit,
    unit_beside,
    unit_named,
)


def test_every_unit_of_the_list_is_known_by_every_spelling() -> None:
    assert len(definitions()) > 60
    for spelling, name in spellings().items():
        assert unit_named(spelling), (spelling, name)
        assert dimension(unit_named(spelling)).startswith("["), spelling


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("8GB", "GB", 8), ("1.37kg", "g", 1370), ("23.4 kmpl", "kmpl", 23.4), ("1 h 20 min", "min", 80), ("3 days 9 hrs 30 mins", "h", 81.5),
        ("24 min per ep", "min", 24), ("50MP + 12MP", "MP", 50), ("6.1 inches", "cm", 15.494), ("100平米", "m²", 100), ("2斤", "g", 1000),
        ("½ kg", "g", 500), ("1½ hours", "min", 90), ('15.6"', "inch", 15.6), ("12.5%", "%", 12.5), ("5 ft 11 in tall", "cm", 152.4),
        ("750 ml", "cl", 75), ("1,5 kg", "g", 5000),  # decimal commas are brought to points before
    ],
)  # fmt: skip
def test_an_amount_is_the_same_however_it_is_written(text: str, unit: str, value: float) -> None:
    assert amount_in(text, unit) == pytest.approx(value)


@pytest.mark.parametrize(
    "text", ["iPhone 12 Pro", "Model 3 Long", "8G", "Top 10", "5 stars only", "3室1厅", ""]
)
def test_what_has_no_unit_is_no_amount(text: str) -> None:
    assert [u for _, u in amounts_in(text)] in ([], ["star"])


@given(
    st.floats(0.01, 1e5), st.sampled_from([("kg", "g"), ("h", "min"), ("m", "cm"), ("GB", "MB"), ("l", "ml")])
)
def test_units_of_one_kind_are_brought_to_another(number: float, units: tuple[str, str]) -> None:
    one, other = units
    assert amount_in(f"{number:.4f} {one}", other) == pytest.approx(
        round(number, 4) * factor(one, other), rel=1e-9, abs=1e-9
    )


def test_the_unit_of_a_column_is_that_of_most_cells() -> None:
    counts = {"190 g": 10, "0.2 kg": 1, "unknown": 2}
    unit, share = main_unit(counts, counts)
    assert (unit, round(share, 2)) == ("g", 0.85)


def test_a_number_without_a_unit_takes_the_one_that_its_row_writes() -> None:
    assert unit_beside(["Table, 140x80 cm", "Shelf 40 x 28 x 202 cm"], [140, 28]) == ("cm", 1.0)
    assert unit_beside(["Table for 4", "Lamp"], [4, 5]) == ("", 0.0)


def test_numbers_with_marks_magnitudes_and_words() -> None:
    assert plain_numbers(["1 299,00", "849,5"], ",") == ["1299.00", "849.5"]
    assert [figure_in(t) for t in ("(1083)", "1.2M", "3.5万", "2 lakh", "12 apples")] == [
        1083,
        1.2e6,
        35_000,
        200_000,
        None,
    ]
    assert beside(["12集", "8集"]) == ("", "集")
    assert beside(["SKU1", "SKU2"]) == ("", "")


def test_money_in_many_notations() -> None:
    assert [currency_in(t) for t in ("₹1,04,999", "R$ 20", "3000元/月", "kr", "US$ 5")] == [
        "INR",
        "BRL",
        "CNY",
        "",
        "USD",
    ]
    assert period_in("£9.50 per hour") == "hour"
    assert has_money("$1,200.00")
    assert not has_money("The $100 Startup, a book about money")
    assert to_money(["10-15K·13薪", "8千-1.2万/月", "150元/天", "Free"], per="month") == [
        10_000,
        8_000,
        None,
        0.0,
    ]
    assert to_money(["350", "1200"], magnitude=1e4) == [3_500_000, 12_000_000]

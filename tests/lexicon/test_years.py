"""How long ago something was and in which year are not the same number."""

from datetime import date

import pytest

from instructrec.lexicon.grammar import Amount, Phrase
from instructrec.lexicon.words import tokenize
from instructrec.lexicon.years import dated, is_year, year_asked


def said(text: str, comparison: str, kind: str, value: float, end: int | None = None) -> Phrase | None:
    words = tokenize(text)
    phrase = Phrase("quantity", comparison, (Amount(kind, value, value),), start=0, end=end or len(words))
    return dated(phrase, words)


@pytest.mark.parametrize(
    ("text", "comparison", "asked"),
    [
        ("older than 9 years", "under", "<"),
        ("more than 9 years", "over", "<"),
        ("至少9年", "at_least", "<="),
        ("9年内", "up_to", ">="),
    ],
)
def test_a_time_becomes_the_year_so_long_ago(text, comparison, asked):
    phrase = said(text, comparison, "year", 9)
    assert phrase is not None
    assert year_asked(phrase) == (asked, date.today().year - 9)


def test_a_time_that_bounds_nothing_is_dropped_unless_it_is_ago():
    assert said("20 years later", "alone", "year", 20, end=2) is None
    phrase = said("20 years ago", "alone", "year", 20, end=2)
    assert phrase is not None
    assert year_asked(phrase)[0] == "between"


def test_other_amounts_stay_as_they_are():
    phrase = said("under 20", "under", "number", 20)
    assert phrase is not None
    assert phrase.amounts[0].value == 20
    assert is_year(Amount("number", 1994, 1994))
    assert not is_year(phrase.amounts[0])

"""The grammar of amounts: whatever is compared, by whichever words."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instructrec.lexicon.grammar import Heard, Phrase, find_phrases
from instructrec.lexicon.words import meant, normalize, spoken, tokenize


def phrases(text: str) -> list[Phrase]:
    plain = normalize(text)
    words = tokenize(plain)
    stems = [w.stem for w in words]
    return find_phrases(Heard(plain, words, spoken(stems), meant(stems)))


@pytest.mark.parametrize(
    ("text", "comparison", "kinds", "values"),
    [
        ("under $30", "under", ["money"], [30]),
        ("between 10 and 20 dollars", "between", ["number", "money"], [10, 20]),
        ("$10-$20", "between", ["money", "money"], [10, 20]),
        ("1,299.50 dollars or less", "up_to", ["money"], [1299.5]),
        ("1.299,50 €", "alone", ["money"], [1299.5]),
        ("from the early 90s", "alone", ["decade"], [1990]),
        ("八九十年代", "alone", ["decade"], [1980]),
        ("best of '94", "of", ["number"], [1994]),
        ("八块五以下", "up_to", ["money"], [8.5]),
        ("三十到五十元之间", "between", ["number", "money"], [30, 50]),
        ("不超过一百五十块", "up_to", ["money"], [150]),
        ("at least 4 stars", "at_least", ["rating"], [4]),
        ("in the last 5 years", "last", ["year"], [5]),
        ("from 1990 until 1995", "between", ["number", "number"], [1990, 1995]),
    ],
)
def test_one_phrase(text, comparison, kinds, values):
    (phrase,) = phrases(text)
    assert (phrase.comparison, [a.kind for a in phrase.amounts], [a.value for a in phrase.amounts]) == (
        comparison,
        kinds,
        values,
    )


@pytest.mark.parametrize(
    ("text", "comparisons"),
    [
        ("after 1989 at least $60", ["over", "at_least"]),
        ("$32 max 1982-1986", ["up_to", "between"]),
        ("a one $12-$60", ["between"]),
        ("from 1968 no more than 3 euros", ["of", "up_to"]),
        ("5 dollars until 1976", ["alone", "up_to"]),
    ],
)
def test_what_could_end_a_phrase_may_begin_the_next(text, comparisons):
    assert [p.comparison for p in phrases(text)] == comparisons


def test_a_number_of_things_is_a_count_and_a_word_of_price_is_relative():
    assert [p.kind for p in phrases("three films, cheap ones")] == ["count", "relative"]


def test_words_that_hold_another_are_left_alone():
    assert phrases("宝贵的") == phrases("under the sea") == []
    assert [p.comparison for p in phrases("不要二手的")] == ["alone"]  # no count: 要 asks for nothing here


def test_field_words_say_what_is_compared():
    (phrase,) = phrases("rated 4 or more")
    assert phrase.field == "rating"


@pytest.mark.parametrize("text", ["0-0-0", "1-2-3 players", "from 2020-01-02", "$5-$6-$7"])
def test_more_than_one_dash_is_no_error(text):
    assert len(phrases(text)) >= 1


@given(st.text(alphabet="$€0123456789 .,-~'sk一二十百万年代元块以下到underbetwandormoe", max_size=60))
def test_any_text_is_read_without_overlaps(text):
    found = phrases(text)
    assert all(a.end <= b.start for a, b in pairwise(found))

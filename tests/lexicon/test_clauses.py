"""Where clauses and lists end, and which words join, add or prefer."""

import pytest

from instructrec.lexicon.clauses import Clauses
from instructrec.lexicon.words import spoken, tokenize


def clauses(text: str) -> Clauses:
    """A sentence whose names are single letters in capitals or 甲乙."""
    tokens = tokenize(text)
    names = [(k, k + 1, False) for k, t in enumerate(tokens) if t.text in "ABC甲乙"]
    return Clauses(tokens, spoken([t.stem for t in tokens]), names)


def test_a_clause_ends_at_a_mark():
    found = clauses("A , B but C .")
    assert [found.ends(k) for k in (1, 2, 5)] == [True, False, True]


def test_a_clause_that_names_nothing_begins_after_the_mark_before():
    assert clauses("A, sad endings are out").names_nothing(4, 6) == 2
    assert clauses("sad endings of A are out").names_nothing(4, 6) is None


def test_a_space_between_chinese_words_ends_a_clause():
    assert clauses("甲 乙").ends(1)
    assert not clauses("甲乙").ends(1)


@pytest.mark.parametrize(
    ("text", "comma", "goes_on"),
    [
        ("no A, B or C", 2, True),
        ("no A, B", 2, False),
        ("no A, B or C would be fine", 2, False),
        ("not A, in B or C", 2, False),
        ("no A, or B", 2, True),
    ],
)
def test_a_list_goes_on_after_a_comma_only_to_its_or(text, comma, goes_on):
    assert clauses(text).list_goes_on(comma) is goes_on


@pytest.mark.parametrize(
    ("text", "adds"),
    [
        ("除了甲，我还想看乙", True),
        ("除了甲，也推荐乙", True),
        ("除了甲，都可以", False),
        ("除了甲以外的乙", False),
        ("不要甲，还想看乙", False),
    ],
)
def test_besides_adds_where_what_follows_says_also(text, adds):
    assert clauses(text).adds(0) is adds


@pytest.mark.parametrize(
    ("text", "avoiding", "joins"),
    [
        ("A or anything B", False, True),
        ("A and anything B", False, False),
        ("A and anything B", True, True),
        ("A or B", True, False),
    ],
)
def test_more_is_joined_by_or_and_where_it_is_avoided_by_and(text, avoiding, joins):
    assert clauses(text).joins_more(1, avoiding) is joins


def test_a_name_is_unwanted_after_than_where_something_is_preferred_and_after_a_minus():
    assert clauses("rather A than B").unwanted(2)
    assert clauses("prefer A to B").unwanted(2)
    assert not clauses("from A to B").unwanted(2)
    assert not clauses("more than A").unwanted(1)
    assert clauses("A -B").unwanted(1)
    assert not clauses("A - B").unwanted(1)


def test_a_verb_before_a_name_turns_to_what_is_wanted():
    assert clauses("不看甲看乙").turns(3)
    assert not clauses("不看甲看过乙").turns(3)


def test_what_one_usually_has_is_neither_where_it_comes_to_now():
    assert clauses("i usually watch A but tonight B").neither(0) == 3
    assert clauses("i usually watch A").neither(0) == 0
    assert clauses("比甲便宜的乙").neither(0) == 1


def test_an_amount_may_have_a_negator_of_its_own():
    words = clauses("no more than ten")
    assert words.says_no_itself(0, 4)
    assert not words.says_no_itself(1, 4)

"""A sentence is shown only if the facts say all of it."""

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from instructrec.writing.checked import supported

NAMED = ("Sci-Fi", "Thriller", "year 1998")
CLAUSES = ("it comes next after Blade Runner", "people who had Alien 3 went on to it", "it is popular now")


def holds(text: str) -> bool:
    return supported(text, "Dark City is", NAMED, CLAUSES)


@pytest.mark.parametrize(
    "text",
    [
        "Dark City is Sci-Fi and Thriller from the year 1998, it comes next after Blade Runner, and it is popular now.",
        "Dark City is a Thriller, it comes next after Blade Runner; people who had Alien 3 went on to it",
        "Dark City is here because it comes next after Blade Runner, people who had Alien 3 went on to it, it is popular now",
    ],
)
def test_facts_in_their_order_are_supported(text):
    assert holds(text)


@pytest.mark.parametrize(
    "text",
    [
        "Dark City is a great Sci-Fi, Thriller from the year 1998.",  # a judgement
        "Dark City is Sci-Fi and Thriller from the year 1999.",  # another number
        "Dark City is Sci-Fi and Thriller from the year 19981.",
        "Blade Runner is Sci-Fi and Thriller from the year 1998.",  # of another title
        "Dark City is here because it comes next after Dark City, people who had Alien 3 went on to it.",
        "Dark City is not Sci-Fi, Thriller, year 1998.",  # denied
        "Dark City is Sci-Fi, Thriller by Alex Proyas, year 1998",  # knowledge from elsewhere
        "Dark City is Thriller and Sci-Fi, year 1998.",  # another order: too little is left of it
        "Dark City is Sci-Fi, Thriller, it comes next before Blade Runner.",
        "Dark City is Sci-Fi, Thriller, it comes next after Blade.",  # part of a title
        "Dark City is Sci-Fi, Thriller, people who had Alien went on to it.",
        "Dark City is Sci-Fi, Thriller, people who had Alien 3 went on to Blade Runner.",
        "Dark City is Sci-Fi, it comes next after Blade Runner and is popular now, it is popular now.",
        # a year for the other title
        "Dark City is Sci-Fi, Thriller, it comes next after Blade Runner from the year 1998.",
        "Dark City is Sci-Fi because it comes next after Blade Runner and it is popular now.",  # as a cause
        "Dark City is Sci-Fi, Thriller, year 1998. 这是最好的电影",
        "Dark City is Sci-Fi, Thriller, year 1998?",
        "Dark City is Sci-Fi.",  # says next to nothing
        "Dark City is",
        "",
    ],
)
def test_anything_else_is_not(text):
    assert not holds(text)


def test_titles_of_words_like_those_between_facts_and_of_signs_are_said_whole():
    for title, other in (("It", "The"), ("Who Is It", "And (1999)"), ("流浪地球", "三体")):
        clause = f"it comes next after {other}"
        assert supported(f"{title} is here because {clause}.", f"{title} is", (), (clause,))
        assert not supported(
            f"{other} is here because it comes next after {title}.", f"{title} is", (), (clause,)
        )
        assert not supported(f"{title} is here because {clause} 2.", f"{title} is", (), (clause,))


WORDS = ["and", "the", "of", "is", "it", "a", "not", "best", "Heat", "Ronin", "1998", "流浪"]
NAMES = st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map(" ".join)
FACTS = st.lists(NAMES, min_size=1, max_size=4, unique=True)


@given(NAMES, FACTS, FACTS, st.data())
def test_what_passes_is_facts_and_words_that_state_nothing(title, named, others, data):
    clauses = [f"it comes next after {other}" for other in others]
    joints = st.sampled_from(
        [
            " ",
            " and ",
            ", ",
            "; ",
            " from the ",
            ", and also ",
            " not ",
            ", which is ",
            " because ",
            ", the best ",
        ]
    )
    text = f"{title} is{data.draw(joints)}" + "".join(
        f"{fact}{data.draw(joints)}" for fact in [*named, *clauses] if data.draw(st.booleans())
    )
    if not supported(text.rstrip(), f"{title} is", named, clauses):
        return
    rest = text.removeprefix(f"{title} is")
    for fact in sorted([*named, *clauses], key=len, reverse=True):
        rest = rest.replace(fact, " ")
    assert set(re.findall(r"\w+", rest)) <= {
        "and",
        "also",
        "from",
        "the",
        *re.findall(r"\w+", " ".join(named)),
    }


@given(
    FACTS,
    FACTS,
    st.integers(0, 30),
    st.sampled_from(["not", "never", "best", "without", "before", "1999", "Alien", "最好"]),
)
def test_a_word_put_in_anywhere_is_found(named, others, place, word):
    clauses = [f"it comes next after {other}" for other in others]
    text = f"Rififi is {', '.join([*named, *clauses])}"
    assert supported(text, "Rififi is", named, clauses)
    words = text.split(" ")
    words.insert(2 + place % (len(words) - 1), word)
    changed = " ".join(words)
    assume(not any(word in fact for fact in (*named, *clauses)))
    assert not supported(changed, "Rififi is", named, clauses)

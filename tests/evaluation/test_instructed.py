"""A request is given words for one of its answers, and only what those words ask for counts as an answer."""

import numpy as np
import pytest

from instructrec.data.facets import Facets
from instructrec.data.text import terms
from instructrec.evaluation.cases import Case, cases
from instructrec.evaluation.instructed import (
    NOBODY,
    allowed_by,
    instructed_cases,
    profile_cases,
    title_query_cases,
)
from instructrec.instructions.understand import Reader
from instructrec.parsing.vocabulary import Vocabulary
from instructrec.types import Condition, Context, Instruction, Item
from tests import worlds

ITEMS = worlds.movies().items()


@pytest.fixture
def reader() -> Reader:
    return Reader(Vocabulary.of(ITEMS), worlds.HashEncoder())


@pytest.fixture
def plain() -> list[Case]:
    return cases(worlds.movie_split())


def context(*conditions: Condition) -> Context:
    return Context(history=NOBODY, instruction=Instruction(conditions=conditions))


def test_each_context_is_held_to_its_own_conditions():
    comedy = Condition(field="categories", op="contains", value="Comedy")
    late = Condition(field="year", op=">=", value=1998)
    mask = allowed_by(Facets(ITEMS))([context(comedy), context(), context(comedy, late), context(late)])
    assert mask.shape == (4, 30)
    assert [np.flatnonzero(row).tolist() for row in mask] == [
        list(range(0, 30, 3)),
        list(range(30)),
        [],
        [28, 29],
    ]


def test_every_request_gets_words_and_their_vector(plain, reader):
    asked = instructed_cases(plain, ITEMS, reader, seed=0)
    assert asked
    for case in asked:
        assert case.context.instruction.text
        assert case.context.vector is not None


def test_what_else_a_request_says_stays(plain, reader):
    by_key = {(case.user, case.time): case for case in plain}
    for case in instructed_cases(plain, ITEMS, reader, seed=0):
        before = by_key[case.user, case.time]
        assert case.context.history.tolist() == before.context.history.tolist()
        assert case.context.user == before.context.user
        assert case.seen.tolist() == before.seen.tolist()


def test_only_answers_that_meet_the_conditions_stay_answers(plain, reader):
    everyone = [Case(c.context, np.arange(30), c.seen, c.time, c.user) for c in plain]
    facets = Facets(ITEMS)
    for case in instructed_cases(everyone, ITEMS, reader, seed=1):
        conditions = case.context.instruction.conditions
        assert conditions
        assert case.relevant.tolist() == np.flatnonzero(facets.mask(conditions)).tolist()


def test_words_never_give_away_the_title(plain, reader):
    for case in instructed_cases(plain, ITEMS, reader, seed=0):
        if len(case.relevant) == 1:
            title = terms(ITEMS[int(case.relevant[0])].title)
            assert not set(title) & set(case.context.words)


def test_the_seed_decides_which_answer_is_asked_for(plain, reader):
    everyone = [Case(c.context, np.arange(30), c.seen, c.time, c.user) for c in plain]

    def texts(seed: int) -> list[str]:
        return [case.context.instruction.text for case in instructed_cases(everyone, ITEMS, reader, seed)]

    assert texts(1) == texts(1)
    assert texts(1) != texts(2)


def test_an_item_without_facts_is_asked_for_by_nothing_and_stays_an_answer():
    bare = [Item(id="x", title="X"), Item(id="y", title="Y")]
    case = Case(Context(history=NOBODY), np.array([1]), NOBODY, 0.0, "u")
    [asked] = instructed_cases([case], bare, Reader(Vocabulary.of(bare), worlds.HashEncoder()), seed=0)
    assert asked.context.instruction.text == ""
    assert asked.context.vector is None
    assert asked.relevant.tolist() == [1]


def test_half_of_a_title_is_said_and_nothing_is_filtered(plain):
    asked = title_query_cases(plain, ITEMS, worlds.HashEncoder(), seed=0)
    for case, before in zip(asked, plain, strict=True):
        title = terms(ITEMS[int(case.relevant[0])].title)
        assert set(case.context.words) <= set(title)
        assert 0 < len(case.context.words) <= -(-len(title) // 2)
        assert case.context.vector is not None
        assert case.context.instruction == before.context.instruction
        assert case.relevant is before.relevant


def test_no_requests_are_no_requests(reader):
    assert instructed_cases([], ITEMS, reader, seed=0) == []
    assert title_query_cases([], ITEMS, worlds.HashEncoder(), seed=0) == []


def test_people_say_what_they_had_most_and_half_of_them_are_new(plain, reader):
    found = profile_cases(plain, ITEMS, reader, seed=0)
    assert found
    for n, case in enumerate(found):
        assert case.context.profile is not None
        assert case.context.vector is None
        assert not case.context.instruction.conditions
        assert (len(case.context.history) == 0) == bool(n % 2)
    assert {case.user for case in found} <= {case.user for case in plain[::2]}


def test_somebody_of_whose_acts_nothing_can_be_said_says_nothing(plain, reader):
    bare = [Item(id=item.id, title=item.title) for item in ITEMS]
    assert profile_cases(plain, bare, reader, seed=0) == []
    assert profile_cases([], ITEMS, reader, seed=0) == []

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from instructrec.errors import ConfigError
from instructrec.evaluation.cases import LONGEST, cases

from .conftest import act, split_of


def told(case):
    letters = "abcdef"
    return (
        case.user,
        case.time,
        *("".join(letters[i] for i in part) for part in (case.context.history, case.relevant, case.seen)),
    )


def test_equal_stamps_are_one_request_and_acts_of_the_part_become_history(split):
    assert [told(case) for case in cases(split)] == [
        ("new", 6.0, "", "b", ""),
        ("u", 4.0, "ac", "de", "abc"),  # b was disliked: seen, but no history
        ("u", 5.0, "acde", "f", "abcde"),  # a was seen: no target
    ]  # v likes a again: no request


def test_the_validation_part_has_its_own_requests(split):
    assert [told(case) for case in cases(split, "valid")] == [("u", 3.0, "a", "c", "ab")]


def test_a_liked_item_that_was_disliked_before_is_no_target():
    split = split_of([act("u", "a", 1, "dislike")], [], [act("u", "a", 2)])
    assert cases(split) == []


def test_history_is_the_last_acts_only():
    split = split_of([act("u", "abcde"[n % 5], n) for n in range(LONGEST + 50)], [], [act("u", "f", 1e6)])
    [case] = cases(split)
    assert len(case.context.history) == LONGEST
    assert len(case.seen) == LONGEST + 50


def test_a_limit_draws_the_same_requests_for_the_same_seed(split):
    assert len(cases(split, limit=2)) == 2
    assert [told(c) for c in cases(split, limit=2, seed=3)] == [
        told(c) for c in cases(split, limit=2, seed=3)
    ]
    assert len(cases(split, limit=99)) == 3


def test_an_unknown_part_is_refused(split):
    with pytest.raises(ConfigError, match="train, valid, test"):
        cases(split, "dev")


ACTS = st.lists(
    st.tuples(
        st.sampled_from("uvw"),
        st.sampled_from("abcdef"),
        st.integers(0, 12),
        st.sampled_from(["like", "dislike", "view"]),
    ),
    max_size=40,
)


@settings(max_examples=60)
@given(ACTS)
def test_no_request_knows_anything_of_its_own_time_or_later(rows):
    """Checked against the definition, act by act; the cut falls anywhere, also inside one stamp."""
    acts = [act(user, item, time, action) for user, item, time, action in rows]
    parts = [[a for a in acts if low <= a.time < high] for low, high in ((0, 5), (5, 8), (8, 99))]
    found = {(case.user, case.time): case for case in cases(split_of(*parts))}
    for user, time in {(a.user, a.time) for a in parts[2]}:
        before = [a for a in acts if a.user == user and a.time < time]
        gone = {a.item for a in before}
        wanted = sorted(
            {a.item for a in acts if (a.user, a.time) == (user, time) and a.action != "dislike"} - gone
        )
        assert ((user, float(time)) in found) == bool(wanted)
        if wanted:
            _, _, history, relevant, seen = told(found[user, float(time)])
            assert relevant == "".join(wanted)
            assert set(seen) == gone
            assert sorted(history) == sorted(a.item for a in before if a.action != "dislike")


def test_arrays_are_item_numbers(split):
    for case in cases(split):
        assert all(
            np.issubdtype(part.dtype, np.integer) for part in (case.context.history, case.relevant, case.seen)
        )

"""What a user likes is said from the history, in the model's words only where the facts say all of it."""

import pytest

from instructrec.errors import UnknownUser
from instructrec.writing.checked import supported
from instructrec.writing.preference import EXAMPLES, facts, plain_preference, preference
from tests import worlds
from tests.writing.says import Says


def test_a_sentence_of_the_facts_is_kept_and_another_is_not():
    data = worlds.movies()
    user = data.histories().users[0]
    names, time = facts(data, user)
    assert names
    said = plain_preference(names, time)
    kept = preference(data, user, Says(said.removeprefix("I like")))
    assert (kept.text, kept.by_model, kept.names, kept.time) == (said, True, names, time)
    other = preference(data, user, Says(" everything by Kurosawa."))
    assert (other.text, other.by_model) == (said, False)


def test_the_names_are_those_of_what_was_liked():
    data = worlds.movies()
    names, _ = facts(data, data.histories().users[0])
    values = {
        v.lower()
        for item in data.catalog.records()
        for v in (*item.attributes["categories"], item.attributes["brand"])
    }
    assert {n.lower() for n in names} <= values


def test_who_has_no_history_is_told():
    with pytest.raises(UnknownUser, match="'nobody' has no history"):
        facts(worlds.movies(), "nobody")


def test_the_examples_keep_the_rule_and_both_answers_are_of_the_shape():
    data = worlds.movies()
    writer = Says(" x")
    preference(data, data.histories().users[0], writer)
    assert writer.asked[0].count("Sentence: I like") == 3
    for when, names in EXAMPLES:
        assert supported(plain_preference(names, when), "I like", [*names, f"from the {when}"], joint="or")

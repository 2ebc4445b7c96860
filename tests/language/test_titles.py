"""Only titles of the catalog are written, the likeliest first, whatever is asked."""

import pytest

from instructrec.errors import DataError
from instructrec.language.titles import Titles

CATALOG = ["red shoe", "red hat", "blue shoe", "red", "blue hat one", "red hat", "one"]
PROMPTS = ["which one ?", "red red red", "user answer blue", "?", "shoe hat shoe hat shoe hat"]


@pytest.fixture
def titles(model):
    return Titles(model, CATALOG)


def test_what_may_follow_is_what_some_title_goes_on_with(titles):
    def token(word):
        return titles.model.tokenizer.encode(word, add_special_tokens=False)[0]

    assert titles.wish_values(()) == sorted(map(token, ("red", "blue", "one")))
    assert titles.wish_values((token("red"),)) == sorted([titles.end, token("shoe"), token("hat")])
    assert titles.wish_values((token("red"), token("shoe"))) == [titles.end]
    assert titles.wish_values((token("shoe"),)) == [titles.end]


@pytest.mark.parametrize("many", [1, 3])
def test_every_title_is_of_the_catalog_and_its_items_have_it(titles, many):
    for prompt in PROMPTS:
        found = titles.write(prompt, many)
        assert 1 <= len(found) <= many
        for each in found:
            assert {CATALOG[n] for n in each.items} == {each.title}
        assert len({each.title for each in found}) == len(found)


def test_the_likeliest_comes_first(titles):
    found = titles.write(PROMPTS[0], 6)
    assert [each.score for each in found] == sorted((each.score for each in found), reverse=True)
    assert {each.title for each in found} <= set(CATALOG)
    assert found[0].title == titles.write(PROMPTS[0], 6)[0].title


def test_items_of_one_title_are_all_named(titles):
    named = {each.title: each.items for prompt in PROMPTS for each in titles.write(prompt, 6)}
    assert named["red hat"] == (1, 5)


def test_a_single_title_is_the_only_answer(model):
    only = Titles(model, ["blue hat one"])
    (found,) = only.write("which one ?", 1)
    assert found.title == "blue hat one"
    wanted = model.likelihood("which one ?", ["blue hat one </s>"])[0]
    assert found.score == pytest.approx(float(wanted), abs=1e-4)


def test_a_catalog_without_titles_is_refused(model):
    with pytest.raises(DataError, match="no item has a title"):
        Titles(model, ["", "  "])

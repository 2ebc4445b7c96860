"""What is known of a sentence before anything is found in it."""

import pytest

from instructrec.parsing.parse import parse
from instructrec.parsing.sentence import Mention, Sentence
from instructrec.parsing.vocabulary import Vocabulary
from instructrec.types import Item

FILMS = Vocabulary.of([Item(id="1", title="x", attributes={"categories": ["Horror"]})])
SHOP = Vocabulary.of([Item(id="1", title="x", attributes={"categories": ["Sci-Fi"]})])


def test_places_are_those_of_the_text():
    sentence = Sentence("A Sci-Fi film, please?", SHOP)
    assert sentence.written(1, 3) == "Sci-Fi"
    assert sentence.name_places == {1}
    assert sentence.asks
    assert sentence.capital(1)
    assert not sentence.capital(3)
    assert not sentence.capital(99)
    assert sentence.ends(4)
    assert sentence.ends(99)


def test_the_lexicon_is_known_at_every_place():
    sentence = Sentence("not only films", SHOP)
    assert sentence.says("exempt")
    assert sentence.before("exempt", 2)
    assert not sentence.at(99, "exempt")


def test_a_mention_takes_its_tokens_and_mentions_stay_in_order():
    sentence = Sentence("one two three", SHOP)
    sentence.add([Mention(2, 3), Mention(0, 1)])
    assert [m.start for m in sentence.mentions] == [0, 2]
    assert not sentence.free(2, 3)
    assert sentence.free(1, 2)


def test_a_name_that_was_refused_is_asked_for_only_where_it_stands_by_itself():
    def told(text: str) -> list[str]:
        return [c.op for c in parse(text, FILMS).conditions]

    assert told("no horror, horror is dull") == ["not_contains"]
    assert told("no horror. horror") == ["not_contains", "contains"]
    assert told("horror is dull, so no horror") == ["not_contains"]


def test_what_somebody_else_refuses_can_be_asked_for():
    def told(text: str) -> list[str]:
        return [c.op for c in parse(text, FILMS).conditions]

    assert told("my wife hates horror, but she's away, so bring on the horror!") == ["contains"]
    assert told("我老公讨厌恐怖片，不过今晚我一个人。恐怖片有吗？") == ["contains"]
    assert told("my wife hates horror") == ["not_contains"]
    assert told("I hate horror. horror") == ["not_contains", "contains"]


SEVERAL = Vocabulary.of(
    [Item(id="1", title="x", attributes={"categories": ["Horror", "Western", "Mystery"], "price": 5.0})]
)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("my flatmate is watching a western, I need a mystery", ["Mystery"]),
        ("My girlfriend loves horror. For myself I'd take a mystery", ["Mystery"]),
        ("室友在看恐怖片，我想看西部片", ["Western"]),
        ("my son loves westerns, I want a mystery for him", ["Western", "Mystery"]),
        ("my son loves westerns", ["Western"]),
        ("my son loves westerns, I want one for 5 dollars", ["Western"]),
        ("my wife hates horror, I want a mystery", ["Horror", "Mystery"]),
    ],
)
def test_what_only_others_have_is_not_asked_for(text, named):
    assert [c.value for c in parse(text, SEVERAL).conditions if c.field == "categories"] == named


def test_a_bare_number_corrects_the_amount_before_it():
    priced = Vocabulary.of([Item(id="1", title="x", attributes={"price": 5.0})])

    def told(text: str) -> list[tuple[str, object]]:
        return [(c.op, c.value) for c in parse(text, priced).conditions]

    assert told("30 dollars max... actually no, 40") == [("<=", 40.0)]
    assert told("under 10 bucks, hmm ok, up to 15") == [("<=", 15.0)]
    assert told("30美元以内的，还是放宽到45美元以内吧") == [("<=", 45.0)]
    assert told("30 dollars max. actually no, 4 of us come") == [("<=", 30.0)]
    assert told("50元以下，还是60元以下吧") == [("<=", 60.0)]

"""What is known of a sentence before anything is found in it."""

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
    assert told("horror is dull, so no horror") == ["contains", "not_contains"]

"""Sentences become contexts by one path."""

import numpy as np
import pytest

from instructrec.instructions.understand import NearestName, Reader
from instructrec.parsing.parse import parse
from instructrec.parsing.vocabulary import Vocabulary
from instructrec.types import Item

EMPTY = np.zeros(0, np.int32)
FILMS = [Item(id="1", title="A", attributes={"categories": ["Comedy", "Horror"]})]


@pytest.fixture
def reader(encoder) -> Reader:
    return Reader(Vocabulary.of(FILMS), encoder)


def test_an_empty_text_is_no_instruction(reader):
    (context,) = reader.contexts([""], [np.array([3])])
    assert (context.vector, context.words, context.instruction.conditions) == (None, (), ())
    assert context.history.tolist() == [3]


def test_the_vector_is_of_what_is_wanted(reader, encoder):
    (context,) = reader.contexts(["a quiet comedy, not horror"], [EMPTY])
    assert np.array_equal(context.vector, encoder.encode(["a quiet comedy"])[0])


def test_refused_and_common_words_are_not_looked_up(reader):
    (context,) = reader.contexts(["a quiet comedy movie, not horror"], [EMPTY])
    assert context.words == ("quiet", "comedy")


def test_a_text_that_only_refuses_has_conditions_and_no_vector(reader):
    (context,) = reader.contexts(["no horror"], [EMPTY])
    assert context.vector is None
    assert [c.op for c in context.instruction.conditions] == ["not_contains"]


def test_texts_stay_with_their_histories(reader):
    found = reader.contexts(["comedy", "", "comedy"], [np.array([n]) for n in range(3)])
    assert [c.history.tolist() for c in found] == [[0], [1], [2]]
    assert [c.vector is None for c in found] == [False, True, False]


def test_an_instruction_given_later_changes_only_the_words(reader):
    (before,) = reader.contexts([""], [np.array([1, 2])])
    (after,) = reader.with_instruction([before], ["quiet comedy"])
    assert after.history is before.history
    assert after.words == ("quiet", "comedy")


def test_vectors_are_kept_in_the_store(encoder, store):
    Reader(Vocabulary.of(FILMS), encoder, store).contexts(["quiet"], [EMPTY])
    assert store.count("vectors") == 1


class Moods:
    """An encoder for which every word is a direction of its own, but "undead" lies near "Zombies"."""

    name, dimension = "moods", 8

    def encode(self, texts):
        known = ["Zombies", "Horror", "Space"]
        rows = [{"undead": "Zombies"}.get(t, t) for t in texts]
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        for row, text in enumerate(rows):
            vectors[row, known.index(text) if text in known else 5] = 1
        return vectors


GAMES = Vocabulary.of(
    [Item(id="1", title="x", attributes={"tags": ["Zombies", "Horror"], "categories": ["Space", "Horror"]})]
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("no undead please", [("tags", "not_contains", "Zombies")]),
        ("without sad endings", []),
        ("undead", []),
    ],
)
def test_refused_words_stand_for_the_name_that_they_come_near_to(text, expected):
    read = parse(text, GAMES, NearestName(GAMES, Moods))
    assert [(c.field, c.op, c.value) for c in read.conditions] == expected
    assert all(c.source == "encoder" for c in read.conditions)
    assert bool(read.unresolved) == (text == "without sad endings")


WORDS = {
    "fennel": (1, 0, 0, 0), "茴香": (1, 0, 0, 0), "Georgian": (0, 1, 0, 0), "格鲁吉亚": (0, 0.9, 0.1, 0),
    "capers": (0, 0, 1, 0), "草籽": (0.5, 0, 0.5, 0),
}  # fmt: skip


class Kitchen:
    """An encoder that reads a few words, some of them nearer to a name than others, and all else as one
    thing.
    """

    name, dimension = "kitchen", 4

    def encode(self, texts):
        rows = np.array([WORDS.get(text, (0, 0, 0, 1)) for text in texts], np.float32)
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)


DISHES = Vocabulary.of(
    Item(
        id=str(n),
        title="x",
        attributes={"ingredients": ["fennel", "capers"], "cuisine": ("Georgian", "Thai")[n % 2]},
    )
    for n in range(6)
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("茴香味的", [("ingredients", "contains", "fennel")]),
        ("不要茴香", [("ingredients", "not_contains", "fennel")]),
        ("除了格鲁吉亚菜都行", [("cuisine", "!=", "Georgian")]),
        ("茴香或者格鲁吉亚菜", []),  # of two kinds: alternatives, which stand in any_of
        ("草籽", []),  # near to two names
        ("今天心情不错", []),
    ],
)
def test_chinese_words_stand_for_the_value_that_they_come_near_to(text, expected):
    read = parse(text, DISHES, NearestName(DISHES, Kitchen))
    assert [(c.field, c.op, c.value) for c in read.conditions] == expected
    assert len(read.any_of) == (2 if "或者" in text else 0)
    assert all(c.source == "encoder" for c in read.conditions)


def test_a_value_with_a_chinese_name_is_called_by_it():
    """Nothing else is taken for it, however near the encoder thinks it to be."""
    films = [Item(id=str(n), title="x", attributes={"categories": ["Comedy", "Horror"]}) for n in range(3)]
    vocabulary = Vocabulary.of(films)

    class Eager:
        name, dimension = "eager", 2

        def encode(self, texts):
            return np.array([(0, 1) if text == "Horror" else (1, 0) for text in texts], np.float32)

    assert parse("莞尔的", vocabulary, NearestName(vocabulary, Eager)).conditions == ()


def test_what_words_are_called_is_worked_out_once():
    asked = []

    class Counting(Kitchen):
        def encode(self, texts):
            asked.extend(texts)
            return super().encode(texts)

    encoder = Counting()
    nearest = NearestName(DISHES, lambda: encoder)
    parse("茴香", DISHES, nearest)
    before = len(asked)
    assert parse("茴香", DISHES, nearest).conditions
    assert len(asked) == before


def test_the_encoder_is_not_asked_while_everything_is_understood():
    def never():
        raise AssertionError("the encoder was loaded")

    assert parse("no zombies", GAMES, NearestName(GAMES, never)).conditions

"""Words of a sentence that stand in the texts of a catalog: which column they are looked for in."""

import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from instructrec.data.mentions import folded_text
from instructrec.data.profile import NAMED, Role
from instructrec.lexicon.words import Token
from instructrec.understanding.texts import TextColumn, TextColumns

_MOST_WORDS, _MOST_HAN = 4, 6  # of a phrase
# Points of a column by what words are in it; the logarithm of how many texts have them is added.
_VALUE, _ONE_OF_SEVERAL, _TEXT, _HEAD = 2.8, 2.6, 2.0, 2.0
_COMMON = 0.6  # share of the texts from which words tell nothing apart
_LEAST, _LEAST_SHARE = 2, 0.0015  # texts that must have words, and their share of all


@dataclass(frozen=True, slots=True)
class Found:
    """Words at some tokens, and the column that they are looked for in."""

    start: int
    end: int
    column: str
    words: str


def find_in_texts(
    text: str, tokens: Sequence[Token], open_places: Collection[int], columns: TextColumns, least: int = 1
) -> Iterator[Found]:
    """The longest phrases of `least` and more of the open tokens that a column has, left to right."""
    place = 0
    while place < len(tokens):
        found = _at(text, tokens, place, open_places, columns, least)
        if found:
            yield found
        place = found.end if found else place + 1


def _at(
    text: str,
    tokens: Sequence[Token],
    place: int,
    open_places: Collection[int],
    columns: TextColumns,
    least: int,
) -> Found | None:
    end = place
    most = _MOST_HAN if tokens[place].text >= "㐀" else _MOST_WORDS
    while end in open_places and end - place < most:
        end += 1
    for stop in range(end, place + least - 1, -1):
        words = text[tokens[place].start : tokens[stop - 1].end]
        if len(folded_text(words)) > 1 and (name := column_of_words(words, columns, kinds_only=least > 1)):
            return Found(place, stop, name, words)
    return None


def column_of_words(words: str, columns: TextColumns, kinds_only: bool = False) -> str | None:
    """The column in which words are looked for; None where no text has them, or most have.

    With `kinds_only` one whose texts begin with the words: "Bar stool, 74 cm".
    """
    best, name = 0.0, None
    for column in columns.columns.values():
        if kinds_only and not (column.role not in NAMED and column.names_kind(words)):
            continue
        points = _likeliness(words, column, columns)
        if points > best:
            best, name = points, column.name
    return name


def _likeliness(words: str, column: TextColumn, columns: TextColumns) -> float:
    """How likely words are looked for in a column: where many texts have them, and as a value or a kind."""
    if not column.may_hold(words):
        return 0.0
    held = column.holding(words)
    count, size = int(held.sum()), len(held)
    if not 0 < count <= _COMMON * size:
        return 0.0
    if column.role is Role.BRAND:
        return (
            _VALUE + math.log10(count) if column.begins_name(words, held) and columns.is_name(words) else 0.0
        )
    if column.has_values and words.isascii() and not column.is_list and column.is_general(held):
        return 0.0
    if column.has_values:
        return (_VALUE if column.is_one(words, held) else _ONE_OF_SEVERAL) + math.log10(count)
    if count < max(_LEAST, _LEAST_SHARE * size):
        return 0.0
    return _TEXT + _HEAD * column.names_kind(words) + math.log10(count)

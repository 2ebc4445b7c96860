"""What a catalog's profile says of how its columns are asked for."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from instructrec.cells.spellings import spellings_of
from instructrec.data.profile import MEASURED, CatalogProfile, ColumnProfile, Role
from instructrec.lexicon.words import common, key

Stems = tuple[str, ...]
Targets = tuple[tuple[str, Any], ...]  # (field, value), as in the vocabulary

NO_PROFILE = CatalogProfile()
UNASKED = "unasked"
_SHORT = 4  # characters up to which a value says too little by itself
_TAG = re.compile(r"[a-z]{2}:(\S.*)")  # a value with its language in front: "en:gluten-free"
_STEP = re.compile(r"([^\s(（:：/]+)\s*(?:[-–—(（:：/]|$)")  # how a step of a scale begins
_MEASURE = "码号级"
_UNASKED = (Role.TEXT, Role.LINK, Role.IMAGE, Role.OTHER, Role.ID, Role.IGNORE, Role.TITLE, Role.DATE)


def kind_by_role(column: ColumnProfile | None) -> str:
    """The kind of an attribute by its role; "" where its values decide, `UNASKED` where nobody asks."""
    if column is None:
        return ""
    if column.role in _UNASKED:
        return UNASKED
    return "people" if column.role is Role.PERSON and not column.separators else ""


def measured_words(
    profile: CatalogProfile, numbers: Iterable[str]
) -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    """The words and the spellings of the unit of each attribute that is compared."""
    columns = ((name, profile.get(name)) for name in numbers)
    return {
        name: (column.words, spellings_of(column.unit))
        for name, column in columns
        if column and column.role in MEASURED
    }


def unpaid(profile: CatalogProfile, numbers: Iterable[str]) -> list[str]:
    """The numbers without those that are known as money: a fee for `extra_people` is no number of people."""
    money = {name for name, column in profile.columns.items() if column.role is Role.MONEY}
    return [name for name in numbers if name not in money or name == "price"]


def value_phrases(profile: CatalogProfile, named: Mapping[str, Any]) -> dict[Stems, Targets]:
    """What people call some values: what a person set, a yes by the words of its column, a size
    or a grade beside these words, and a step of a scale by how it begins, the "pg 13" of "PG-13 - Teens".
    """
    found: dict[Stems, Targets] = {}
    for name, column in profile.columns.items():
        for words, value in _said_of(column, named.get(name, ())):
            found.setdefault(key(words), ((name, value),))
    return found | {key(words): ((name, value),) for name, words, value in _said_by_person(profile, named)}


def _said_by_person(profile: CatalogProfile, named: Mapping[str, Any]) -> Iterator[tuple[str, str, Any]]:
    """The column, the words and the value of what a person set."""
    for name, column in profile.columns.items():
        for value, words in column.value_words.items():
            if value in named.get(name, ()):
                yield from ((name, word, value) for word in words)


def _said_of(column: ColumnProfile, values: Collection[Any]) -> Iterator[tuple[str, Any]]:
    """What the values of a column are called beside their own names, each with the value."""
    if column.role is Role.YESNO and values:
        yield from ((word, True) for word in column.words if not common().issuperset(key(word)[:1]))
    if column.role in (Role.NAMES, Role.LEVEL):
        yield from ((said, value) for value in values for said in _said_with(str(value), column))
    tagged = [(match[1], value) for value in values if (match := _TAG.fullmatch(str(value)))]
    if len(tagged) > len(values) / 2:
        yield from tagged
        yield from ((said.replace("-", " "), value) for said, value in tagged)  # "gluten free" too


def _said_with(value: str, column: ColumnProfile) -> Iterator[str]:
    """A short value with a word of its column: "size M", M码, 腰围34; a step by how it begins."""
    first = _STEP.match(value)
    short = first[1] if first and column.role is Role.LEVEL else value
    if short != value and len(short) > 1:
        yield short
    if len(short) > _SHORT or not short.isascii():
        return
    for word in column.words:
        yield f"{word} {short}"
        if not word.isascii():
            yield f"{short}{word}"
            yield from (f"{short}{word[-1]}" for _ in word[1:2] if word[-1] in _MEASURE)
    if column.role is Role.LEVEL:
        yield from (f"rated {short}", f"{short} rated", f"{short}级", f"grade {short}")

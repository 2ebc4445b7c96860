"""What a catalog's profile says of how its columns are asked for."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from instructrec.cells.spellings import spellings_of
from instructrec.data.profile import MEASURED, CatalogProfile, ColumnProfile, Role
from instructrec.lexicon.words import common, key

NO_PROFILE = CatalogProfile()
UNASKED = "unasked"
_SHORT = 4  # characters up to which a value says too little by itself
_STEP = re.compile(r"([^\s(（:：/]+)\s*(?:[-–—(（:：/]|$)")  # how a step of a scale begins
_MEASURE = "码号级"
_UNASKED = (Role.TEXT, Role.LINK, Role.IMAGE, Role.OTHER, Role.ID, Role.IGNORE, Role.TITLE, Role.DATE)


def kind_by_role(column: ColumnProfile | None) -> str:
    """The kind of an attribute by its role; "" where its values decide, `UNASKED` where nobody asks for it."""
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


def value_phrases(
    profile: CatalogProfile, named: Mapping[str, Any]
) -> dict[tuple[str, ...], tuple[tuple[str, Any], ...]]:
    """What people call some values: what a person set in the profile, a yes by the words of its column, a size
    or a grade beside these words, and a step of a scale by how it begins, the "pg 13" of "PG-13 - Teens".
    """
    found: dict[tuple[str, ...], tuple[tuple[str, Any], ...]] = {}
    for name, column in profile.columns.items():
        if name not in named:
            continue
        if column.role is Role.YESNO:
            found |= {
                key(word): ((name, True),)
                for word in column.words
                if key(word) and key(word)[0] not in common()
            }
        for value in named[name] if column.role in (Role.NAMES, Role.LEVEL) else ():
            for said in _said_with(str(value), column):
                found.setdefault(key(said), ((name, value),))
        for value, words in column.value_words.items():
            for word in words if value in named[name] else ():
                found[key(word)] = ((name, value),)
    return found


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

"""What a catalog's profile says of how its columns are asked for."""

from collections.abc import Iterable, Mapping
from typing import Any

from instructrec.cells.spellings import spellings_of
from instructrec.data.profile import MEASURED, CatalogProfile, ColumnProfile, Role
from instructrec.lexicon.words import key

NO_PROFILE = CatalogProfile()
UNASKED = "unasked"
_UNASKED = (Role.TEXT, Role.LINK, Role.IMAGE, Role.OTHER, Role.ID, Role.IGNORE, Role.TITLE, Role.DATE)


def kind_by_role(column: ColumnProfile | None) -> str:
    """The kind of an attribute that its role decides; "" where its values are to decide, `UNASKED` where nobody asks for it."""
    if column is None:
        return ""
    if column.role in _UNASKED:
        return UNASKED
    return "people" if column.role is Role.PERSON and not column.separators else ""


def measured_words(profile: CatalogProfile, numbers: Iterable[str]) -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    """The words and the spellings of the unit of each attribute that is compared."""
    columns = ((name, profile.get(name)) for name in numbers)
    return {name: (column.words, spellings_of(column.unit)) for name, column in columns if column and column.role in MEASURED}


def value_phrases(profile: CatalogProfile, named: Mapping[str, Any]) -> dict[tuple[str, ...], tuple[tuple[str, Any], ...]]:
    """What people call some values, by what a person set in the profile."""
    found: dict[tuple[str, ...], tuple[tuple[str, Any], ...]] = {}
    for name, column in profile.columns.items():
        for value, words in column.value_words.items():
            for word in words if name in named and value in named[name] else ():
                found[key(word)] = ((name, value),)
    return found

"""The words by which people ask for a column of a catalog, in both languages: from its name, from the list of
what catalogs tell of things, and from the encoder where neither knows the name.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from instructrec.data.profile import CatalogProfile, ColumnProfile, Role
from instructrec.encoders.base import Encoder
from instructrec.lexicon.concepts import Concept, concept_of, concepts
from instructrec.lexicon.spoken import words_of
from instructrec.parsing.vocabulary import Vocabulary
from instructrec.types import Item

_NAME = "its name"
_TAILS = ("name", "names", "list", "in", "rs", "id")
NEAR, APART = 0.68, 0.06  # cosine from which a name means a concept, and by how much it must lead
_UNASKED = (Role.ID, Role.LINK, Role.IMAGE, Role.IGNORE, Role.TEXT, Role.TITLE, Role.UNKNOWN)


@dataclass(frozen=True, slots=True)
class ColumnWords:
    """The words of one column, and where they are from: its name, the lexicon, the encoder, or a person."""

    words: tuple[str, ...]
    source: str


def with_words(profile: CatalogProfile, encoder: Encoder | None = None) -> CatalogProfile:
    """A profile in which every column that people ask for has words; those that a person set stay as they
    are.
    """
    found = words_by_column(profile, encoder)
    columns = {
        name: column
        if column.words
        else replace(column, words=found[name].words)
        if name in found
        else column
        for name, column in profile.columns.items()
    }
    return replace(profile, columns=columns)


def vocabulary_of(
    items: Sequence[Item], profile: CatalogProfile, encoder: Encoder | None = None
) -> Vocabulary:
    """What a catalog can be asked for: by its values, and by the words of its columns."""
    return Vocabulary.of(items, with_words(profile, encoder))


def words_by_column(profile: CatalogProfile, encoder: Encoder | None = None) -> dict[str, ColumnWords]:
    """The words of each column that people ask for, with their source; the encoder is asked last."""
    asked = {n: c for n, c in profile.columns.items() if c.role not in _UNASKED}
    found = {name: _words_alone(name, column) for name, column in asked.items()}
    unknown = {name: words.words[0] for name, words in found.items() if words.source == _NAME and words.words}
    if encoder and unknown:
        for name, concept in _nearest_concepts(unknown, encoder).items():
            found[name] = ColumnWords(_all_words(_said(name, asked[name]), concept), "encoder")
    return found


def _words_alone(name: str, column: ColumnProfile) -> ColumnWords:
    """The words that a person set, else those of the concept that the name is, else the name."""
    if column.words:
        return ColumnWords(column.words, "you")
    said = _said(name, column)
    whole = column.role in (
        Role.YESNO,
        Role.MONEY,
    )  # an exact location is no location, a fee for people no people
    said += _PER.get(column.unit.partition("/")[2], ()) if column.role is Role.MONEY else ()
    concept = next((c for t in said if (c := concept_of(t) or (None if whole else _headed(t)))), None)
    return ColumnWords(_all_words(said, concept), "lexicon") if concept else ColumnWords(tuple(said), _NAME)


# How people say for which time money is paid.
_PER = {
    "month": ("a month", "per month", "monthly", "每月", "一个月", "月薪", "月租"),
    "night": ("a night", "per night", "nightly", "每晚", "一晚"),
    "year": ("a year", "per year", "yearly", "每年", "一年", "年薪"),
    "hour": ("an hour", "per hour", "hourly", "每小时", "时薪"),
    "day": ("a day", "per day", "daily", "每天", "一天", "日薪"),
}


def _said(name: str, column: ColumnProfile) -> list[str]:
    """The names of a column as they are said: its own, and the one that it has in the file."""
    bare = re.sub(r"[(（\[].*?[)）\]]", " ", column.column)
    return list(
        dict.fromkeys(text for text in (words_of(" ".join(bare.split())), words_of(name)) if text.strip())
    )


def _headed(name: str) -> Concept | None:
    """The concept of the last words of a name, or of the end of a Chinese one: a "mobile weight" is a
    weight.
    """
    words = [w for w in name.split() if w not in _TAILS] or name.split()
    ends = (" ".join(words[start:]) for start in range(len(words)))
    han = (name[start:] for start in range(1, len(name) - 1)) if not name.isascii() else ()
    return next((c for end in (*ends, *han) if (c := concept_of(end))), None)


def _all_words(said: Sequence[str], concept: Concept) -> tuple[str, ...]:
    return tuple(dict.fromkeys([*said, *concept.english, *concept.chinese]))


def _nearest_concepts(names: Mapping[str, str], encoder: Encoder) -> dict[str, Concept]:
    """The concept that each name comes clearly nearest to."""
    known = concepts()
    asked = encoder.encode(list(names.values()))
    spoken = ([c.english[0] for c in known], [c.chinese[0] for c in known])
    nearness = np.maximum(*(asked @ encoder.encode(words).T for words in spoken))
    found = {}
    for name, row in zip(names, nearness, strict=True):
        second, first = np.argsort(row)[-2:]
        if row[first] >= NEAR and row[first] - row[second] >= APART:
            found[name] = known[int(first)]
    return found

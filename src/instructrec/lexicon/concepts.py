"""What catalogs tell of things, and the words by which people ask for it in English and Chinese."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from instructrec.lexicon.words import key


@dataclass(frozen=True, slots=True)
class Concept:
    """One thing that a catalog can tell of its items, the usual word first."""

    english: tuple[str, ...]
    chinese: tuple[str, ...]


@cache
def concepts() -> tuple[Concept, ...]:
    """Everything that `concepts.toml` lists."""
    text = files("instructrec.lexicon").joinpath("concepts.toml").read_text(encoding="utf-8")
    halves = (line.split("|") for line in tomllib.loads(text)["concepts"]["list"])
    return tuple(Concept(_words(english), _words(chinese)) for english, chinese in halves)


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(","))


def concept_of(name: str) -> Concept | None:
    """The concept that a name is a word of, compared by stems; None where it is of none.

    >>> concept_of("Battery Capacity").chinese[:2], concept_of("片长").english[0], concept_of("zorp")
    (('电池', '电池容量'), 'duration', None)
    """
    return _by_word().get(key(name))


@cache
def _by_word() -> dict[tuple[str, ...], Concept]:
    """Earlier concepts win: the first of two with one word is the usual one."""
    found: dict[tuple[str, ...], Concept] = {}
    for concept in concepts():
        for word in (*concept.english, *concept.chinese):
            found.setdefault(key(word), concept)
    return found

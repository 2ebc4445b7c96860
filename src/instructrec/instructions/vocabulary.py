"""What a catalog can be asked for: its categories, tags, brands and number ranges, and what people call them."""

import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np

from instructrec.instructions.tokens import Token, normalize, tokenize
from instructrec.types import Item

FIELDS = ("categories", "tags", "brand")  # attributes whose values are names that a sentence can contain
CHEAP, DEAR = 1 / 3, 2 / 3  # quantiles of the catalog's own prices


@dataclass(frozen=True, slots=True)
class Term:
    """A name found in a sentence; `field` is None when the catalog has no such value to check."""

    field: str | None
    value: str
    start: int  # token numbers
    end: int


@dataclass(frozen=True)
class Vocabulary:
    """Phrases of stems -> (field, value as the catalog writes it), and the numbers that can be compared."""

    phrases: Mapping[tuple[str, ...], tuple[str | None, str]]
    longest: int
    fields: frozenset[str]
    quantiles: Mapping[str, tuple[float, float]]

    @staticmethod
    def of(items: Iterable[Item]) -> "Vocabulary":
        """Collect the names and number ranges of a catalog; the lexicon adds what people call them."""
        values: dict[str, Counter[str]] = {f: Counter() for f in FIELDS}
        numbers: dict[str, list[float]] = {}
        seen: set[str] = set()
        for item in items:
            for key, value in item.attributes.items():
                seen.add(key)
                if key in values:
                    values[key].update(value if isinstance(value, list) else [str(value)])
                elif isinstance(value, int | float) and not isinstance(value, bool):
                    numbers.setdefault(key, []).append(float(value))
        phrases = _phrases(values)
        quantiles = {k: tuple(np.quantile(v, (CHEAP, DEAR)).tolist()) for k, v in numbers.items()}
        return Vocabulary(phrases, max(map(len, phrases), default=0), frozenset(seen), quantiles)

    def find(self, tokens: Sequence[Token]) -> list[Term]:
        """The names in a sentence, longest first at every place, left to right."""
        stems, found, place = [t.stem for t in tokens], [], 0
        while place < len(stems):
            for length in range(min(self.longest, len(stems) - place), 0, -1):
                if hit := self.phrases.get(tuple(stems[place : place + length])):
                    found.append(Term(hit[0], hit[1], place, place + length))
                    place += length - 1
                    break
            place += 1
        return found


@cache
def lexicon() -> dict[str, Any]:
    """The words of `lexicon.toml`."""
    return tomllib.loads(files("instructrec.instructions").joinpath("lexicon.toml").read_text(encoding="utf-8"))


@cache
def common() -> frozenset[str]:
    """Words too common to name a category or to be a wish by themselves."""
    return frozenset(key_of for word in lexicon()["common"]["words"] for key_of in key(word))


def key(phrase: str) -> tuple[str, ...]:
    """A phrase as it is compared: its stems.

    >>> key("Science Fiction")
    ('science', 'fiction')
    """
    return tuple(t.stem for t in tokenize(normalize(phrase)))


def _phrases(values: Mapping[str, Counter[str]]) -> dict[tuple[str, ...], tuple[str | None, str]]:
    """Earlier entries win: the catalog's own names, then other names of its values, then names it does not have."""
    phrases: dict[tuple[str, ...], tuple[str | None, str]] = {}
    own: dict[tuple[str, ...], tuple[str, str]] = {}
    for field in FIELDS:
        for value, _ in values[field].most_common():
            own.setdefault(key(value), (field, value))
    phrases.update({k: v for k, v in own.items() if k and not (len(k) == 1 and (k[0] in common() or len(k[0]) < 2))})
    missing: list[tuple[tuple[str, ...], str]] = []
    for name, words in lexicon()["names"].items():
        target = next((own[key(w)] for w in (name, *words) if key(w) in own), None)
        for word in words:
            if target:
                phrases.setdefault(key(word), target)
            else:
                missing.append((key(word), name))
    for phrase, name in missing:
        phrases.setdefault(phrase, (None, name))
    return phrases

"""What a catalog can be asked for: its categories, tags, brands and number ranges, and what people call them."""

import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from html import unescape
from importlib.resources import files
from typing import Any

import numpy as np

from instructrec.parsing.tokens import Phrases, key
from instructrec.types import Item

FIELDS = ("categories", "tags", "brand")  # attributes whose values are names that a sentence can contain
LANGUAGES = ("en", "zh")
CHEAP, DEAR = 1 / 3, 2 / 3  # quantiles of the catalog's own prices

Targets = tuple[tuple[str, str], ...]  # (field, value as the catalog writes it), one for every field that has the name


@dataclass(frozen=True, slots=True)
class Term:
    """A name found in a sentence; without `targets` the catalog has no such value to check."""

    targets: Targets
    start: int  # token numbers
    end: int


@dataclass(frozen=True)
class Vocabulary:
    """The names that a catalog's values go by, and the numbers that can be compared."""

    phrases: Phrases[Targets]
    fields: frozenset[str]
    quantiles: Mapping[str, tuple[float, float]]
    ordinary: frozenset[str] = frozenset()  # brands that are words like others, as the catalog's titles use them

    @staticmethod
    def of(items: Iterable[Item]) -> "Vocabulary":
        """Collect the names and number ranges of a catalog; the lexicon adds what people call them."""
        items = list(items)
        values: dict[str, Counter[str]] = {f: Counter() for f in FIELDS}
        numbers: dict[str, list[float]] = {}
        seen: set[str] = set()
        for item in items:
            for field, value in item.attributes.items():
                if value is None:
                    continue
                seen.add(field)
                if field in values:
                    values[field].update(value if isinstance(value, list) else [str(value)])
                elif isinstance(value, int | float) and not isinstance(value, bool):
                    numbers.setdefault(field, []).append(float(value))
        low_high = {k: np.nanquantile(v, (CHEAP, DEAR)).tolist() for k, v in numbers.items()}
        quantiles = {k: (low, high) for k, (low, high) in low_high.items()}
        return Vocabulary(Phrases(_phrases(values)), frozenset(seen), quantiles, _ordinary(values["brand"], items))

    def find(self, stems: Sequence[str], meant: Callable[[Term], bool] = lambda term: True) -> list[Term]:
        """The names in a sentence that are meant as such, longest first at every place, left to right."""
        found: list[Term] = []
        place = 0
        while place < len(stems):
            fitting = (Term(targets, place, place + length) for length, targets in self.phrases.at(stems, place))
            term = next((t for t in fitting if meant(t)), None)
            if term:
                found.append(term)
            place = term.end if term else place + 1
        return found


@cache
def lexicon() -> dict[str, Any]:
    """The words of `lexicon.toml`."""
    return tomllib.loads(files("instructrec.parsing").joinpath("lexicon.toml").read_text(encoding="utf-8"))


@cache
def _sections() -> Phrases[tuple[str, ...]]:
    """Every phrase of the lexicon's lists, of all languages together, with the lists that hold it."""
    table: dict[tuple[str, ...], tuple[str, ...]] = {}
    for section, languages in lexicon().items():
        for phrase in (p for name, words in languages.items() if name in LANGUAGES for p in words):
            table[key(phrase)] = (*table.get(key(phrase), ()), section)
    return Phrases(table)


def spoken(stems: Sequence[str]) -> list[dict[str, int]]:
    """For every place of a sentence, the lists of the lexicon that have a phrase there, with its length in tokens."""
    found: list[dict[str, int]] = []
    for place in range(len(stems)):
        here: dict[str, int] = {}
        for length, sections in _sections().at(stems, place):
            for section in sections:
                here.setdefault(section, length)
        found.append(here)
    return found


@cache
def common() -> frozenset[str]:
    """Words too common to name a category or to be a wish by themselves, as they are and as stems."""
    words = lexicon()["common"]["words"]
    return frozenset([*words, *(stem for word in words for stem in key(word))])


def _phrases(values: Mapping[str, Counter[str]]) -> dict[tuple[str, ...], Targets]:
    """Earlier entries win: the catalog's own names, then other names of its values, then names it does not have."""
    own: dict[tuple[str, ...], dict[str, str]] = {}
    for field in FIELDS:
        for value, _ in values[field].most_common():
            own.setdefault(key(unescape(value)), {}).setdefault(field, value)
    phrases = {k: tuple(named.items()) for k, named in own.items() if _tells(k)}
    kinds = {k: tuple((f, v) for f, v in targets if f != "brand") for k, targets in phrases.items()}
    missing: list[tuple[str, ...]] = []
    for words in lexicon()["names"].values():
        target = next((kinds[key(w)] for w in words if kinds.get(key(w))), None)
        for word in words:
            if target:
                phrases.setdefault(key(word), target)
            else:
                missing.append(key(word))
    for phrase in missing:
        phrases.setdefault(phrase, ())
    return phrases


def _ordinary(brands: Counter[str], items: Iterable[Item]) -> frozenset[str]:
    """One-word brands that more titles of other brands hold than there are items of the brand."""
    words = {brand.lower() for brand in brands if " " not in brand}
    used: Counter[str] = Counter()
    for item in items:
        own = str(item.attributes.get("brand")).lower()
        used.update(w for w in set(item.title.lower().split()) if w in words and w != own)
    own_items = Counter({word: 0 for word in words})
    for brand, count in brands.items():
        own_items[brand.lower()] += count
    return frozenset(key(word)[0] for word in words if used[word] > own_items[word] and key(word))


def _tells(phrase: tuple[str, ...]) -> bool:
    """Whether a value's name can be told from other words."""
    first = phrase[0] if phrase else ""
    return len(phrase) > 1 or (len(first) > 1 and not first.isdigit() and first not in common())

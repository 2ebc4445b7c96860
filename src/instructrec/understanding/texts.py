"""The texts of a catalog in which words are looked for that are no value: titles, short texts, values."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from instructrec.data.facets import TITLE, written
from instructrec.data.mentions import LISTED, Texts, folded_text, single
from instructrec.data.profile import NAMED, CatalogProfile, Role
from instructrec.lexicon.spoken import words_of
from instructrec.lexicon.words import common, key
from instructrec.types import Item

_SAMPLE = 5_000  # items whose texts are looked at
_LONG = 120  # characters of a text, or of a member of a list, from which it is prose
# people are asked for by their names
_SEARCHED = ({*NAMED} - {Role.PERSON}) | {Role.TITLE, Role.TEXT}
_PARTS = re.compile(r"[,;:/|(（、，；：&\x1f]|\s[-–—]\s|\band\b|和|与")  # between the parts of a text
_RUN = re.compile(r"[㐀-鿿]+|[^\W_㐀-鿿]+")
HAN = re.compile(r"[㐀-鿿]")
_GRAMS = range(2, 5)  # characters of a Chinese word
_TOLD = 0.5  # share of the words of titles that are words of many others, from which titles describe things
_HEAD = 4  # words of which a kind of thing may be called
_KINDS = 2  # texts that begin with the words of a kind
_FREE = 0.3  # share of different values among all from which they are written freely
_GENERAL = 0.15  # share of the different values of a column from which a word names none of them
_REMEMBERED = 500  # words of which is kept which texts mention them
_MANY = 0.005  # of all titles, and three at least


@dataclass(frozen=True)
class TextColumn:
    """The texts of one column, a sample in a large catalog; lists are joined by a sign that no words pass."""

    name: str
    role: Role
    texts: Sequence[str]

    @cached_property
    def search(self) -> Texts:
        """The texts, to be searched."""
        return Texts(self.texts)

    def holding(self, words: str) -> np.ndarray:
        """The texts that mention some words; (texts,) bool, remembered for as many as a sentence has."""
        if words not in self._kept:
            if len(self._kept) >= _REMEMBERED:
                self._kept.clear()
            self._kept[words] = self.search.mentioning(words)
        return self._kept[words]

    @cached_property
    def _kept(self) -> dict[str, np.ndarray]:
        return {}

    @cached_property
    def _runs(self) -> list[list[str]]:
        """The words and the runs of Chinese characters of each text."""
        return [_RUN.findall(folded_text(text)) for text in self.texts]

    @cached_property
    def words(self) -> Counter[str]:
        """How many texts have each Latin word, in the singular."""
        latin = ({run for run in runs if not HAN.match(run)} for runs in self._runs)
        counts = Counter(run for runs in latin for run in runs)
        found: Counter[str] = Counter()
        for run, count in counts.items():
            found[single(run)] += count
        return found

    @cached_property
    def heads(self) -> Counter[str]:
        """How many texts begin with some words, up to the first comma or the like: what a thing is.

        A title begins with a name, and tells no kind.
        """
        found: Counter[str] = Counter()
        for text in filter(None, self.texts if self.role is Role.TEXT else ()):
            words = _PARTS.split(folded_text(text).replace("-", " "), maxsplit=1)[0].split()
            found.update(" ".join(map(single, words[:end])) for end in range(1, 1 + min(_HEAD, len(words))))
        return found

    def names_kind(self, words: str) -> bool:
        """Whether several texts begin with some words."""
        return self.heads[" ".join(map(single, folded_text(words).replace("-", " ").split()))] >= _KINDS

    @cached_property
    def values(self) -> Counter[str]:
        """Its values, of lists their members, with how many texts have them."""
        return Counter(member for text in self.texts if text for member in text.split(LISTED))

    @cached_property
    def is_free(self) -> bool:
        """Whether its values are written freely: few stand twice."""
        return len(self.values) > _FREE * sum(self.values.values())

    @cached_property
    def grams(self) -> Counter[str]:
        """How many texts have each run of two to four Chinese characters."""
        return Counter(gram for runs in self._runs for gram in set(_grams(runs)))

    def may_hold(self, words: str) -> bool:
        """Whether some words may stand in a text: all of them do somewhere."""
        runs = _RUN.findall(folded_text(words))
        if len(runs) > 1 and runs[0].isascii():
            return True  # "t-shirt" is "tshirt" too
        return all(self._has_gram(run) if HAN.match(run) else self._has(run) for run in runs)

    def _has_gram(self, run: str) -> bool:
        return len(run) < 2 or run[: _GRAMS[-1]] in self.grams

    def is_general(self, held: np.ndarray) -> bool:
        """Whether many different values have some words, as "furniture" names none of them."""
        values = {text for text in self.texts if text}
        return len(set(self._texts_at(held))) > max(_KINDS, _GENERAL * len(values))

    def _texts_at(self, held: np.ndarray) -> list[str]:
        return [self.texts[place] for place in np.flatnonzero(held).tolist()]

    def _has(self, word: str) -> bool:
        return single(word) in self.words or any(char.isdigit() for char in word)

    def is_one(self, words: str, held: np.ndarray) -> bool:
        """Whether the values with some words name one thing each, and not several as "Tables & desks" do."""
        values = {member for text in self._texts_at(held) for member in text.split(LISTED)}
        said = Texts(values).mentioning(words)
        return all(len(_PARTS.split(value)) == 1 for value, own in zip(values, said, strict=True) if own)

    @property
    def has_values(self) -> bool:
        """Whether it sorts the items by values, and does not describe them."""
        return self.role in NAMED and not self.is_free

    @cached_property
    def is_list(self) -> bool:
        """Whether some texts are lists."""
        return any(LISTED in text for text in self.texts)

    def begins_name(self, words: str, held: np.ndarray) -> bool:
        """Whether a value that has some words begins with them: HRX of "HRX by Hrithik Roshan"."""
        said = folded_text(words)
        values = {member for text in self._texts_at(held) for member in text.split(LISTED)}
        return any(folded_text(value).startswith(said) for value in values)

    @cached_property
    def describes(self) -> bool:
        """Whether most words of its texts are words of several others, as of goods and not of works."""
        if self.role is not Role.TITLE:
            return True
        least = max(3, _MANY * len(self.texts))
        idle = common()
        runs = Counter(run for each in self._runs for run in each)
        told = [
            (self.words[single(run)] >= least, count)
            for run, count in runs.items()
            if not HAN.match(run) and run not in idle and not run.isdigit()
        ]
        pairs = Counter(gram for each in self._runs for gram in _grams(each) if len(gram) == 2)
        told += [(self.grams[pair] >= least, count) for pair, count in pairs.items()]
        every = sum(count for _, count in told)
        return every > 0 and sum(count for shared, count in told if shared) >= _TOLD * every


@dataclass(frozen=True)
class TextColumns:
    """The columns of a catalog whose texts are searched, by its profile."""

    items: Sequence[Item]
    profile: CatalogProfile

    @cached_property
    def columns(self) -> dict[str, TextColumn]:
        """The columns by name: titles and texts that describe, and those of names."""
        step = max(1, len(self.items) // _SAMPLE)
        sample = self.items[::step]
        found = {}
        for name, column in self.profile.columns.items():
            if column.role not in _SEARCHED or (column.role is Role.TITLE and name != TITLE):
                continue
            texts = [written(item, name) for item in sample]
            text = TextColumn(name, column.role, texts)
            if any(texts) and _are_short(texts) and text.describes:
                found[name] = text
        return found

    @cached_property
    def marks(self) -> dict[str, str]:
        """Words of five and more letters that stand in the name of one column only, which says yes or no."""
        found: dict[str, set[str]] = {}
        for name, column in self.profile.columns.items():
            for word in set(_latin(words_of(column.column)) + _latin(words_of(name))):
                found.setdefault(word, set()).add(name)
        alone = {word: min(names) for word, names in found.items() if len(names) == 1 and len(word) >= 5}
        return {word: name for word, name in alone.items() if self.profile.columns[name].role is Role.YESNO}

    @cached_property
    def codes(self) -> dict[str, str]:
        """Values of one capital letter, each with its column."""
        named = [column for column in self.columns.values() if column.role is Role.NAMES]
        return {
            value: column.name
            for column in named
            for value in column.values
            if len(value) == 1 and value.isupper()
        }

    @cached_property
    def chinese(self) -> bool:
        """Whether most texts are Chinese."""
        columns = self.columns.values()
        return sum(len(column.grams) for column in columns) > sum(len(column.words) for column in columns)

    @cached_property
    def asked(self) -> frozenset[str]:
        """The words by which columns are asked for, which are no words of a text."""
        words = (key(word) for column in self.profile.columns.values() for word in column.words)
        return frozenset(stems[0] for stems in words if len(stems) == 1)

    def is_name(self, words: str) -> bool:
        """Whether some words are a name only: no title or text of the catalog has them as words."""
        texts = (c for c in self.columns.values() if c.role not in (Role.BRAND, Role.TITLE))
        return not any(column.may_hold(words) and column.holding(words).any() for column in texts)


def _are_short(texts: Sequence[str]) -> bool:
    lengths = [len(part) for text in texts[:500] if text for part in text.split(LISTED)]
    return bool(lengths) and float(np.mean(lengths)) <= _LONG


def _latin(text: str) -> list[str]:
    return [run for run in _RUN.findall(folded_text(text)) if not HAN.match(run)]


def _grams(runs: Sequence[str]) -> Iterator[str]:
    for run in runs:
        if HAN.match(run):
            yield from (run[k : k + n] for n in _GRAMS for k in range(len(run) - n + 1))

"""What words of the other language mean in a catalog: the words of its texts and values they come near to."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from instructrec.lexicon.dictionary import meanings
from instructrec.lexicon.words import common, key, spoken
from instructrec.understanding.mentioned import column_of_words
from instructrec.understanding.texts import HAN, TextColumn, TextColumns

# Cosines from which words mean a value, and a word of texts; their lead over what is not the same, and from
# which two are the same.
_VALUE, _WORD, _LEAD, _SAME = 0.62, 0.72, 0.03, 0.75
_MOST = 3_000  # words of a column
_RARE, _RARE_SHARE = 3, 0.003  # texts that have a word that can be meant
_REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class Near:
    """Words of a column that something comes near to; `score` is the cosine, 0 where nothing is near."""

    score: float
    column: str = ""
    words: str = ""


class NearWords:
    """The words of a catalog's texts with their vectors, which are made when they are first needed."""

    def __init__(self, columns: TextColumns, encode: Callable[[Sequence[str]], np.ndarray]) -> None:
        self._columns, self._encode = columns, encode
        self._known: dict[str, Near] = {}

    def of(self, phrases: Sequence[str]) -> list[Near]:
        """What each of some phrases means in the texts that are written in the other language."""
        if len(self._known) > _REMEMBERED:
            self._known.clear()
        fresh = [phrase for phrase in dict.fromkeys(phrases) if phrase not in self._known]
        for chinese in (True, False):
            asked = [phrase for phrase in fresh if bool(HAN.search(phrase)) == chinese]
            self._known |= zip(
                asked, self._nearest(asked, self._latin if chinese else self._han), strict=True
            )
        return [self._known[phrase] for phrase in phrases]

    @cached_property
    def _latin(self) -> tuple[list[tuple[str, str]], np.ndarray]:
        return self._vectors(False)

    @cached_property
    def _han(self) -> tuple[list[tuple[str, str]], np.ndarray]:
        return self._vectors(True)

    def _vectors(self, chinese: bool) -> tuple[list[tuple[str, str]], np.ndarray]:
        """Values with their columns, and words of texts, which several columns may have, without."""
        targets = dict.fromkeys(
            (column.name if column.has_values else "", words)
            for column in self._columns.columns.values()
            for words in _words_of(column, chinese)
        )
        vectors = self._encode([words for _, words in targets]) if targets else np.zeros((0, 1), np.float32)
        return list(targets), vectors

    def _nearest(
        self, phrases: Sequence[str], known: tuple[list[tuple[str, str]], np.ndarray]
    ) -> Iterator[Near]:
        targets, vectors = known
        if not phrases or len(targets) < 2:
            yield from [Near(0.0)] * len(phrases)
            return
        asked = np.array([_VALUE if column else _WORD for column, _ in targets], np.float32)
        said = [[phrase, *meanings(phrase)] for phrase in phrases]
        nearness = self._encode([words for each in said for words in each]) @ vectors.T - asked
        ends = np.cumsum([len(each) for each in said])
        for rows in np.split(nearness, ends[:-1]):
            row = rows.max(0)
            best = int(np.argmax(row))
            others = vectors @ vectors[best] < _SAME
            second = float(row[others].max(initial=-1.0))
            clear = row[best] >= 0 and row[best] - second >= _LEAD
            yield self._of(*targets[best], float(row[best])) if clear else Near(0.0)

    def _of(self, column: str, words: str, score: float) -> Near:
        column = column or column_of_words(words, self._columns) or ""
        return Near(score + _WORD, column, words) if column else Near(0.0)


def _words_of(column: TextColumn, chinese: bool) -> list[str]:
    """The words of a column that can be meant: values, kinds, and the usual words of its texts."""
    found = column.values if column.has_values else _usual(column)
    fitting = (words for words, _ in found.most_common() if bool(HAN.search(words)) == chinese)
    return [words for words, _ in zip(fitting, range(_MOST), strict=False)]


def _usual(column: TextColumn) -> Counter[str]:
    """Kinds of several words, words, and runs of Chinese characters that many texts have."""
    least = max(_RARE, _RARE_SHARE * len(column.texts))
    kinds = {kind: count for kind, count in column.heads.items() if " " in kind}
    words = {word: count for word, count in column.words.items() if _tells(word)}
    every = {**kinds, **words, **column.grams}
    return Counter({said: count for said, count in every.items() if count >= least})


def _tells(word: str) -> bool:
    """Whether a word says something of a thing."""
    idle = any({"idle", "filler", "things"} & here.keys() for here in spoken(key(word)))
    return len(word) > 2 and not word.isdigit() and word not in common() and not idle

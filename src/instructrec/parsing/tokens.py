"""A sentence as tokens that remember their place: English words stemmed a little, Chinese character by character."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

LIMIT = 4_000  # characters read of an instruction
TOKEN = re.compile(r"-free\b|[^\W_㐀-鿿]+(?:[.'&+][^\W_㐀-鿿]+)*|[㐀-鿿]|(?<=\s)-(?=\s)|[^\s'\-_]")
CLOSERS = frozenset(",.;!?-–—，。；！？:：()（）")

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Token:
    """One token: `text` as written (lower case), `stem` as compared."""

    text: str
    stem: str
    start: int
    end: int

    @property
    def closes(self) -> bool:
        """Whether a clause ends here."""
        return self.text in CLOSERS


class Phrases(Generic[Value]):
    """Phrases of stems with a value each, found longest first; time grows with the lengths that share a first stem."""

    def __init__(self, table: Mapping[tuple[str, ...], Value]) -> None:
        self.table = table
        lengths: dict[str, set[int]] = {}
        for phrase in table:
            lengths.setdefault(phrase[0], set()).add(len(phrase))
        self.lengths = {first: sorted(known, reverse=True) for first, known in lengths.items()}

    def at(self, stems: Sequence[str], place: int) -> list[tuple[int, Value]]:
        """The length and value of every phrase that starts at a place, longest first."""
        found = []
        for length in self.lengths.get(stems[place], ()):
            phrase = tuple(stems[place : place + length])
            if len(phrase) == length and phrase in self.table:
                found.append((length, self.table[phrase]))
        return found


def normalize(text: str) -> str:
    """Lower case and half width, character by character, so that places stay the same.

    >>> normalize("Under ３０ Dollars")
    'under 30 dollars'
    """
    if text.isascii():
        return text[:LIMIT].lower()
    folded = []
    for char in text[:LIMIT]:
        plain = unicodedata.normalize("NFKC", char).lower()
        folded.append(plain if len(plain) == 1 else char.lower()[:1])
    return "".join(folded).replace("’", "'")


def stem(word: str) -> str:
    """A word without its plural or its owner's 's; only ever compared with another stem.

    >>> [stem(w) for w in ("comedies", "movie", "movies", "glasses", "series", "Sony's")]
    ['comedy', 'movy', 'movy', 'glass', 'series', 'Sony']
    """
    word = word.removesuffix("'s")
    if len(word) < 4 or not word.isascii() or word.endswith(("ss", "us", "series")):
        return word
    if word.endswith(("ies", "ie")) and len(word) > 4:
        return word[: word.rindex("ie")] + "y"
    if word.endswith(("sses", "xes", "ches", "shes")):
        return word[:-2]
    return word.removesuffix("s")


def tokenize(text: str) -> list[Token]:
    """The tokens of a normalized text; a hyphen inside a word parts it, so that "sci-fi" is "sci fi".

    >>> [t.stem for t in tokenize("90s sci-fi, 不要恐怖")]
    ['90s', 'sci', 'fi', ',', '不', '要', '恐', '怖']
    """
    found = []
    for match in TOKEN.finditer(text):
        word = match.group()
        found.append(Token(word, "and" if word == "&" else stem(word), match.start(), match.end()))
    return found


def key(phrase: str) -> tuple[str, ...]:
    """A phrase as it is compared: its stems.

    >>> key("Science-Fiction") == key("science fiction")
    True
    """
    return tuple(t.stem for t in tokenize(normalize(phrase)))

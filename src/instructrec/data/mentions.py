"""Which texts mention some words: whole words, whatever their ending; Chinese wherever it stands."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from itertools import takewhile

import numpy as np

LISTED = "\x1f"  # between the members of a list, which no words pass
_END = "\n"  # between two texts
_BETWEEN = r"[\s\-_/.'’·]"  # signs that may stand between two words
_HAN = re.compile(r"[぀-ヿ㐀-鿿]")
_RUN = re.compile(r"[぀-ヿ㐀-鿿]+|\d+|[^\W\d_぀-ヿ㐀-鿿]+")  # of one script, or of digits
_EDGE = r"(?{}[^\W_぀-ヿ㐀-鿿])"  # no other letter beside the words


class Texts:
    """Some texts, to be searched for words; a text that is missing mentions nothing."""

    def __init__(self, texts: Iterable[str]) -> None:
        folded = [folded_text(text) for text in texts]
        self._joined = _END.join(folded)
        self._starts = np.cumsum([0, *(len(text) + 1 for text in folded)])[:-1]

    def mentioning(self, words: str) -> np.ndarray:
        """The texts that hold some words one after the other; (texts,) bool.

        >>> Texts(["Two potatoes", "Potato-salad", "Pot", ""]).mentioning("potato").tolist()
        [True, True, False, False]
        >>> Texts(["Python爬虫工程师"]).mentioning("爬虫").tolist()
        [True]
        """
        found = np.zeros(len(self._starts), bool)
        if pattern := pattern_of(words):
            found[np.searchsorted(self._starts, list(self._places(pattern, words)), side="right") - 1] = True
        return found

    def _places(self, pattern: str, words: str) -> Iterator[int]:
        """Where a pattern is found: looked for by how its words begin, which is faster."""
        forms = endings(_RUN.findall(folded_text(words))[0])
        same = takewhile(lambda chars: len({*chars}) == 1, zip(*forms, strict=False))
        begins, matches = "".join(chars[0] for chars in same), re.compile(pattern).match
        place = self._joined.find(begins)
        while place >= 0:
            if matches(self._joined, place):
                yield place
            place = self._joined.find(begins, place + 1)


def folded_text(text: str) -> str:
    """A text in lower case, half width and without accents, on one line.

    >>> folded_text("Café  Noir")
    'cafe  noir'
    """
    if not text.isascii():
        parts = unicodedata.normalize("NFKD", text)
        text = "".join(char for char in parts if not unicodedata.combining(char))
    return text.casefold().replace(_END, " ")


def pattern_of(words: str) -> str:
    """The regular expression of some words: of Latin ones also in the plural or the singular.

    >>> bool(re.search(pattern_of("bar stools"), "bar-stool with backrest"))
    True
    >>> bool(re.search(pattern_of("256gb"), "phone 256 gb")), bool(re.search(pattern_of("56 gb"), "256gb"))
    (True, False)
    """
    runs = _RUN.findall(folded_text(words))
    if not runs:
        return ""
    pattern = "" if _HAN.match(runs[0]) else _EDGE.format("<!")
    for before, run in zip(["", *runs], runs, strict=False):
        apart = "+" if before.isdigit() and run.isdigit() else "*"  # "t-shirt" is written "tshirt" too
        pattern += f"{_BETWEEN}{apart}" if before else ""
        pattern += re.escape(run) if _HAN.match(run) else _either(run)
    return pattern if _HAN.match(runs[-1]) else pattern + _EDGE.format("!")


def _either(word: str) -> str:
    """A word in the singular and in the plural."""
    forms = sorted(set(endings(word)), key=len, reverse=True)
    return re.escape(word) if len(forms) == 1 else f"(?:{'|'.join(map(re.escape, forms))})"


def single(word: str) -> str:
    """A word in the singular.

    >>> [single(word) for word in ("berries", "desks", "glass", "bus", "boxes", "movies")]
    ['berry', 'desk', 'glass', 'bus', 'box', 'movy']
    """
    if len(word) < 4 or not word.isascii() or not word.isalpha() or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "xes", "ches", "shes", "oes")):
        return word[:-2]
    return word.removesuffix("s")


def endings(word: str) -> Sequence[str]:
    """A word with the endings of its plural, and without.

    >>> endings("berries")
    ['berries', 'berry', 'berrys', 'berrie']
    """
    if len(word) < 3 or not word.isascii() or not word.isalpha():
        return [word]
    one = single(word)
    several = one[:-1] + "ies" if one.endswith("y") else one + "es"
    return list(
        dict.fromkeys([word, one, one + "s", several, *([word[:-1]] if word.endswith("ies") else [])])
    )

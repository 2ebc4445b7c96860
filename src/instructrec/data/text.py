"""Words of a text, the difference of two texts, and names and distinctive words mined from many."""

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from difflib import SequenceMatcher
from itertools import pairwise

LEAST = 3  # titles that must share a name
_PARTS = re.compile(r"\s*[()\[\]|,;]\s*|\s+[-–~/]\s*|\s*[-–~/]\s+|:\s+")
_NOUN, _END = 0.3, 0.4  # shares of a noun's places that follow a determiner, and that a function word follows
WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
HAN = re.compile(r"[぀-ヿ㐀-鿿가-힯]+")
# A number keeps its points and lines, Chinese is compared sign by sign, so that blanks do not matter there.
_WORD = re.compile(r"\d+(?:[.,:/-]\d+)+|[぀-ヿ㐀-鿿]|[^\W_぀-ヿ㐀-鿿]+|[^\w\s]")
_TELLING = frozenset("%&#@*/")  # punctuation that says something: 50 %, C#
_PIECE = re.compile(r"[㐀-鿿]|[^\W㐀-鿿]+|\s+|.", re.DOTALL)  # of a text, for comparing two


def terms(text: str) -> list[str]:
    """Split a text into lower-case words; scripts written without spaces become character bigrams.

    >>> terms("Toy Story: the children's film")
    ['toy', 'story', 'the', "children's", 'film']
    >>> terms("科幻片 2")
    ['科幻', '幻片', '2']
    """
    found: list[str] = []
    for word in WORD.findall(text.lower()):
        start = 0
        for run in HAN.finditer(word):
            if run.start() > start:
                found.append(word[start : run.start()])
            chars = run.group()
            found.extend([chars] if len(chars) == 1 else [chars[i : i + 2] for i in range(len(chars) - 1)])
            start = run.end()
        if start < len(word):
            found.append(word[start:])
    return found


def plain_text(text: str) -> str:
    """A text as it is compared with others: without case, width, blanks and meaningless punctuation.

    >>> plain_text("Never show me HORROR!") == plain_text("never  show me horror")
    True
    >>> plain_text("under $1.5") == plain_text("under $15")
    False
    >>> plain_text("不要 恐怖片。") == plain_text("不要恐怖片")
    True
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(
        w for w in _WORD.findall(folded) if w in _TELLING or not unicodedata.category(w[0]).startswith("P")
    )


def text_diff(before: str, after: str) -> str:
    """The change from one text to another, word by word.

    >>> text_diff("no horror films", "no war films")
    'no [-horror-]{+war+} films'
    """
    old, new = _PIECE.findall(before), _PIECE.findall(after)
    shown, removed, added = "", "", ""
    for kind, a, b, c, d in SequenceMatcher(None, old, new).get_opcodes():
        if kind == "equal" and ("".join(old[a:b]).strip() or not removed + added):
            shown += _change(removed, added) + "".join(old[a:b])
            removed = added = ""
        else:  # a blank between two changes is part of one larger change
            removed, added = removed + "".join(old[a:b]), added + "".join(new[c:d])
    return shown + _change(removed, added)


def _change(removed: str, added: str) -> str:
    return (f"[-{removed}-]" if removed else "") + (f"{{+{added}+}}" if added else "")


def content(text: str, stop: Collection[str]) -> list[str]:
    """The distinctive words of a text: not in `stop`, no numbers, no single letters.

    >>> content("The Return of the King, 2 of 3", {"the", "of"})
    ['return', 'king']
    """
    return [w for w in terms(text) if w not in stop and (len(w) > 1 or HAN.match(w)) and not w.isdigit()]


def parts(title: str) -> list[str]:
    """A title taken apart at its brackets, dashes and colons.

    >>> parts("Halo 3: Limited Edition - Xbox 360 (Renewed)")
    ['Halo 3', 'Limited Edition', 'Xbox 360', 'Renewed']
    """
    return [p for p in _PARTS.split(title) if p]


def traits(titles: Sequence[str], stop: Collection[str], least: int = LEAST) -> list[list[str]]:
    """For each title, its parts after the first that other titles have too: a platform, a size, an
    edition.
    """
    apart = [
        [p for p in parts(t)[1:] if 1 < len(p) <= 24 and len(p.split()) <= 4 and content(p, stop)]
        for t in titles
    ]
    count = Counter(p.lower() for each in apart for p in {p.lower() for p in each})
    return [[p for p in each if count[p.lower()] >= least] for each in apart]


def series(titles: Sequence[str], stop: Collection[str], least: int = LEAST) -> list[str]:
    """For each title, the longest beginning that other titles have too, at most four words; empty where there
    is none.

    >>> series(["Halo 2", "Halo 3", "Halo Wars", "Mass Effect"], ())
    ['Halo', 'Halo', 'Halo', '']
    """
    begins = [(parts(t) or [""])[0].split()[:4] for t in titles]
    shared = _SharedBeginnings(titles, begins, stop, least)
    return [" ".join(shared.longest(words)).rstrip(":,-–®™!?") for words in begins]


class _SharedBeginnings:
    """Which beginnings of titles several titles share."""

    def __init__(
        self, titles: Sequence[str], begins: Sequence[list[str]], stop: Collection[str], least: int
    ) -> None:
        self.stop, self.least = stop, least
        keys = (_key(words[:n]) for words in begins for n in range(1, len(words) + 1))
        self.counts = Counter(keys)
        self.anywhere = Counter(word for title in titles for word in {_bare(w) for w in title.split()})

    def longest(self, words: list[str]) -> list[str]:
        """The longest shared beginning of some words; empty where there is none."""
        return next((words[:n] for n in range(len(words), 0, -1) if self._is_name(_key(words[:n]))), [])

    def _is_name(self, key: tuple[str, ...]) -> bool:
        distinctive = [word for word in key if content(word, self.stop)]
        if self.counts[key] < self.least or not distinctive or distinctive[-1] != key[-1]:
            return False
        # a word like others stands inside titles too
        return len(distinctive) > 1 or self.counts[key] >= 0.6 * self.anywhere[distinctive[0]]


def telling(
    texts: Sequence[str],
    stop: Collection[str],
    determiners: Collection[str],
    most: int = 6,
    share: float = 0.1,
) -> list[list[str]]:
    """For each text its most telling nouns by TF-IDF; words of a single text or of more than a `share` of
    them are left out.

    A noun is a word that often stands between a determiner and a function word, which needs no tagger and
    holds in several languages; scripts without spaces have none, and are left out.
    """
    split = [terms(t) for t in texts]
    documents = Counter(w for each in split for w in set(each))
    nouns = _nouns(split, stop, determiners)
    limit = max(2.0, share * sum(1 for each in split if each))
    kept = {w for w, n in documents.items() if 2 <= n <= limit and w in nouns}
    rare = {w: math.log(len(split) / documents[w]) + 1 for w in kept}
    found = []
    for each in split:
        count = Counter(w for w in each if w in kept)
        found.append(sorted(count, key=lambda w: (-count[w] * rare[w], w))[:most])
    return found


def _nouns(split: Iterable[list[str]], stop: Collection[str], determiners: Collection[str]) -> set[str]:
    follows: Counter[str] = Counter()
    ends: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for each in split:
        total.update(each)
        follows.update(w for before, w in pairwise(each) if before in determiners)
        ends.update(w for w, after in pairwise([*each, ""]) if not after or after in stop)
    found = (w for w, n in follows.items() if n >= max(2, _NOUN * total[w]) and ends[w] >= _END * total[w])
    return {w for w in found if len(w) > 3 and content(w, stop)}


def _bare(word: str) -> str:
    return word.strip(":,-–!?.®™\"'").lower()


def _key(first: Sequence[str]) -> tuple[str, ...]:
    return tuple(_bare(w) for w in first)

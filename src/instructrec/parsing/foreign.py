"""Refusals in languages that the parser does not read: recognised, so that they are reported and never turned
round.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any

from instructrec.lexicon.words import common, normalize

_WORD = re.compile(r"[^\W\d_]+")
_PARTS = re.compile(r"[,.;:!?，。；！？、\n]")
_UNSPACED = re.compile("[぀-ヿ가-힯฀-๿]")

Span = tuple[int, int]


@cache
def _data() -> Mapping[str, Any]:
    return tomllib.loads((resources.files("instructrec.lexicon") / "foreign.toml").read_text(encoding="utf-8"))


def language_name(code: str) -> str:
    """The English name of a language whose refusals are known; "" of any other.

    >>> language_name("de"), language_name("en")
    ('German', '')
    """
    return str(_data().get(code, {}).get("name", "")) if code != "words" else ""


def refusals(text: str) -> tuple[str, list[Span]]:
    """The language whose refusals a sentence holds, and the places in the text that each may refuse.

    >>> refusals("Drama, aber kein Thriller"), refusals("a film without horror")
    (('de', [(12, 25)]), ('', []))
    >>> refusals("ホラー以外のHorrorなしで")[0], refusals("Sin City"), refusals("non-stick pan")
    ('ja', ('', []), ('', []))
    """
    plain = normalize(text)
    words = [(m.group(), m.start(), m.end()) for m in _WORD.finditer(plain)]
    found = {code: _of(language, plain, words) for code, language in _data().items() if code != "words"}
    code = max(found, key=lambda each: len(found[each]))
    return (code, found[code]) if found[code] else ("", [])


def _of(language: Mapping[str, str], plain: str, words: Sequence[tuple[str, int, int]]) -> list[Span]:
    """The reaches of one language's refusals."""
    after, before = set(language["after"].split()), set(language["before"].split())
    spans = set()
    for word, start, end in [*_whole(language, after | before, plain, words), *_inside(after | before, plain)]:
        spans.add((start, _end(plain, words, end)) if word in after else (_begin(plain, start), end))
    return sorted(spans)


def _whole(
    language: Mapping[str, str], refusing: set[str], plain: str, words: Sequence[tuple[str, int, int]]
) -> list[tuple[str, int, int]]:
    """Refusals that are words; one that is English too counts where words of its own language outnumber the
    English ones.
    """
    pairs = (pair.partition(":") for pair in language["only_with"].split("|"))
    only = {word: set(others.split(",")) for word, _, others in pairs}
    said = {word for word, _, _ in words}
    found = [(w, start, end) for w, start, end in words if w in refusing and plain[end : end + 1] != "-"]

    def own(word: str) -> bool:
        others = said - {word}
        return len(others & (only[word] - common())) > len(others & common())

    return [each for each in found if each[0] not in only or own(each[0])]


def _inside(refusing: set[str], plain: str) -> list[tuple[str, int, int]]:
    """Refusals in scripts without blanks, and those that are joined to other words there."""
    if not _UNSPACED.search(plain):
        return []
    longer = (word for word in refusing if len(word) > 1 and not word.isascii())
    return [(word, m.start(), m.end()) for word in longer for m in re.finditer(re.escape(word), plain)]


def _end(plain: str, words: Sequence[tuple[str, int, int]], start: int) -> int:
    """The end of the clause from a place on: punctuation, or a word that begins another."""
    stop = match.start() if (match := _PARTS.search(plain, start)) else len(plain)
    ends = set(_data()["words"]["ends"].split())
    inside = [begin for word, begin, _ in words if start < begin < stop and word in ends]
    return len(plain[: min([stop, *inside])].rstrip())


def _begin(plain: str, end: int) -> int:
    """The beginning of the clause that ends at a place."""
    marks = [m.end() for m in _PARTS.finditer(plain, 0, end)]
    begin = marks[-1] if marks else 0
    return begin + len(plain[begin:end]) - len(plain[begin:end].lstrip())

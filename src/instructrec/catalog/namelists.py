"""Whether the cells of a column are lists of names, and at which signs they are cut."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from instructrec.cells.lists import parting

_BRACKETS = (re.compile(r"(?s)^\[.*\]$"), re.compile(r"(?s)^\{.*\}$"))
_SIGNS = ("|", ";", "；", ",", "，", "、", "\n", "\t", "·", ">", "/")
_WIDE = {",": "，", "，": ",", ";": "；", "；": ";"}  # one sign in two widths
_LONG = 45  # letters up to which a piece is a name and no sentence
_MOST_WORDS = 6


def separators_of(counts: Mapping[str, int], people: bool = False) -> tuple[str, ...]:
    """The signs that part the names of a column, "[]" or "{}" for written lists; () where each cell is one
    name.

    A sign parts names where its pieces are short and come again elsewhere: beside other pieces, or alone.
    Names of people and firms come again seldom, so that for `people` half of the cells with it will do.

    >>> separators_of({"Action, Drama": 3, "Drama": 5, "Drama, War": 2, "War": 1, "Action": 2})
    (',',)
    >>> separators_of({"Tables & desks": 4, "Chairs": 2, "Washington, D.C.": 1})
    ()
    """
    texts = list(counts)
    if not texts:
        return ()
    for pattern, written in zip(_BRACKETS, ("[]", "{}"), strict=True):
        if sum(bool(pattern.match(t)) for t in texts) >= 0.9 * len(texts):
            return (written,)
    cutting = [sign for sign in _SIGNS if _is_separator(sign, counts, people)]
    if not cutting:
        return ()
    signs = [re.sub(r"\\s\*|\\", "", s) for s in parting(texts)]
    found = tuple(dict.fromkeys(s for s in signs if s in cutting)) or tuple(cutting[:1])
    found = tuple(dict.fromkeys([*found, *(s for s in cutting if s in ("·", "/", ">"))]))
    wide = (_WIDE[s] for s in found if s in _WIDE and any(_WIDE[s] in t for t in texts))
    return tuple(dict.fromkeys([*found, *wide]))


def _is_separator(sign: str, counts: Mapping[str, int], people: bool) -> bool:
    having = [t for t in counts if sign in t.strip(sign + " ")]
    rare = len(having) < 2 or (len(having) < 0.02 * len(counts) and len(having) < 20)
    if rare or _stands_in_numbers(sign, having):
        return False
    pieces = _pieces(sign, having)
    if not _are_names([p for parts in pieces.values() for p in parts]):
        return False
    if sign == "/":  # it also stands inside of names, as in TV/Video: then what follows it seldom comes again
        return min(_again(having, pieces, counts, end) for end in (slice(0, 1), slice(-1, None))) >= 0.5
    return _again(having, pieces, counts) >= (0.2 if people else 0.5) or _many(having, pieces, counts, people)


def _pieces(sign: str, having: Sequence[str]) -> dict[str, list[str]]:
    """The pieces of each text; a stroke with blanks around it in every text needs these to cut."""
    spaced = f" {sign} " if sign == "/" and all(f" {sign} " in t for t in having[:50]) else sign
    return {t: [p.strip() for p in t.split(spaced) if p.strip()] for t in having}


def _are_names(pieces: Sequence[str]) -> bool:
    """Whether nine of ten pieces are short enough to be names."""
    long = sum(len(p) > _LONG or len(p.split()) > _MOST_WORDS for p in pieces)
    return bool(pieces) and long * 10 <= len(pieces)


def _stands_in_numbers(sign: str, having: Sequence[str]) -> bool:
    """Whether a sign mostly stands between digits: thousands, or halves."""
    inside = {"/": r"\d\s?/\s?\d", ",": r"\d,\d{3}(?!\d)"}.get(sign)
    return inside is not None and sum(bool(re.search(inside, t)) for t in having) * 3 > len(having)


def _again(
    having: Sequence[str],
    pieces: Mapping[str, Sequence[str]],
    counts: Mapping[str, int],
    part: slice = slice(None),
) -> float:
    """The share of the pieces, or of those at one end, that stand in another cell too, alone or beside
    others.
    """
    cells: Counter[str] = Counter()
    for parts in pieces.values():
        cells.update(set(parts))
    cells.update(t for t in counts if t not in pieces)
    flat = [p for t in having for p in pieces[t][part]]
    return sum(cells[p] > 1 for p in flat) / max(1, len(flat))


def _many(
    having: Sequence[str], pieces: Mapping[str, Sequence[str]], counts: Mapping[str, int], people: bool
) -> bool:
    """Whether most cells have the sign, several times: an enumeration, though its names are in one cell
    each.
    """
    mean = sum(len(pieces[t]) for t in having) / len(having)
    return len(having) * 2 > len(counts) and mean >= (2 if people else 2.5)

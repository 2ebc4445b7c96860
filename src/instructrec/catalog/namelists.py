"""Whether the cells of a column are lists of names, and at which signs they are cut."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from instructrec.cells.lists import parting

_BRACKETS = (re.compile(r"(?s)^\[.*\]$"), re.compile(r"(?s)^\{.*\}$"))
_SIGNS = ("|", ";", "；", ",", "，", "、", "\n", "\t", "·", ">", "/")
_PLAIN = ("|", ";", "；", ",", "，", "、")  # signs that seldom stand inside of a name
_JOINING = (" and ", " & ", " und ", " et ", " y ")  # before the last of several people
_PERSON = re.compile(r"[A-ZÀ-Þ][\w.'’-]*(?: [\w.'’-]+){1,3}")
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
    if written := _brackets_of(texts):
        return (written,)
    cutting = [sign for sign in _SIGNS if _is_separator(sign, counts, people)]
    cutting += [sign for sign in _JOINING if people and _joins_people(sign, cutting, texts)]
    if not cutting:
        return ()
    signs = [re.sub(r"\\s\*|\\", "", s) for s in parting(texts)]
    found = tuple(dict.fromkeys(s for s in signs if s in cutting)) or tuple(cutting[:1])
    found = tuple(dict.fromkeys([*found, *(s for s in cutting if s in ("·", "/", ">", *_JOINING))]))
    wide = (_WIDE[s] for s in found if s in _WIDE and any(_WIDE[s] in t for t in texts))
    return tuple(dict.fromkeys([*found, *wide]))


def _brackets_of(texts: Sequence[str]) -> str:
    """The brackets of which nearly all cells are lists, as "[]"; "" where they are none."""
    for pattern, brackets in zip(_BRACKETS, ("[]", "{}"), strict=True):
        if sum(bool(pattern.match(t)) for t in texts) >= 0.9 * len(texts):
            return brackets
    return ""


def _is_separator(sign: str, counts: Mapping[str, int], people: bool) -> bool:
    having = [t for t in counts if sign in t.strip(sign + " ")]
    pieces = _pieces(sign, having)
    if sign in _PLAIN and having and all(p in counts for parts in pieces.values() for p in parts):
        return True  # what stands in them stands alone elsewhere
    rare = len(having) < 2 or (len(having) < 0.02 * len(counts) and len(having) < 20)
    if rare or _stands_in_numbers(sign, having):
        return False
    if not _are_names([p for parts in pieces.values() for p in parts]):
        return False
    if sign == "/":  # it also stands inside of names, as in TV/Video: then what follows it seldom comes again
        return min(_again(having, pieces, counts, end) for end in (slice(0, 1), slice(-1, None))) >= 0.5
    if people and sign != "·" and _are_people([p for parts in pieces.values() for p in parts]):
        return True
    return _again(having, pieces, counts) >= (0.2 if people else 0.5) or _many(having, pieces, counts, people)


def _joins_people(sign: str, cutting: Sequence[str], texts: Sequence[str]) -> bool:
    """Whether a word stands between the names of people, in a few cells at least."""
    cut = re.compile("|".join(map(re.escape, (sign, *cutting))))
    having = [t for t in texts if sign in t]
    return len(having) > 2 and _are_people([p.strip() for t in having for p in cut.split(t) if p.strip()])


def _are_people(pieces: Sequence[str]) -> bool:
    """Whether nearly all pieces look like a first and a last name."""
    return sum(bool(_PERSON.fullmatch(p)) for p in pieces) >= 0.8 * len(pieces)


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

"""Ordered scales: the steps that the values of a column name, lowest first."""

import math
import re
from collections.abc import Sequence
from itertools import pairwise
from os.path import commonprefix

from instructrec.catalog.evidence import SCALES
from instructrec.cells import units

_FIGURE = r"\D{0,2}?(\d+(?:\.\d+)?)\s?\D{0,2}?"
_ENOUGH = 0.8  # share of the different values that must name a step


def steps_of(texts: Sequence[str]) -> tuple[str, ...]:
    """The values of a column in the order of the scale that they are steps of; empty where they are of none.

    >>> steps_of(["strict", "flexible", "moderate"])
    ('flexible', 'moderate', 'strict')
    >>> steps_of(["PG-13 - Teens 13 or older", "G - All Ages", "R - 17+ (violence)"])
    ('G - All Ages', 'PG-13 - Teens 13 or older', 'R - 17+ (violence)')
    >>> steps_of(["red", "green"])
    ()
    """
    return _steps_of(texts) or _inner_steps(texts) or _by_time(texts)


def _inner_steps(texts: Sequence[str]) -> tuple[str, ...]:
    """The steps that are left where all values end with the same words: 高楼层, 低楼层."""
    tail = commonprefix([t[::-1] for t in texts])[::-1]  # noqa: RUF071
    tail = tail if not tail.isascii() else tail[tail.find(" ") :] if " " in tail else ""
    whole = {t.removesuffix(tail).strip(): t for t in texts} if tail else {}
    return tuple(whole[t] for t in _steps_of(list(whole)))


def _steps_of(texts: Sequence[str]) -> tuple[str, ...]:
    best: tuple[str, ...] = ()
    for steps in SCALES.values():
        placed = {text: place for text in texts if (place := _place(text, steps)) is not None}
        if len(placed) >= _ENOUGH * len(texts) and len(set(placed.values())) >= 2 and len(placed) > len(best):
            best = tuple(sorted(placed, key=lambda text: (placed[text], text)))
    return best


def bands_of(texts: Sequence[str]) -> tuple[str, ...]:
    """The values of a column that are bands of numbers which do not overlap, lowest first; else empty.

    >>> bands_of(["101-150", "0-50", "51-100", "151+"])
    ('0-50', '51-100', '101-150', '151+')
    >>> bands_of(["10-20", "15-25", "20-30"]), bands_of(["1-1", "1-2", "1-3"])
    ((), ())
    >>> bands_of(["3-5年", "不限", "1-3年", "10年以上"])
    ('不限', '1-3年', '3-5年', '10年以上')
    """
    found = {text: band for text in texts if (band := _band(text))}
    if open_to_all := [t for t in texts if t not in found and not re.search(r"\d", t)]:
        found |= {t: (-math.inf, -math.inf) for t in open_to_all[:1]}  # 不限 beside 1-3年 and 3-5年
    order = sorted(found, key=lambda text: found[text])
    bands = [found[text] for text in order]
    closed = sum(low < high < math.inf and low > -math.inf for low, high in bands)
    apart = all(low >= high for (_, high), (low, _) in pairwise(bands))
    return tuple(order) if len(order) == len(texts) > 2 and closed > 1 and apart else ()


def _band(text: str) -> tuple[float, float] | None:
    """The lowest and highest number of a band: "51-100", "250+", "under 10"."""
    plain = text.strip().lower().replace(",", "")
    if match := re.fullmatch(rf"{_FIGURE}\s*(?:[-–~—至到]|to)\s*{_FIGURE}", plain):
        return float(match[1]), float(match[2])
    if match := re.fullmatch(
        rf"(?:over|above|more than|>=?|≥)?\s?{_FIGURE}\s*(?:\+|以上|and up|and over|or more)?", plain
    ):
        return float(match[1]), math.inf if match[0] != match[1] else float(match[1])
    match = re.fullmatch(rf"(?:under|below|less than|up to|<=?|≤)\s?{_FIGURE}|{_FIGURE}\s?以下", plain)
    return (-math.inf, float(match[1] or match[2])) if match else None


def _by_time(texts: Sequence[str]) -> tuple[str, ...]:
    """Spans of time that are told in words, shortest first: within an hour, a few days or more."""
    said = {t: re.sub(r"\ba few\b", "3", re.sub(r"\ban? (?!few)", "1 ", t.lower())) for t in texts}
    long = {t: units.amount_in(plain, "s") for t, plain in said.items() if re.match(r"[^\W\d_]", t)}
    if len(long) < len(texts) or None in long.values() or not 2 < len(texts) <= 12:
        return ()
    return tuple(sorted(long, key=lambda t: (long[t], t)))


def _place(text: str, steps: Sequence[Sequence[str]]) -> int | None:
    """The place of the longest step that a value is, begins with, or in Chinese holds."""
    plain = re.sub(r"[\s_]+", " ", text.strip().lower())
    found: tuple[int, int] | None = None
    for place, names in enumerate(steps):
        for name in names:
            whole = plain == name or plain == f"{name} level"
            begins = len(name) > 0 and re.match(rf"{re.escape(name)}\s*[-–:(（,]\s", plain) is not None
            begins = begins or plain.startswith((f"{name} (", f"{name} ") if " " in name else f"{name} (")
            holds = not name.isascii() and len(name) > 1 and plain.endswith(name)
            if (whole or begins or holds) and (found is None or len(name) > found[0]):
                found = (len(name), place)
    return found[1] if found else None

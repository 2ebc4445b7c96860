"""Ordered scales: the steps that the values of a column name, lowest first."""

import re
from collections.abc import Sequence

from instructrec.catalog.evidence import SCALES
from instructrec.cells import units

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
    best: tuple[str, ...] = ()
    for steps in SCALES.values():
        placed = {text: place for text in texts if (place := _place(text, steps)) is not None}
        if len(placed) >= _ENOUGH * len(texts) and len(set(placed.values())) >= 2 and len(placed) > len(best):
            best = tuple(sorted(placed, key=lambda text: (placed[text], text)))
    return best or _by_time(texts)


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

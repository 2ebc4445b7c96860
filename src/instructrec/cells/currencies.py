"""Currencies by their signs and words, for cells and for sentences."""

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any


@cache
def money_words() -> Mapping[str, Any]:
    """What `money.toml` lists."""
    return tomllib.loads((resources.files("instructrec.cells") / "money.toml").read_text(encoding="utf-8"))


@cache
def currency_codes() -> Mapping[str, str]:
    """Every sign and word of a currency with its code; the first that has it counts."""
    found: dict[str, str] = {}
    for code, signs in money_words()["signs"].items():
        for sign in signs:
            found.setdefault(sign, code)
    return found


@cache
def _signs() -> re.Pattern[str]:
    """All signs, in small letters, as a search without case takes ten times as long."""
    longest_first = sorted(currency_codes(), key=len, reverse=True)
    worded = "|".join(re.escape(s) for s in longest_first if s[0].isalpha() and s.isascii())
    signed = "|".join(re.escape(s) for s in longest_first if not (s[0].isalpha() and s.isascii()))
    return re.compile(rf"(?<![^\W\d_])(?:{worded})(?![^\W\d_])|{signed}")


def currency_in(text: str) -> str:
    """The code of the first currency that a text names; "" where it names none.

    >>> [currency_in(t) for t in ("PKR 224,999", "12,50 €", "(in Rs)", "3000元/月", "first")]
    ['PKR', 'EUR', 'INR', 'CNY', '']
    """
    found = _signs().search(text.lower())
    return currency_codes()[found[0]] if found else ""

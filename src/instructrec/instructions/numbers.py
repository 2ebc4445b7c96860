"""Years, decades and prices said in a sentence, as conditions."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from instructrec.instructions.vocabulary import Vocabulary
from instructrec.types import Condition

YEAR = r"(?:18|19|20)\d\d"
DECADES = {
    "twenties": 20,
    "thirties": 30,
    "forties": 40,
    "fifties": 50,
    "sixties": 60,
    "seventies": 70,
    "eighties": 80,
    "nineties": 90,
}
HAN_TENS = {"二": 20, "三": 30, "四": 40, "五": 50, "六": 60, "七": 70, "八": 80, "九": 90}
MONEY = r"(?:\$|€|£|¥|usd|eur|rmb|dollars?|euros?|pounds?|bucks|yuan|元|块钱|块|美元|欧元)"
NUMBER = r"(\d+(?:\.\d+)?)"
AT_MOST = r"(?:under|below|less than|cheaper than|within|up to|at most|no more than|max(?:imum)?)"
AMOUNT = rf"(?:{MONEY}\s*{NUMBER}|{NUMBER}\s*{MONEY})"


@dataclass(frozen=True, slots=True)
class Pattern:
    """A way of saying a number condition, and what it means."""

    field: str
    expression: re.Pattern[str]
    meaning: Callable[[re.Match[str]], tuple[str, object]]


def _numbers(match: re.Match[str]) -> list[float]:
    return [float(g) for g in match.groups() if g is not None]


def _compare(op: str) -> Callable[[re.Match[str]], tuple[str, object]]:
    return lambda match: (op, _numbers(match)[0])


def _between(match: re.Match[str]) -> tuple[str, object]:
    low, high = sorted(_numbers(match)[:2])
    return "between", [low, high]


def _around(match: re.Match[str]) -> tuple[str, object]:
    middle = _numbers(match)[0]
    return "between", [round(middle * 0.8, 2), round(middle * 1.2, 2)]


def _decade(match: re.Match[str]) -> tuple[str, object]:
    said = next(g for g in match.groups() if g is not None)
    tens = DECADES.get(said) or HAN_TENS.get(said) or int(said)
    start = tens if tens >= 1000 else (2000 if tens < 20 else 1900) + tens
    return "between", [start, start + 9]


def _pattern(field: str, expression: str, meaning: Callable[[re.Match[str]], tuple[str, object]]) -> Pattern:
    return Pattern(field, re.compile(expression), meaning)


# The first pattern that matches at a place wins, so the longer ways of saying a thing come first.
PATTERNS = (
    _pattern("year", rf"(?:between|from) ({YEAR}) (?:and|to) ({YEAR})", _between),
    _pattern("year", rf"({YEAR})\s*(?:-|–|~|到|至)\s*({YEAR})\s*年?", _between),
    _pattern("year", rf"(?:before|older than|earlier than|prior to) (?:the year )?({YEAR})(?!s)", _compare("<")),
    _pattern("year", rf"(?:after|newer than|later than) (?:the year )?({YEAR})(?!s)", _compare(">")),
    _pattern("year", rf"since ({YEAR})(?!s)", _compare(">=")),
    _pattern("year", rf"({YEAR})\s*年?\s*(?:以前|之前|前)", _compare("<")),
    _pattern("year", rf"({YEAR})\s*年?\s*(?:以后|之后|以来|后)", _compare(">=")),
    _pattern("year", r"(?:from |in |of )?(?:the )?((?:18|19|20)\d0)'?s\b", _decade),
    _pattern("year", r"(?:from |in |of )?(?:the )?'?\b(\d0)'?s\b", _decade),
    _pattern("year", rf"(?:from |in |of )?(?:the )?\b({'|'.join(DECADES)})\b", _decade),
    _pattern("year", r"(?:上世纪|二十世纪|20世纪)?(?:([二三四五六七八九])十|((?:19|20)?\d0))\s*年代", _decade),
    _pattern("year", rf"(?:from|in|of|made in|released in) ({YEAR})\b(?! (?:and|to) )", _compare("=")),
    _pattern("year", rf"({YEAR})\s*年", _compare("=")),
    _pattern("price", rf"(?:between|from) (?:{MONEY}\s*)?{NUMBER}\s*(?:{MONEY})? (?:and|to) {AMOUNT}", _between),
    _pattern("price", rf"{NUMBER}\s*(?:{MONEY})?\s*(?:-|–|~|到|至)\s*{AMOUNT}", _between),
    _pattern("price", rf"{AT_MOST} {AMOUNT}", _compare("<=")),
    _pattern("price", rf"(?:over|above|more than|at least|from|min(?:imum)?) {AMOUNT}", _compare(">=")),
    _pattern("price", rf"(?:around|about|roughly) {AMOUNT}", _around),
    _pattern("price", rf"(?:不超过|低于|少于|最多|不高于)\s*{AMOUNT}", _compare("<=")),
    _pattern("price", rf"(?:高于|超过|至少|不低于)\s*{AMOUNT}", _compare(">=")),
    _pattern("price", rf"{AMOUNT}\s*(?:以下|以内|之内|内)", _compare("<=")),
    _pattern("price", rf"{AMOUNT}\s*(?:以上|起)", _compare(">=")),
    _pattern("price", rf"{AMOUNT}\s*(?:左右|上下)", _around),
)  # fmt: skip
CHEAP = re.compile(r"\b(?:cheap|inexpensive|affordable|budget)\b|便宜|实惠|平价")
DEAR = re.compile(r"\b(?:expensive|premium|high-end)\b|昂贵|高端")


def find_numbers(text: str, vocabulary: Vocabulary) -> Iterator[Condition]:
    """Number conditions of a normalized text, left to right, none overlapping; `field` need not exist in the catalog."""
    taken = [False] * (len(text) + 1)
    found: list[Condition] = []
    for pattern in PATTERNS:
        for match in pattern.expression.finditer(text):
            start, end = match.span()
            if not any(taken[start:end]):
                taken[start:end] = [True] * (end - start)
                op, value = pattern.meaning(match)
                found.append(Condition(field=pattern.field, op=op, value=_plain(pattern.field, value), span=(start, end)))
    for expression, op, side in ((CHEAP, "<=", 0), (DEAR, ">=", 1)):
        if match := expression.search(text):
            limits = vocabulary.quantiles.get("price")
            value = limits[side] if limits else None
            found.append(Condition(field="price", op=op, value=value, span=match.span()))
    yield from sorted(found, key=lambda c: c.span)


def _plain(field: str, value: object) -> object:
    """Years are whole numbers."""
    if field != "year":
        return value
    return [int(v) for v in value] if isinstance(value, list) else int(float(str(value)))

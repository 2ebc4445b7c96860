"""Years, decades and prices said in a sentence, as conditions."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from instructrec.parsing.vocabulary import Vocabulary
from instructrec.types import Condition

Meaning = Callable[[re.Match[str]], tuple[str, object]]

# Every repetition is bounded, so that no text takes longer than its length.
S = r"\s{0,3}"
YEAR = r"(?<!\d)((?:18|19|20)\d\d)(?!\d)"
DECADES = {
    "twenties": 20, "thirties": 30, "forties": 40, "fifties": 50, "sixties": 60, "seventies": 70, "eighties": 80,
    "nineties": 90,
}  # fmt: skip
HAN_DIGITS = {"零": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
HAN_UNITS = {"十": 10, "百": 100, "千": 1000}
HAN_NUMBER = "[一二两三四五六七八九十百千][零一二两三四五六七八九十百千]{0,6}"
MONEY = r"(?:\$|€|£|¥|usd|eur|rmb|dollars?|euros?|pounds?|bucks|yuan|美元|欧元|英镑|块钱|元|块)(?![a-z])"
NUMBER = rf"(?<![\d.])(\d{{1,3}}(?:,\d{{3}}){{1,3}}|\d{{1,7}}(?:\.\d{{1,2}})?|{HAN_NUMBER})(?!\d)"
AMOUNT = rf"(?:{MONEY}{S}{NUMBER}(?:{S}{MONEY})?|{NUMBER}{S}{MONEY})"
AT_MOST = (
    r"\b(?:under|below|less than|cheaper than|within|up to|at most|no more than|not more than"
    r"|max(?:imum)?|budget(?: is| of|:)?)"
)
HAN_AT_MOST = "(?:不超过|不高于|不多于|低于|少于|最多|预算(?:是|为)?)"
AT_LEAST = r"\b(?:over|above|more than|at least|no less than|not less than|starting at|min(?:imum)?)"


@dataclass(frozen=True, slots=True)
class Pattern:
    """A way of saying a number condition, and what it means."""

    field: str
    expression: re.Pattern[str]
    meaning: Meaning


def _numbers(match: re.Match[str]) -> list[float]:
    return [_value(g) for g in match.groups() if g is not None]


def _value(said: str) -> float:
    """A number in digits or in Chinese.

    >>> [_value(s) for s in ("1,200", "2.5", "二十五", "两百", "十")]
    [1200.0, 2.5, 25.0, 200.0, 10.0]
    """
    if said[0].isdigit():
        return float(said.replace(",", ""))
    total, digit = 0, 0
    for char in said:
        if char in HAN_UNITS:
            total, digit = total + (digit or 1) * HAN_UNITS[char], 0
        else:
            digit = HAN_DIGITS[char]
    return float(total + digit)


def _compare(op: str) -> Meaning:
    return lambda match: (op, _numbers(match)[0])


def _between(match: re.Match[str]) -> tuple[str, object]:
    low, high = sorted(_numbers(match)[:2])
    return "between", [low, high]


def _around(match: re.Match[str]) -> tuple[str, object]:
    middle = _numbers(match)[0]
    return "between", [round(middle * 0.8, 2), round(middle * 1.2, 2)]


def _decade(match: re.Match[str]) -> tuple[str, object]:
    said = next(g for g in match.groups() if g is not None)
    tens = DECADES[said] if said in DECADES else int(_value(said))
    start = tens if tens >= 1000 else (2000 if tens < 20 else 1900) + tens
    return "between", [start, start + 9]


def _pattern(field: str, expression: str, meaning: Meaning) -> Pattern:
    return Pattern(field, re.compile(expression), meaning)


FROM = r"\b(?:from |in |of |during )?(?:the )?(?:early |mid |late |mid-)?"
TO = rf"{S}(?:-|–|~|到|至|to){S}"

# The first pattern that matches at a place wins, so the longer ways of saying a thing come first.
PATTERNS = (
    _pattern("year", rf"\b(?:between|from) {YEAR} (?:and|to|until) {YEAR}", _between),
    _pattern("year", rf"从?{YEAR}{S}年?{TO}{YEAR}{S}年?(?:之间|间)?", _between),
    _pattern("year", rf"{YEAR}{S}年?和{S}{YEAR}{S}年?之?间", _between),
    _pattern("year", rf"\b(?:no later than|not later than|until|up to|at latest) {YEAR}(?!'?s)", _compare("<=")),
    _pattern("year", rf"\b(?:before|older than|earlier than|prior to) (?:the year )?{YEAR}(?!'?s)", _compare("<")),
    _pattern("year", rf"\bpre-{YEAR}(?!'?s)", _compare("<")),
    _pattern("year", rf"\bpost-{YEAR}(?!'?s)", _compare(">")),
    _pattern("year", rf"\b(?:after|newer than|later than|more recent than) (?:the year )?{YEAR}(?!'?s)", _compare(">")),
    _pattern("year", rf"\b(?:since|from) {YEAR}(?: on\b| onwards?\b)", _compare(">=")),
    _pattern("year", rf"\bsince {YEAR}(?!'?s)", _compare(">=")),
    _pattern("year", rf"{YEAR} (?:or|and) (?:later|newer|after)\b|{YEAR} onwards?\b", _compare(">=")),
    _pattern("year", rf"{YEAR} (?:or|and) (?:earlier|older|before)\b", _compare("<=")),
    _pattern("year", rf"不早于{S}{YEAR}{S}年?", _compare(">=")),
    _pattern("year", rf"不晚于{S}{YEAR}{S}年?", _compare("<=")),
    _pattern("year", rf"早于{S}{YEAR}{S}年?|{YEAR}{S}年?{S}(?:以前|之前|前)", _compare("<")),
    _pattern("year", rf"晚于{S}{YEAR}{S}年?", _compare(">")),
    _pattern("year", rf"{YEAR}{S}年?{S}(?:以后|之后|以来|后|起)", _compare(">=")),
    _pattern("year", rf"{FROM}(?<!\d)((?:18|19|20)\d0)'?s\b", _decade),
    _pattern("year", rf"{FROM}'?(?<!\d)(\d0)'?s\b", _decade),
    _pattern("year", rf"{FROM}\b({'|'.join(DECADES)})\b", _decade),
    _pattern("year", rf"(?:上世纪|上个世纪|二十世纪|20世纪)?(?:([二三四五六七八九]十)|(?<!\d)((?:19|20)?\d0)){S}年代", _decade),
    _pattern("year", rf"\b(?:from|in|of|made in|released in) {YEAR}(?![\w'])", _compare("=")),
    _pattern("year", rf"(?:(?<=\bnot )|(?<=\bexcept )|(?<=\bexcluding )){YEAR}(?![\w'])", _compare("=")),
    _pattern("year", rf"\b{YEAR}(?= (?:movie|film|game|release)s?\b)", _compare("=")),
    _pattern("year", rf"{YEAR}{S}年", _compare("=")),
    _pattern("price", rf"\b(?:between|from) (?:{MONEY}{S})?{NUMBER}{S}(?:{MONEY})? (?:and|to) {AMOUNT}", _between),
    _pattern("price", rf"(?:{MONEY}{S})?{NUMBER}{S}(?:{MONEY})?{TO}{AMOUNT}", _between),
    _pattern("price", rf"{AT_MOST} {AMOUNT}", _compare("<=")),
    _pattern("price", rf"{AT_LEAST} {AMOUNT}", _compare(">=")),
    _pattern("price", rf"\b(?:around|about|roughly|approximately) {AMOUNT}", _around),
    _pattern("price", rf"{AMOUNT} (?:or|and) (?:less|under|below|cheaper)\b|{AMOUNT} (?:max|at most)\b", _compare("<=")),
    _pattern("price", rf"{AMOUNT} (?:or|and) (?:more|up|over|above)\b", _compare(">=")),
    _pattern("price", rf"{HAN_AT_MOST}{S}{AMOUNT}(?:{S}(?:以下|以内|之内|内))?", _compare("<=")),
    _pattern("price", rf"(?:不低于|不少于|高于|超过|至少){S}{AMOUNT}", _compare(">=")),
    _pattern("price", rf"{AMOUNT}{S}(?:以下|以内|之内|内)", _compare("<=")),
    _pattern("price", rf"{AMOUNT}{S}(?:以上|起)", _compare(">=")),
    _pattern("price", rf"{AMOUNT}{S}(?:左右|上下)", _around),
    _pattern("price", rf"\b(?:under|below|cheaper than) {NUMBER}(?={S}(?:$|[,.;!?]))", _compare("<=")),
)  # fmt: skip
CHEAP = re.compile(
    r"\b(?:cheap(?:er)?|inexpensive|affordable|low[- ]priced?|budget-friendly|on a (?:tight )?budget)\b"
    r"|(?:便宜|实惠)(?:一?点|一?些)?|平价|低价"
)
DEAR = re.compile(r"\b(?:expensive|pricey|costly|high-end)\b|昂贵|高端|高价|(?<![宝珍高尊名])贵(?![州族宾重])")
LISTED = re.compile(r"\s*(?:,|、|,?\s*(?:or|and)|或者?|和)\s*(?:the\s+)?")

REACHING = re.compile(rf"{S}(?:-|–|~|到|至|to|through|until){S}(?:the\s)?{S}")


def find_numbers(text: str, vocabulary: Vocabulary) -> list[Condition]:
    """Number conditions of a normalized text, left to right, none overlapping.

    The field need not exist in the catalog; the value of "cheap" is None where there are no prices.
    """
    taken = bytearray(len(text))
    found: list[Condition] = []
    for pattern in PATTERNS:
        for match in pattern.expression.finditer(text):
            op, value = pattern.meaning(match)
            _add(found, taken, Condition(field=pattern.field, op=op, value=_plain(pattern.field, value), span=match.span()))
    for expression, op, side in ((CHEAP, "<=", 0), (DEAR, ">=", 1)):
        limits = vocabulary.quantiles.get("price")
        value = limits[side] if limits else None
        for match in expression.finditer(text):
            _add(found, taken, Condition(field="price", op=op, value=value, span=match.span()))
    return _united(sorted(found, key=lambda c: c.span), text)


def _add(found: list[Condition], taken: bytearray, condition: Condition) -> None:
    start, end = condition.span
    if not any(taken[start:end]):
        taken[start:end] = b"\x01" * (end - start)
        found.append(condition)


def _plain(field: str, value: object) -> object:
    """Years are whole numbers."""
    if field != "year":
        return value
    return [int(v) for v in value] if isinstance(value, list) else int(float(str(value)))


def _united(found: list[Condition], text: str) -> list[Condition]:
    """Years in a list are alternatives, also with an `and`: nothing is of the 80s and of the 90s; "50s to 70s" is a range."""
    kept: list[Condition] = []
    for condition in found:
        last = kept[-1] if kept else None
        between = text[last.span[1] : condition.span[0]] if last and _years(last) and _years(condition) else ""
        if last and LISTED.fullmatch(between):
            kept[-1] = _union(last, condition)
        elif last and REACHING.fullmatch(between):
            years = [*_years(last), *_years(condition)]
            kept[-1] = replace(last, op="between", value=[min(years), max(years)], span=(last.span[0], condition.span[1]))
        else:
            kept.append(condition)
    return kept


def _years(condition: Condition) -> list[int]:
    """The years that a condition names one by one; empty for an open range and for a price."""
    if condition.field != "year" or condition.op not in ("between", "=", "in"):
        return []
    if condition.op == "between":
        first, last = condition.value
        return list(range(first, last + 1))
    return condition.value if condition.op == "in" else [condition.value]


def _union(left: Condition, right: Condition) -> Condition:
    years = sorted({*_years(left), *_years(right)})
    span = (left.span[0], right.span[1])
    if years[-1] - years[0] == len(years) - 1:
        return replace(left, op="between", value=[years[0], years[-1]], span=span)
    return replace(left, op="in", value=years, span=span)

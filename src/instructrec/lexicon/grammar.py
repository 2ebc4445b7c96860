"""Amounts and counts in a sentence: `grammar.lark` over the terminals that the lexicon, the numbers and the names make."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Any

from lark import Lark, Token, Transformer, UnexpectedToken
from lark.parsers.lalr_interactive_parser import InteractiveParser

from instructrec.cells.han import han_number
from instructrec.errors import require
from instructrec.lexicon.numbers import (
    HAN_DECADE,
    HAN_NUMBER,
    decade,
    decades,
    duration,
    spelled,
    spelled_year,
    two_units,
    vague,
    whole,
)
from instructrec.lexicon.words import Token as Word

DIGITS = re.compile(
    r"(\d{1,2}(?:,\d\d){1,3},\d{3}(?!\d)|\d{1,3}(?:[.,]\d{3}){1,3}(?:[.,]\d{1,2})?(?!\d)"
    r"|\d{1,9}(?:[.,]\d{1,2})?(?!\d))"
    r"(k(?![a-z])|[万千百亿]|\s?(?:lakhs?|lacs?|crores?|millions?|thousand|billion)\b)?"
)
DECADE = re.compile(r"'?(\d{2}|\d{4})'?s\b")
YEAR = re.compile(r"(?<=')\d\d(?![\d's])")  # '94
CENTS = re.compile(r"(\d{1,6}|[一二两三四五六七八九十百千]{1,7})[块元]([一二三四五六七八九]|\d(?!\d))(?![十百千万]|块|元)")
MULTIPLES = {
    "k": 1_000, "千": 1_000, "thousand": 1_000, "百": 100, "万": 10_000, "lakh": 10**5, "lac": 10**5, "million": 10**6,
    "crore": 10**7, "亿": 10**8, "billion": 10**9,
}  # fmt: skip
DASH = re.compile(r"[-–—~]")
PARTS = {"whole": (0, 9), "early": (0, 4), "mid": (3, 7), "late": (5, 9)}  # years of a decade
AMOUNTS = ("NUMBER", "DECADE", "DURATION", "UNIT", "CURRENCY", "MONEY")

Lexeme = tuple[str, int, str]  # terminal, tokens, value


@dataclass(frozen=True, slots=True)
class Amount:
    """A number as it was said, from `value` to `high`; `kind` is number, money, decade, or the key of its unit."""

    kind: str
    value: float
    high: float


@dataclass(frozen=True, slots=True)
class Heard:
    """What is known of a normalized sentence before it is read: its tokens, and what the lexicon says at each.

    `names` are the places where a name of the catalog begins, `closed` those that nothing is read from.
    """

    text: str
    words: Sequence[Word]
    said: Sequence[Mapping[str, int]]
    meant: Sequence[Mapping[str, tuple[int, tuple[str, ...]]]]
    names: Collection[int] = ()
    closed: Collection[int] = ()


@dataclass(frozen=True, slots=True)
class Phrase:
    """A run of tokens that the grammar knows; `kind` is quantity, relative or count."""

    kind: str
    comparison: str  # of a relative phrase its key: cheap, dear or recent
    amounts: tuple[Amount, ...] = ()
    field: str = ""
    start: int = 0  # token numbers
    end: int = 0


def find_phrases(heard: Heard) -> list[Phrase]:
    """The phrases of a sentence, left to right, the longest at every place."""
    reader = _Reader(heard)
    found: list[Phrase] = []
    place = 0
    while place < len(heard.words):
        said = heard.said[place]
        phrase = reader.longest(place)
        least = said.get("plain", 0) + (phrase is not None and phrase.kind != "relative")
        if phrase and phrase.end - place < least:  # 十分 is no number, 十分钟 is; "free time" is no price
            phrase = None
        if phrase:
            found.append(phrase)
        whole = said.get("plain") or said.get("exempt") or said.get("negators") or 1
        place = phrase.end if phrase else place + whole  # the 要 of 不要 asks for nothing
    return found


class _Reader:
    """The terminals at every place of one sentence, fed to the grammar."""

    def __init__(self, heard: Heard) -> None:
        self.heard, self.text, self.words = heard, heard.text, heard.words
        self.known: dict[int, list[Lexeme]] = {}

    def longest(self, place: int) -> Phrase | None:
        """The longest phrase that starts at a place."""
        start, best, end, first, last = place, None, place, "", ""
        state = _grammar().parse_interactive()
        while place < len(self.words):
            choices = state.choices()
            if "TO" in choices and place > start and self._dashed(place):
                if not _fed(state, "TO", "-"):
                    break
                choices, last = state.choices(), "TO"
            lexeme = next((x for x in self.lexemes(place) if x[0] in choices), None)
            if lexeme is None or (last in AMOUNTS and self._opens_another(place, lexeme, first)):
                break
            if not _fed(state, lexeme[0], lexeme[2]):
                break
            place, first, last = place + lexeme[1], first or lexeme[0], lexeme[0]
            if "$END" in state.choices() and (phrase := _ended(state)):
                best, end = phrase, place
        return replace(best, start=start, end=end) if best else None

    def lexemes(self, place: int) -> list[Lexeme]:
        """What may stand at a place, the longest first."""
        if place not in self.known:
            found = [] if place in self.heard.closed else [*self._numbers(place), *self._words(place)]
            self.known[place] = sorted(found, key=lambda lexeme: -lexeme[1])
        return self.known[place]

    def _opens_another(self, place: int, lexeme: Lexeme, first: str) -> bool:
        """Whether what could end a phrase begins the next one: "after 1989 at least $60", "one $12 pen", "$9 rated over 4"."""
        kinds = {x[0] for x in self.lexemes(place)}
        sign = lexeme[0] == "CURRENCY" and not self.words[place].text.isalpha()
        other = {"UP_TO_AFTER": "UP_TO", "AT_LEAST_AFTER": "AT_LEAST"}.get(lexeme[0])
        both = other is not None and (other in kinds or "or" in self.heard.said[place])  # "under 80 or over 120"
        attached = self.words[place - 1].end == self.words[place].start  # "20$ 30$"
        compared = first not in ("NUMBER", "CURRENCY", "FIELD")  # it has its comparison and needs none at its end
        following = place + lexeme[1]
        after = {x[0] for x in self.lexemes(following)} if following < len(self.words) else set()
        if lexeme[0] == "RATED" and self.words[place].text.isascii():
            return not after.isdisjoint(("NUMBER", "UNDER", "OVER", "AT_LEAST", "UP_TO", "BETWEEN", "AROUND"))
        return ((sign and not attached) or (both and compared)) and not after.isdisjoint(("NUMBER", "CURRENCY"))

    def _dashed(self, place: int) -> bool:
        """Whether a dash, which is no token inside of a word, stands between two numbers, as in "10-20"."""
        gap = self.text[self.words[place - 1].end : self.words[place].start].strip()
        return bool(DASH.fullmatch(gap)) and any(
            x[0] in ("NUMBER", "CURRENCY", "DECADE", "DURATION") for x in self.lexemes(place)
        )

    def _words(self, place: int) -> Iterator[Lexeme]:
        for section, length in self.heard.said[place].items():
            if section.upper() in _terminals():
                yield section.upper(), length, ""
        decade = self.words[place].text.endswith("ies")  # "nineties" has the stem of "ninety"
        for table, (length, names) in self.heard.meant[place].items():
            if table.upper() in _terminals() and table != ("number" if decade else "decade"):
                yield table.upper(), length, names[0]
        if place in self.heard.names:
            yield "NAME", 1, ""

    def _numbers(self, place: int) -> Iterator[Lexeme]:
        start = self.words[place].start
        if match := DECADE.match(self.text, start) or HAN_DECADE.match(self.text, start):
            yield "DECADE", self._tokens(place, match.end()), decades(match[1])
        for found in filter(None, (read(self.text, start) for read in (duration, two_units, vague, spelled, spelled_year))):
            yield found.terminal, self._tokens(place, found.end), found.values
        if match := CENTS.match(self.text, start):  # 八块五 is 8.50
            yield "MONEY", self._tokens(place, match.end()), str(whole(match[1]) + whole(match[2]) / 10)
        if match := YEAR.match(self.text, start):
            yield "NUMBER", 1, str(decade(match[0]))
            return
        if match := DIGITS.match(self.text, start):
            said = match[1].replace(",", "") if match[1].count(",") > 1 else match[1]  # 5,00,000
            price = require("price_parser", "core").Price.fromstring(said)  # knows which of . and , parts the cents
            if price.amount_float is not None:
                many = MULTIPLES.get((match[2] or "").strip().removesuffix("s"), 1)
                yield "NUMBER", self._tokens(place, match.end()), str(price.amount_float * many)
        elif match := HAN_NUMBER.match(self.text, start):
            yield "NUMBER", len(match[0]), str(han_number(match[0]))

    def _tokens(self, place: int, end: int) -> int:
        """How many tokens there are from a place to a place in the text."""
        count = 0
        while place + count < len(self.words) and self.words[place + count].start < end:
            count += 1
        return count


class _Meaning(Transformer[Token, Phrase]):
    """What each rule of the grammar says, as a Phrase."""

    def quantity(self, parts: list) -> Phrase:
        field, phrase, rated = parts
        named = field or ("rating" if rated is not None else "")
        return replace(phrase, field=named) if named else phrase

    def relative(self, parts: list) -> Phrase:
        return Phrase("relative", str(parts[0]))

    def start(self, parts: list) -> Phrase:
        return parts[0]

    def about_field(self, parts: list) -> str:
        return str(parts[0])

    def money(self, parts: list) -> Amount:
        return _amount("money", parts)

    def measured(self, parts: list) -> Amount:
        return _amount(str(parts[1]), parts)

    def lasting(self, parts: list) -> Amount:
        number, *unit = str(parts[0]).split()
        return Amount(unit[0] if unit else "minutes", float(number), float(number))

    def number(self, parts: list) -> Amount:
        return _amount("number", parts)

    def decade(self, parts: list) -> Amount:
        before, said, after = parts
        years = [float(year) for year in str(said).split()]
        first, last = PARTS[str(before if before not in (None, "whole") else after or "whole")]
        return Amount("decade", years[0] + first, years[-1] + last)

    def count(self, parts: list) -> Phrase:
        return Phrase("count", "up_to" if parts[0] is not None else "", (_amount("number", parts),))

    def __default__(self, data: Any, children: Any, meta: Any) -> Phrase:  # pyrefly: ignore[bad-override]
        """A comparison, named like its rule."""
        return Phrase("quantity", str(data), tuple(p for p in children if isinstance(p, Amount)))


def _amount(kind: str, parts: list) -> Amount:
    values = next(str(p).split() for p in parts if isinstance(p, Token) and p.type in ("NUMBER", "MONEY"))
    return Amount(kind, float(values[0]), float(values[-1]))


def _fed(state: InteractiveParser, terminal: str, value: str) -> bool:
    """Whether the phrase goes on with a token: LALR reduces before it sees that one does not."""
    try:
        state.feed_token(Token(terminal, value))
    except UnexpectedToken:
        return False
    return True


def _ended(state: InteractiveParser) -> Phrase | None:
    """The phrase that has been read, if it may end here; the state itself goes on."""
    try:
        return state.copy(deepcopy_values=False).feed_eof()
    except UnexpectedToken:
        return None


@cache
def _grammar() -> Lark:
    return Lark(_text(), parser="lalr", transformer=_Meaning(), maybe_placeholders=True)


@cache
def _terminals() -> frozenset[str]:
    """The terminals that the grammar declares."""
    declared = re.findall(r"^%declare (.+)$", _text(), re.MULTILINE)
    return frozenset(name for line in declared for name in line.split())


def _text() -> str:
    return files("instructrec.lexicon").joinpath("grammar.lark").read_text(encoding="utf-8")

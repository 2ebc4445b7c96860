"""What a phrase says of years: "a 1994 movie", "before my father was born in 1950", "older than 15 years", 十年以内."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from instructrec.lexicon.grammar import Amount, Phrase
from instructrec.lexicon.numbers import TURN
from instructrec.lexicon.words import Token

YEARS = range(1850, 2100)
AROUND_YEARS = 2
LONG_AGO = 50  # more years than that are no time that something is old: 95年 is 1995
EVENTS = {"before": "under", "after": "at_least", "since": "at_least"}  # "after the war ended in 1945" may be of that year
FAR = 8  # words from such a word to its year
AS_DATES = frozenset(("older", "newer", "younger", "recent", "earlier", "later", "before", "after", "since"))
TURNED = {"up_to": "at_least", "at_least": "up_to", "under": "over", "over": "under"}  # an age as a date


def dated(phrase: Phrase, words: Sequence[Token]) -> Phrase | None:
    """A phrase with what its words say of years made plain; None for years that are no date, as in "we waited 20 years"."""
    if phrase.kind == "count" and not phrase.comparison and phrase.amounts[0].value in YEARS:
        return replace(phrase, kind="quantity", comparison="alone", end=phrase.start + 1)  # no number of movies
    if phrase.kind != "quantity" or phrase.field not in ("", "year"):
        return phrase
    amount, last = phrase.amounts[0], phrase.amounts[-1]
    if phrase.comparison == "between" and is_year(amount) != is_year(last) and min(amount.value, last.value) < 100:
        return replace(phrase, amounts=(_in_full(amount), _in_full(last)))  # 1990-95, "between 94 and 2003"
    if amount.kind == "number" and LONG_AGO <= amount.value < 100 and not AS_DATES.isdisjoint(_words(phrase, words)):
        return replace(phrase, amounts=tuple(map(_in_full, phrase.amounts)))  # "newer than 96"
    if amount.kind == "year" and amount.value <= LONG_AGO and len(phrase.amounts) == 1 and phrase.comparison != "last":
        said = _words(phrase, words)
        ago = phrase.end < len(words) and words[phrase.end].text.lower() == "ago"
        return _in_chinese(phrase, said) if not said[-1].isascii() else _in_english(phrase, said, ago=ago)
    return _told_by_event(phrase, words)


def is_year(amount: Amount) -> bool:
    """Whether a number can be a year."""
    return amount.value in YEARS


def year_asked(phrase: Phrase) -> tuple[str, object]:
    """The comparison and the value that a phrase asks of a year."""
    if phrase.comparison == "last":
        return ">=", date.today().year - int(phrase.amounts[0].value)
    start = min(_whole(amount.value) for amount in phrase.amounts)
    end = max(_whole(amount.high) for amount in phrase.amounts)
    match phrase.comparison:
        case "under":
            return "<", start
        case "over":
            return ">", end
        case "up_to":
            return "<=", end
        case "at_least":
            return ">=", start
        case "around" if start == end:
            return "between", [start - AROUND_YEARS, end + AROUND_YEARS]
    return ("=", start) if start == end else ("between", [start, end])


def _whole(year: float) -> int:
    """A year of two digits is of the last century, or of this one if that is nearer: 95年, 08年."""
    short = int(year) if year < 100 else 0
    return int(year) if year >= 100 else short + (2000 if short < TURN else 1900)


def _in_full(amount: Amount) -> Amount:
    return replace(amount, value=_whole(amount.value), high=_whole(amount.high))


def _words(phrase: Phrase, words: Sequence[Token]) -> list[str]:
    return [t.text.lower() for t in words[phrase.start : phrase.end]]


def _told_by_event(phrase: Phrase, words: Sequence[Token]) -> Phrase:
    """The bound in "before my father was born in 1950": what happened in a year stands for the year."""
    first = max(0, phrase.start - FAR)
    said = [t.text.lower() for t in words[first : phrase.start + 1]]
    if phrase.comparison != "of" or said[-1] != "in" or not is_year(phrase.amounts[0]):
        return phrase
    for place in range(phrase.start - 3, first - 1, -1):  # two words at least tell what happened
        apart = any(t.closes for t in words[place : phrase.start])
        if (comparison := EVENTS.get(said[place - first])) and not apart:
            return replace(phrase, comparison=comparison, start=place)
    return phrase


def _in_english(phrase: Phrase, said: Sequence[str], *, ago: bool) -> Phrase | None:
    """Years said in English: "older than 15 years", "from less than ten years ago", "from 20 years ago"."""
    if phrase.comparison in TURNED:
        return _ago(phrase, phrase.comparison if not AS_DATES.isdisjoint(said) else TURNED[phrase.comparison])
    return _ago(phrase, "around") if ago else None


def _in_chinese(phrase: Phrase, said: Sequence[str]) -> Phrase:
    """十年以内, 超过二十年, 十年前; but 08年, 15年以前 and 12年后 are years."""
    text = "".join(said)
    if text[0] in "0零" or any(mark in text for mark in "早晚后来") or phrase.comparison not in TURNED:
        return phrase
    if text.endswith("前"):  # 二十年前, 20年前; 20年以前 may be before 2020
        return phrase if text[0].isascii() and text.endswith(("以前", "之前")) else _ago(phrase, "up_to")
    return _ago(phrase, TURNED[phrase.comparison])


def _ago(phrase: Phrase, comparison: str) -> Phrase:
    """The phrase with the year so long ago."""
    (amount,) = phrase.amounts
    year = date.today().year - amount.value
    return replace(phrase, comparison=comparison, amounts=(replace(amount, value=year, high=year),))

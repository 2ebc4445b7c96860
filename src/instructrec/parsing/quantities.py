"""What an amount that was said asks of an item: which attribute, compared how, with which value."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

from instructrec.cells.currencies import currency_in
from instructrec.lexicon.grammar import MULTIPLES, Heard, Phrase, find_phrases
from instructrec.lexicon.numbers import NUMBERS
from instructrec.lexicon.spoken import HELD_IN
from instructrec.lexicon.words import key
from instructrec.lexicon.years import TURNED, YEARS, dated, is_year, year_asked
from instructrec.parsing.sentence import HAN, Mention, Sentence
from instructrec.parsing.vocabulary import Vocabulary
from instructrec.types import Condition
from instructrec.understanding.columns import UNIT
from instructrec.understanding.linking import AROUND, OPS, SaidAmount, column_of, compared, in_unit, is_far, named_near

MOST = 100  # items that one can ask for in words; "500 sheets" is no such number
BOUNDS = ("under", "up_to", "over", "at_least", "between")  # comparisons that a bare number of dollars may have
GROWN = 18  # years: up to this a bare "8 and up" is an age where things have one
CHILD = 12  # up to this age a category for children answers, where a catalog has no ages
CHILDREN = ("children's", "kids", "family friendly", "family")
LISTED = re.compile(r"\s*(?:,|、|,?\s*(?:or|and)|或者?|和)\s*(?:the\s+)?(?:early |mid |late )?")
NUMBERED = re.compile(rf"\d|[二两三四五六七八九十百千]|\b(?:{'|'.join(NUMBERS)}|hundred)\b")  # the 一 of 便宜一点 is no number
PAYING = re.compile(r"\b(?:spend|pay|cost|budget)")  # a bare number after it is a price: "won't pay more than 30 for it"
REACHING = re.compile(r"\s*(?:-|–|~|到|至|to|through|until)\s*(?:the\s)?\s*")
# Units of which a bare amount is no wish where the catalog cannot measure it: "my laptop has 8 GB".
MENTIONED = ("days", "inches", "centimeters", "gigabytes", "megabytes", "percent")
# Phrases of the lexicon that stand after an amount, and what they say.
AFTER = {
    "at_least_after": "at_least", "up_to_after": "up_to", "under_after": "under", "around_after": "around",
    "at_least": "at_least", "up_to": "up_to",
}  # fmt: skip
PAID = {
    "year": re.compile(r"年薪|每年|一年|\b(?:a|per|each) year\b|\bannual|\byearly"),
    "month": re.compile(r"月薪|每月|一个月|\b(?:a|per|each) month\b|\bmonthly"),
    "week": re.compile(r"周薪|每周|\b(?:a|per|each) week\b|\bweekly"),
}
RATED = 3.0  # points of a column of ratings for an amount in stars
SHARED = re.compile(r"\d\s*(?:-|–|~|to|到|至)\s*\d[\d.]*\s?(k|万|千|lakhs?|crores?|million)")  # 12到18k is from 12,000
# The units of the lexicon's own kinds.
UNITS = {
    "minutes": "min", "hours": "h", "days": "day", "weeks": "week", "grams": "g", "kilograms": "kg", "kilometers": "km",
    "meters": "m", "centimeters": "cm", "inches": "inch", "miles": "mile", "square_meters": "m²", "milliliters": "ml",
    "gigabytes": "GB", "megabytes": "MB", "percent": "%",
}  # fmt: skip
RELATIVE = {"cheap": ("price", "<=", 0), "dear": ("price", ">=", 1), "recent": ("year", ">=", 1), "free": ("price", "=", 0)}


@dataclass(frozen=True, slots=True)
class Said:
    """A phrase at its tokens: the condition it makes, or None where it asks for what the catalog cannot check."""

    start: int
    end: int
    condition: Condition | None


def find_amounts(sentence: Sentence) -> Iterator[Mention]:
    """The amounts of a sentence as mentions; a number of items that is asked for becomes the sentence's `n`."""
    heard = Heard(sentence.plain, sentence.tokens, sentence.said, sentence.meant, sentence.name_places, sentence.taken)
    phrases = (_shared(sentence, phrase) for phrase in find_phrases(heard))
    found = list(filter(None, (dated(_aged(sentence, phrase), sentence.tokens) for phrase in phrases)))
    asked = [phrase for phrase in found if not _counts(sentence, phrase) and not _too_much(sentence, phrase)]
    phrases = [phrase for phrase in asked if not _begins_a_name(sentence, phrase)]
    yield from _at_most(sentence, found)
    for said in _conditions(phrases, sentence):
        options = (said.condition,) if said.condition else ()
        yield Mention(said.start, said.end, options, listable=False, hard=not options)


def _shared(sentence: Sentence, phrase: Phrase) -> Phrase:
    """The magnitude of the second number for the first one too: 12到18k is from 12,000."""
    shared = SHARED.search(sentence.plain[slice(*sentence.span(phrase.start, phrase.end))])
    if not shared or len(phrase.amounts) < 2 or phrase.amounts[0].value * 100 >= phrase.amounts[-1].value:
        return phrase
    many = MULTIPLES[shared[1].strip().removesuffix("s")]
    first = replace(phrase.amounts[0], value=phrase.amounts[0].value * many, high=phrase.amounts[0].high * many)
    return replace(phrase, amounts=(first, *phrase.amounts[1:]))


def _at_most(sentence: Sentence, phrases: Sequence[Phrase]) -> Iterator[Mention]:
    """The "no more than ten" of "no more than ten dramas", whose "no" refuses nothing."""
    for phrase in phrases:
        if phrase.kind == "count" and phrase.comparison:
            named = (k for k in range(phrase.start, phrase.end) if k in sentence.name_places or sentence.at(k, "things"))
            bound = Mention(phrase.start, next(named, phrase.end), listable=False)
            sentence.forgotten.append(bound)
            yield bound


def _begins_a_name(sentence: Sentence, phrase: Phrase) -> bool:
    """Whether a bare number is the first word of a longer name: "2K Games" is no year, "free trial" no price."""
    if phrase.comparison not in ("alone", "free") or phrase.start not in sentence.name_places:
        return False
    length, targets = sentence.names(phrase.start)[0]
    least = phrase.end - phrase.start + (sentence.tokens[phrase.start].text.isascii())  # 三星手机 is of Samsung
    return bool(targets) and length >= least


def _too_much(sentence: Sentence, phrase: Phrase) -> bool:
    """Whether an amount asks for nothing: 三小时太长了, "three hours is too long", "my 40th birthday"."""
    following = [t.text for t in sentence.tokens[phrase.end : phrase.end + 2]]
    grown = phrase.kind == "quantity" and sentence.tokens[phrase.end - 1].text == "birthday" and phrase.amounts[0].value > GROWN
    return phrase.comparison == "alone" and (grown or "太" in following[:1] or "too" in following)


def _aged(sentence: Sentence, phrase: Phrase) -> Phrase:
    """The age of a thing, which is a time ago, where one of a person would be asked for: "a film less than five years old".

    And that of a person, where things have one: "8 and up" is no price.
    """
    bare = phrase.comparison == "at_least" and phrase.amounts[0].kind == "number" and phrase.amounts[0].value <= GROWN
    if bare and not phrase.field and sentence.plain[sentence.tokens[phrase.start].start].isdigit():
        return replace(phrase, field="age") if sentence.vocabulary.role("age") in sentence.vocabulary.quantiles else phrase
    if phrase.kind != "quantity" or phrase.comparison not in TURNED or phrase.amounts[0].kind != "age" or phrase.field:
        return phrase
    of_thing = phrase.start == 0 or sentence.before("things", phrase.start)
    ages = sentence.vocabulary.role("age") in sentence.vocabulary.quantiles
    if ages or not of_thing or not sentence.vocabulary.role("year"):
        return phrase
    return replace(phrase, amounts=tuple(replace(amount, kind="year") for amount in phrase.amounts))


def _counts(sentence: Sentence, phrase: Phrase) -> bool:
    """Whether a phrase says how many are wanted, which is remembered."""
    bare = phrase.comparison == "alone" and phrase.amounts[0].kind == "number" and not phrase.field
    value = phrase.amounts[0].value if phrase.amounts else 0.0
    if phrase.start and (sentence.tokens[phrase.start - 1].text in "了过" or sentence.before("neither", phrase.start)):
        return phrase.kind == "count"  # 已经看了三部恐怖片
    if phrase.kind != "count" and not (bare and (value == 1 or _asked(sentence, phrase) or _opens(sentence, phrase))):
        return False
    one = value == 1 and sentence.tokens[phrase.start].text == "一"  # 一部 is an article
    habit = sentence.at(phrase.end, "habit") or sentence.before("habit", phrase.start)
    idle = one or habit or phrase.start in sentence.name_places  # "a 3D platformer" is one
    if value in range(1, MOST + 1) and not idle and not sentence.before("negators", phrase.start):
        sentence.n = sentence.n or int(value)
    return phrase.kind == "count" or value in range(1, MOST + 1)


def _asked(sentence: Sentence, phrase: Phrase) -> bool:
    """Whether a bare number follows a word that asks: "top 10", 前十; after others in Chinese a measure word has to follow."""
    before = sentence.tokens[phrase.start - 1].text
    return sentence.before("ask", phrase.start) and (before == "前" or not HAN.match(before))


def _opens(sentence: Sentence, phrase: Phrase) -> bool:
    """Whether a spelled number opens the sentence before a plural, or ends it: "three desk organizers", "sci-fi, three"."""
    if phrase.start and sentence.tokens[phrase.start - 1].closes and phrase.end == len(sentence.tokens):
        return phrase.end - phrase.start == 1 and sentence.tokens[phrase.start].text.isalpha()
    following = sentence.tokens[phrase.end : phrase.end + 3]
    opens = phrase.start == 0 and phrase.end == 1 and sentence.tokens[0].text.isalpha() and phrase.amounts[0].value > 1
    return opens and any(t.text.endswith("s") and t.text != t.stem for t in following)


def _stands_alone(sentence: Sentence, phrase: Phrase) -> bool:
    """Whether a bare number is a year or a price: by what comes after it, or by a negator before it."""
    end, tokens = phrase.end, sentence.tokens
    ends = sentence.ends(end) or tokens[end].text == "的" or sentence.at(end, "postfix")
    if phrase.comparison in BOUNDS:
        uncheckable = any("uncheckable" in here for here in sentence.said[max(0, phrase.start - 2) : phrase.start])
        said = slice(tokens[phrase.start].start, tokens[end - 1].end)
        goes_on = {"or", "pauses", "breaks", "any_will_do"} & sentence.said[end].keys() if not ends else None
        return not uncheckable and bool(ends or goes_on or PAYING.search(sentence.plain[said]))
    named = sentence.at(end, "things") or end in sentence.name_places
    apart = ends and (phrase.start == 0 or tokens[phrase.start - 1].closes)  # "indie, 2016"
    after_name = apart or (
        ends and any(k + length == phrase.start for k in sentence.name_places for length, _ in sentence.names(k))
    )
    return named or after_name or sentence.before("negators", phrase.start)


def _conditions(phrases: Sequence[Phrase], sentence: Sentence) -> list[Said]:
    """The conditions of quantities; in "1994 or 1995 comedies" a year may stand without a word that says so."""
    found: list[Said] = []
    han = bool(HAN.search(sentence.text))
    for phrase, later in zip_longest(phrases, phrases[1:]):
        listed = bool(found) and _in_years(found[-1]) and LISTED.fullmatch(_gap(sentence, found[-1].end, phrase.start))
        first = later and LISTED.fullmatch(_gap(sentence, phrase.end, later.start)) and _stands_alone(sentence, later)
        said = _linked(phrase, sentence, found[-1].end if found else 0, later.start if later else len(sentence.tokens))
        said = said or _said(phrase, sentence.vocabulary, bool(listed or first) or _stands_alone(sentence, phrase), han)
        if said and said.condition:
            said = replace(said, condition=replace(said.condition, span=sentence.span(said.start, said.end)))
        found.extend([said] if said else [])
    return _united(found, sentence)


def _linked(phrase: Phrase, sentence: Sentence, first: int, last: int) -> Said | None:
    """The condition on the column that an amount is said of, by the profile; None where none is likely."""
    columns = sentence.vocabulary.numbers
    said = said_amount(phrase, sentence) if columns.columns and phrase.kind == "quantity" else None
    if said is None:
        return None
    closed = {k for k, t in enumerate(sentence.tokens) if t.closes or k < first or k >= last}
    near = named_near(columns, sentence.stems, (phrase.start, phrase.end), closed)
    if phrase.field == "rating" or any(amount.kind == "rating" for amount in phrase.amounts):
        for name in columns.words.table.get(("rating",), ()):
            near.add(name, RATED, phrase.start, phrase.end)
    column = column_of(said, near.points, columns)
    if column is None:
        return None
    start, end = near.places.get(column.name, (phrase.start, phrase.end))
    comparison, end = _bounded_after(phrase, sentence, max(end, phrase.end))
    op, value = compared(comparison, in_unit(said.low, said, column), in_unit(said.high, said, column), column)
    return Said(min(start, phrase.start), max(end, phrase.end), Condition(field=column.name, op=op, value=value))


def _bounded_after(phrase: Phrase, sentence: Sentence, end: int) -> tuple[str, int]:
    """The comparison of an amount, which may stand after the words of its column: "12 gigs of ram at least", 50集以上."""
    if phrase.comparison not in ("alone", "of") or end >= len(sentence.tokens):
        return phrase.comparison, end
    for section, comparison in AFTER.items():
        length = sentence.said[end].get(section, 0)
        following = sentence.meant[end + length] if end + length < len(sentence.tokens) else {}
        number = "number" in following or any(stem[0].isdigit() for stem in sentence.stems[end + length : end + length + 1])
        if length and not number:
            return comparison, end + length
    return phrase.comparison, end


def said_amount(phrase: Phrase, sentence: Sentence) -> SaidAmount | None:
    """The amount of a phrase; None where it speaks of a date, an age or of nothing that columns hold."""
    kinds = kinds_of(phrase)
    kind = next(iter(kinds), "")
    unit = UNITS.get(kind, kind.removeprefix(UNIT) if kind.startswith(UNIT) else "")
    dated_kind = kind in ("year", "decade", "age") or phrase.comparison == "last" or phrase.field in ("age", "year")
    if len(kinds) > 1 or dated_kind or not phrase.amounts:
        return None
    text = sentence.plain[slice(*sentence.span(phrase.start, phrase.end))]
    values = sorted(v for amount in phrase.amounts for v in (amount.value, amount.high))
    per = next((time for time, words in PAID.items() if words.search(text)), "")
    money = kind in ("money", "price") or (kind == "" and phrase.field == "price")
    return SaidAmount(values[0], values[-1], unit, money, currency_in(text) if money else "", per)


def _gap(sentence: Sentence, end: int, start: int) -> str:
    return sentence.plain[sentence.tokens[end - 1].end : sentence.tokens[start].start]


def cheapness(condition: Condition, categories: Sequence[str], vocabulary: Vocabulary, text: str) -> Condition:
    """Cheap and dear by the prices of the one category that is asked for, where it has prices enough."""
    limits = vocabulary.quantiles.get("price", ())
    own = next((vocabulary.prices[c] for c in categories if c in vocabulary.prices), None)
    said_in_numbers = NUMBERED.search(text[slice(*condition.span)])  # a number that was said is never changed
    if own and condition.field == "price" and condition.value in limits and not said_in_numbers:
        return replace(condition, value=own[limits.index(condition.value)])
    return condition


def in_numbers(conditions: Sequence[Condition], text: str) -> list[Condition]:
    """Without cheap and dear where a price is said in numbers: "cheap, under 20 dollars", "not too expensive, 15 at most".

    Nor is a bare amount beside a bound asked for: "I paid $60 for the last one, under $20 this time".
    """
    priced = [c for c in conditions if c.field == "price" and NUMBERED.search(text[slice(*c.span)])]
    bounds = [c for c in priced if c.op != "="]
    return [c for c in conditions if c.field != "price" or c in (bounds or priced) or not priced]


def _said(phrase: Phrase, vocabulary: Vocabulary, alone: bool, han: bool) -> Said | None:
    """What one phrase asks for; None where it asks for nothing, as "two players" or a number by itself."""
    if phrase.kind == "relative":
        return _relative(phrase, vocabulary)
    role = _role(phrase, alone, han)
    if role is None or (role == "price" and phrase.comparison == "alone" and phrase.amounts[0].value == 1):
        return None  # 来一块 is a piece of something
    if role == "age":
        return _age(phrase, vocabulary)
    if role == "year" and vocabulary.role("year") is None and phrase.comparison in ("under", "up_to") and not kinds_of(phrase):
        role = "price"  # 两千以内 where nothing has a year
    name = vocabulary.role(role)
    if name is None or name not in vocabulary.quantiles:
        idle = (role in MENTIONED or role.startswith(UNIT)) and phrase.comparison == "alone"
        return None if idle else Said(phrase.start, phrase.end, None)
    op, value = year_asked(phrase) if role == "year" else _compared(phrase, role)
    column = vocabulary.numbers.columns.get(name)
    if column and isinstance(value, int | float) and value and role != "year" and is_far(value, column):
        return Said(phrase.start, phrase.end, None)  # it fits no column
    return Said(phrase.start, phrase.end, Condition(field=name, op=op, value=value))


def kinds_of(phrase: Phrase) -> set[str]:
    """What the amounts of a phrase are, beside numbers."""
    return {amount.kind for amount in phrase.amounts} - {"number"}


def _relative(phrase: Phrase, vocabulary: Vocabulary) -> Said | None:
    field, op, side = RELATIVE[phrase.comparison]
    name = vocabulary.role(field)
    limits = vocabulary.quantiles.get(name or "")
    if phrase.comparison == "free":  # a word like others where everything has its price
        limits = (0.0, 0.0) if name in vocabulary.free else None
    if not name or not limits:  # "the latest" is a wish where nothing has a year
        return None if field == "year" or phrase.comparison == "free" else Said(phrase.start, phrase.end, None)
    value = int(limits[side]) if field == "year" else limits[side]
    return Said(phrase.start, phrase.end, Condition(field=name, op=op, value=value))


def _role(phrase: Phrase, alone: bool, han: bool) -> str | None:
    """Which kind of attribute a quantity speaks of."""
    kinds = kinds_of(phrase)
    if phrase.comparison == "last":
        return "year" if kinds == {"year"} else None
    if phrase.field:
        return _measure(kinds) or ("year" if phrase.field in ("length", "rating") and kinds == {"decade"} else phrase.field)
    if "money" in kinds:
        return "price"
    if measure := _measure(kinds):
        return None if measure == "none" else measure
    if all(amount.kind in ("decade", "year") or is_year(amount) for amount in phrase.amounts):
        spoken = bool(kinds) or phrase.comparison not in ("alone", "around")
        return "year" if spoken or alone else None
    told = phrase.comparison not in ("alone", "of") and (phrase.comparison != "around" or han)  # 三百左右 is money
    return "price" if alone and told and not kinds else None


def _measure(kinds: set[str]) -> str:
    """The attribute that a unit measures."""
    return next((HELD_IN.get(k, (k, 1))[0] for k in kinds if k not in ("money", "decade", "year")), "")


def _compared(phrase: Phrase, role: str) -> tuple[str, object]:
    values = sorted(v * HELD_IN.get(a.kind, ("", 1))[1] for a in phrase.amounts for v in {a.value, a.high})
    match phrase.comparison:
        case "of" | "alone" | "around" if len(values) > 1:  # 二三十块
            return "between", values
        case "between":
            return "between", [values[0], values[-1]]
        case "around":
            return "between", [round(values[0] * (1 - AROUND), 2), round(values[0] * (1 + AROUND), 2)]
        case "under" | "up_to":
            return "<=", values[-1]
        case "over":
            return ">=", values[0]
        case "of" | "alone" if role == "rating":
            return ">=", values[0]  # "rated 4 stars" does not turn 5 away
    return OPS[phrase.comparison], values[0]


def _age(phrase: Phrase, vocabulary: Vocabulary) -> Said:
    """Suitable for an age: by the lowest age of the items, or by a category for children."""
    years = phrase.amounts[0].value
    name = vocabulary.role("age")
    if name and name in vocabulary.quantiles:
        return Said(phrase.start, phrase.end, Condition(field=name, op="<=", value=years))
    if years <= CHILD and not phrase.field:
        for words in CHILDREN:
            for field, value in vocabulary.phrases.table.get(key(words), ()):
                if vocabulary.kinds.get(field) == "list":
                    return Said(phrase.start, phrase.end, Condition(field=field, op="contains", value=value))
    return Said(phrase.start, phrase.end, None)


def _in_years(said: Said) -> bool:
    return bool(said.condition and said.condition.field.endswith("year"))


def _united(found: list[Said], sentence: Sentence) -> list[Said]:
    """Years in a list are alternatives, also with an `and`: nothing is of the 80s and of the 90s; "50s to 70s" is a range."""
    kept: list[Said] = []
    for said in found:
        last = kept[-1] if kept else None
        if last and last.condition and said.condition and _years(last.condition) and _years(said.condition):
            joined = _joined(last.condition, said.condition, _gap(sentence, last.end, said.start))
            if joined:
                kept[-1] = Said(last.start, said.end, joined)
                continue
        kept.append(said)
    return kept


def _joined(left: Condition, right: Condition, between: str) -> Condition | None:
    years = sorted({*_years(left), *_years(right)})
    span = (left.span[0], right.span[1])
    whole = years[-1] - years[0] == len(years) - 1
    if REACHING.fullmatch(between) or (whole and LISTED.fullmatch(between)):
        return replace(left, op="between", value=[years[0], years[-1]], span=span)
    return replace(left, op="in", value=years, span=span) if LISTED.fullmatch(between) else None


def _years(condition: Condition) -> list[int]:
    """The years that a condition names one by one; empty for an open range and for what is no year."""
    if not condition.field.endswith("year") or condition.op not in ("between", "=", "in"):
        return []
    if condition.op == "between":
        first, last = condition.value
        return list(range(first, last + 1)) if first in YEARS and last in YEARS else []
    return condition.value if condition.op == "in" else [condition.value]

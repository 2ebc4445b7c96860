"""Conditions said in many ways, in both languages: what the parser has to read back."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from instructrec.types import Condition, Item

CATEGORIES = {
    "Comedy": "喜剧", "Horror": "恐怖", "Drama": "剧情片", "War": "战争", "Western": "西部", "Sci-Fi": "科幻", "Romance": "爱情",
    "Strategy": "策略", "Puzzle": "解谜", "Racing": "赛车", "Shooter": "射击", "Survival": "生存",
}  # fmt: skip
BRANDS = ("Lumen", "Orbit", "Pixelworks", "Northwind", "Kestrel", "Vanta")
FIRST = ("Quiet", "Golden", "Broken", "Electric", "Distant", "Hidden")
SECOND = ("Harbour", "Garden", "Signal", "Mirror", "Winter")

OPENINGS = {
    "en": (
        "",
        "I want ",
        "please recommend ",
        "looking for ",
        "show me ",
        "could you find me ",
        "can I get ",
        "maybe ",
    ),
    "zh": ("", "想要", "推荐", "请推荐", "我想找", "有没有", "来点", "帮我找"),
}
WANTED = {
    "en": ("{0}", "some {0}", "a {0} one", "{0} stuff", "something in {0}"),
    "zh": ("{0}", "{0}的", "{0}类的"),
}
BOTH = {"en": ("{0} and {1}", "{0} that is also {1}", "{0}, {1}"), "zh": ("{0}和{1}", "{0}、{1}")}
EITHER = {"en": ("{0} or {1}", "either {0} or {1}"), "zh": ("{0}或{1}", "{0}或者{1}", "要么{0}要么{1}")}
REFUSED = {
    "en": ("no {0}", "not {0}", "without {0}", "nothing {0}", "but not {0}", "except {0}", "I hate {0}", "I don't want {0}", "anything but {0}", "skip the {0}", "non-{0}", "{0} excluded", "no {0} please"),
    "zh": ("不要{0}", "别给我{0}", "不想看{0}", "除了{0}", "非{0}", "讨厌{0}", "没有{0}的", "{0}不要", "{0}除外", "拒绝{0}"),
}  # fmt: skip
REFUSED_BOTH = {
    "en": (
        "no {0} or {1}",
        "neither {0} nor {1}",
        "without {0} or {1}",
        "no {0} and no {1}",
        "I hate {0} and {1}",
    ),
    "zh": ("不要{0}和{1}", "不要{0}，也不要{1}", "除了{0}和{1}", "别给我{0}或者{1}"),
}
BRAND = {
    "en": ("by {0}", "made by {0}", "from {0}", "the {0} brand"),
    "zh": ("{0}品牌的", "品牌{0}", "{0}牌"),
}
NUMBER = {
    ("price", "<="): {
        "en": ("under ${0}", "below {0} dollars", "less than ${0}", "at most {0} bucks", "up to ${0}", "{0} dollars or less", "no more than {0} euros", "${0} max", "within {0} dollars", "cheaper than ${0}", "costing less than ${0}", "<${0}"),
        "zh": ("{0}元以下", "{0}块以内", "不超过{0}元", "低于{0}块钱", "最多{0}元", "预算{0}元", "{0}元之内", "价格不超过{0}元", "不到{0}块"),
    },
    ("price", ">="): {
        "en": ("over ${0}", "more than {0} dollars", "at least ${0}", "{0} dollars or more", "above ${0}", "no less than {0} dollars"),
        "zh": ("{0}元以上", "至少{0}元", "不低于{0}块", "超过{0}元"),
    },
    ("price", "between"): {
        "en": ("between ${0} and ${1}", "between {0} and {1} dollars", "${0}-${1}", "from {0} to {1} dollars", "{0} to {1} bucks"),
        "zh": ("{0}到{1}元", "{0}-{1}元之间", "{0}至{1}块之间", "价格在{0}到{1}元之间"),
    },
    ("year", "<"): {"en": ("before {0}", "older than {0}", "pre-{0}", "prior to {0}"), "zh": ("{0}年以前的", "{0}年之前的", "早于{0}年")},
    ("year", "<="): {"en": ("no later than {0}", "until {0}", "{0} or earlier", "not after {0}"), "zh": ("不晚于{0}年",)},
    ("year", ">"): {"en": ("after {0}", "newer than {0}", "later than {0}", "post-{0}"), "zh": ("晚于{0}年",)},
    ("year", ">="): {"en": ("since {0}", "{0} or later", "from {0} on", "no older than {0}", "{0} onwards"), "zh": ("{0}年以后的", "{0}年以来的", "不早于{0}年", "{0}年起")},
    ("year", "="): {"en": ("from {0}", "made in {0}", "released in {0}"), "zh": ("{0}年的",)},
    ("year", "between"): {"en": ("between {0} and {1}", "from {0} to {1}", "{0}-{1}", "made between {0} and {1}"), "zh": ("{0}年到{1}年", "{0}到{1}年之间", "从{0}年到{1}年")},
    ("year", "decade"): {"en": ("from the {0}s", "{0}s", "from the {1}s", "in the {0}s"), "zh": ("{1}年代的", "{0}年代")},
}  # fmt: skip
TAILS = {
    "en": ("", "", " please", " for tonight", ", something quiet", " with a good ending", ". thanks"),
    "zh": ("", "", "，谢谢", "，安静一点的", "，今晚看", "。"),
}

Fact = tuple[str, str, Any]


@dataclass(frozen=True)
class Saying:
    """A sentence and the conditions that it says."""

    text: str
    facts: frozenset[Fact]
    groups: frozenset[frozenset[Fact]] = frozenset()  # of which one must hold


def catalog(rng: np.random.Generator, size: int = 40) -> list[Item]:
    """Items with random categories, brand, year and price, each of which may be missing."""
    names = list(CATEGORIES)
    items = []
    for number in range(size):
        given: dict[str, Any] = {
            "categories": sorted(rng.choice(names, rng.integers(1, 4), replace=False).tolist()),
            "brand": BRANDS[number] if number < len(BRANDS) else str(rng.choice(BRANDS)),
            "year": int(rng.integers(1960, 2021)),
            "price": float(rng.integers(2, 90)),
        }
        kept = {key: value for key, value in given.items() if rng.random() > 0.1 or number < len(BRANDS)}
        title = f"{FIRST[number % 6]} {SECOND[number // 6 % 5]} {number}"
        items.append(Item(id=f"i{number}", title=title, attributes=kept))
    everything = {"categories": names, "brand": BRANDS[0], "year": 1990, "price": 20.0}
    return [*items, Item(id="all", title="Everything", attributes=everything)]


def say(rng: np.random.Generator, language: str) -> Saying:
    """One random sentence: wanted and refused names, perhaps a brand, perhaps numbers, in an order people
    use.
    """
    names = rng.permutation(list(CATEGORIES))[:4].tolist()
    wanted, facts = _wanted(rng, language, names[:2])
    refused, more = _refused(rng, language, names[2:])
    facts |= more
    middle = []
    if rng.random() < 0.3:
        brand = str(rng.choice(BRANDS))
        middle.append(_pick(rng, BRAND[language]).format(brand))
        facts.add(("brand", "=", brand))
    for field in ("price", "year"):
        if rng.random() < 0.4:
            words, fact = _number(rng, language, field)
            middle.append(words)
            facts.add(fact)
    joint, pause = (" ", ", ") if language == "en" else ("，", "，")
    body = joint.join([p for p in (wanted, *rng.permutation(middle).tolist()) if p])
    text = (
        _pick(rng, OPENINGS[language])
        + pause.join(p for p in (body, refused) if p)
        + _pick(rng, TAILS[language])
    )
    return Saying(text, frozenset(facts))


def alternatives(rng: np.random.Generator, language: str) -> Saying:
    """Two alternatives, of which one has conditions of its own: "comedies from the 90s, or anything by
    Lumen".
    """
    category, brand = str(rng.choice(list(CATEGORIES))), str(rng.choice(BRANDS))
    words, number = _number(rng, language, ("price", "year")[rng.integers(2)])
    left, right = _name(category, language), _pick(rng, BRAND[language]).format(brand)
    first, second = (
        frozenset([("categories", "contains", category), number]),
        frozenset([("brand", "=", brand)]),
    )
    text = f"{left} {words}, or anything {right}" if language == "en" else f"要么{words}{left}，要么{right}"
    return Saying(text, frozenset(), frozenset([first, second]))


def facts_of(conditions: Sequence[Condition]) -> frozenset[Fact]:
    """Parsed conditions in the form in which sayings have them."""
    return frozenset(
        (c.field, c.op, tuple(c.value) if isinstance(c.value, list) else c.value) for c in conditions
    )


def passes(item: Item, condition: Condition) -> bool:
    """One item against one condition, written without the package's own code; an unknown value passes nothing
    positive.
    """
    value, wanted = item.attributes.get(condition.field), condition.value
    if condition.op in ("!=", "not_in", "not_contains"):
        avoided = wanted if isinstance(wanted, list) else [wanted]
        return not any(_same(value, w) for w in avoided)
    if value is None:
        return False
    if condition.op in ("=", "contains"):
        return _same(value, wanted)
    if condition.op == "in":
        return any(_same(value, w) for w in wanted)
    assert isinstance(value, int | float)
    if condition.op == "between":
        return wanted[0] <= value <= wanted[1]
    return {"<": value < wanted, "<=": value <= wanted, ">": value > wanted, ">=": value >= wanted}[
        condition.op
    ]


def _same(value: Any, wanted: Any) -> bool:
    values = value if isinstance(value, list) else [value]
    return any(str(v).lower() == str(wanted).lower() for v in values if v is not None)


def _pick(rng: np.random.Generator, ways: Sequence[str]) -> str:
    return ways[rng.integers(len(ways))]


def _name(category: str, language: str) -> str:
    return CATEGORIES[category] if language == "zh" else category.lower()


def _wanted(rng: np.random.Generator, language: str, names: Sequence[str]) -> tuple[str, set[Fact]]:
    said = [_name(n, language) for n in names]
    draw = rng.random()
    if draw < 0.5:
        return _pick(rng, WANTED[language]).format(said[0]), {("categories", "contains", names[0])}
    if draw < 0.65:
        return _pick(rng, BOTH[language]).format(*said), {("categories", "contains", n) for n in names}
    if draw < 0.8:
        return _pick(rng, EITHER[language]).format(*said), {("categories", "in", tuple(names))}
    return "", set()


def _refused(rng: np.random.Generator, language: str, names: Sequence[str]) -> tuple[str, set[Fact]]:
    said = [_name(n, language) for n in names]
    draw = rng.random()
    if draw < 0.4:
        return _pick(rng, REFUSED[language]).format(said[0]), {("categories", "not_contains", names[0])}
    if draw < 0.6:
        return _pick(rng, REFUSED_BOTH[language]).format(*said), {
            ("categories", "not_contains", n) for n in names
        }
    return "", set()


def _number(rng: np.random.Generator, language: str, field: str) -> tuple[str, Fact]:
    kinds = [key for key in NUMBER if key[0] == field]
    kind = kinds[rng.integers(len(kinds))]
    ways = NUMBER[kind][language]
    if kind[1] == "decade":
        start = int(rng.integers(196, 200)) * 10
        return _pick(rng, ways).format(start, start % 100), (field, "between", (start, start + 9))
    low, high = (1960, 2020) if field == "year" else (3, 80)
    first, second = sorted(rng.choice(np.arange(low, high), 2, replace=False).tolist())
    value = (first, second) if kind[1] == "between" else first
    return _pick(rng, ways).format(first, second), (field, kind[1], value)

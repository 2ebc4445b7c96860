"""Money in cells: the currency, ranges, magnitudes (15-30K, 1.2万, 4 lakh), and what time it is paid for."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import polars as pl

from instructrec.cells.currencies import currency_in, money_words
from instructrec.cells.figures import MAGNITUDES, NUMBER, magnitude_of
from instructrec.cells.values import to_price

_PERIODS: Mapping[str, str] = {
    word: period for period, words in money_words()["per"].items() for word in words
}
_UNSPACED = {word: period for word, period in _PERIODS.items() if not word.isascii()}
_SCALE = "|".join(sorted(map(re.escape, MAGNITUDES), key=len, reverse=True))
_SCALED = re.compile(
    rf"(?P<low>{NUMBER})\s?(?P<own>(?i:{_SCALE})(?![^\W\d_]))?"
    rf"(?:\s?(?:[-–~—至到]|to)\s?\D{{0,3}}(?P<high>{NUMBER})\s?(?P<scale>(?i:{_SCALE})(?![^\W\d_]))?)?"
)
_PER = re.compile(r"(?:/|\bper\b|\ba\b|每|\bp\b\.?)\s?(?P<word>[^\W\d_]+)", re.IGNORECASE)


def currency_of(texts: Iterable[str]) -> tuple[str, float]:
    """The currency that most texts name, and the share of the texts that name one."""
    found = [currency_in(text) for text in texts]
    named = Counter(code for code in found if code)
    return (named.most_common(1)[0][0], sum(named.values()) / len(found)) if named else ("", 0.0)


def period_in(text: str) -> str:
    """The time that money is paid for; "" where the text does not say.

    >>> period_in("3000-10000元/月"), period_in("$20 per hour"), period_in("$20")
    ('month', 'hour', '')
    """
    if found := _PER.search(text):
        return _PERIODS.get(found["word"].lower(), "")
    return next((period for word, period in _UNSPACED.items() if word in text), "")


def has_money(text: str) -> bool:
    """Whether a text is an amount of money by its own signs: a currency beside a number, and little else.

    >>> has_money("SR 50/4 pack"), has_money("15-30K·16薪"), has_money("iPhone 5 for $20 only today")
    (True, True, False)
    """
    if not re.search(r"\d", text) or len(text) > 30:
        return False
    if currency_in(text):
        return bool(re.match(r"^\D{0,6}\d", text)) and len(text.split()) <= 6
    scale = r"\s?(?i:k|万|千|w)(?![^\W\d_])"
    return bool(re.match(rf"^{NUMBER}(?:{scale})?\s?[-–~至到]\s?{NUMBER}{scale}", text))


def to_money(texts: Sequence[str], magnitude: float = 1.0, per: str = "") -> list[float | None]:
    """Amounts of money: of a range its lower end, "free" as 0; None where there is none, or it is paid for
    another time than `per`.

    >>> to_money(["15-30K·16薪", "3000-10000元/月", "200元/天", "$1,200.00", "Free"], per="month")
    [15000.0, 3000.0, None, 1200.0, 0.0]
    """
    prices = to_price(pl.Series(texts, dtype=pl.String)).to_list()
    found: list[float | None] = []
    for text, price in zip(texts, prices, strict=True):
        own = period_in(text)
        if per and own and own != per:
            found.append(None)
            continue
        number = _scaled(text)
        if number is None:
            number = price
        found.append(None if number is None else round(number * magnitude, 6))
    return found


def _scaled(text: str) -> float | None:
    """The lower end of a number with a magnitude; None where it has no magnitude, and is read as a price."""
    plain = re.sub(r"(?<=\d),(?=\d{2,3}(?!\d))", "", text)
    match = _SCALED.search(plain)
    if match is None:
        return None
    scale = match["own"] or match["scale"]
    return float(match["low"]) * magnitude_of(scale) if scale else None

"""Numbers as cells write them: with thousands marks, magnitudes (12K, 3.5万, 2 lakh), brackets, or one word
that stands beside all of them.
"""

import re
from collections import Counter
from collections.abc import Sequence

import polars as pl

from instructrec.cells.han import han_number
from instructrec.cells.values import decimal_mark, with_points

_BY_SIZE = {
    1e3: "k 千 thousand thousands тыс",
    1e4: "w 万 萬",
    1e5: "lakh lakhs lac lacs",
    1e6: "m mn mio million millions 百万 млн",
    1e7: "cr crore crores 千万",
    1e8: "亿 億",
    1e9: "b bn billion billions",
}
MAGNITUDES = {word: size for size, words in _BY_SIZE.items() for word in words.split()}
_SCALE = "|".join(sorted(map(re.escape, MAGNITUDES), key=len, reverse=True))
NUMBER = r"\d+(?:\.\d+)?(?:[eE][+-]?\d+)?"
_WHOLE = re.compile(
    rf"^[#~≈<>≤≥№(\[\s]*(?P<sign>[-−])?\s?(?P<number>{NUMBER}|\.\d+)\s?(?P<scale>(?i:{_SCALE})(?![^\W\d_]))?\s?[+%)\]\s]*"
    r"(?:(?:/|out of)\s?\d+)?$"
)
_HAN = re.compile("[零一二两三四五六七八九十百千]{1,6}")
_BESIDE = 16  # characters up to which a word that stands beside every number can be long


def plain_numbers(texts: Sequence[str], decimal: str = "") -> list[str]:
    """Texts whose numbers are written with a point and no thousands marks, as the column's values decide.

    >>> plain_numbers(["5,000mAh", "1.299,00 €"], ","), plain_numbers(["5,000mAh", "600mAh"])
    (['5.000 mAh', '1299.00 €'], ['5000 mAh', '600 mAh'])
    """
    apart = pl.Series(texts, dtype=pl.String).str.replace_all(r"(\d)([^\W\d_])", "$1 $2")
    return with_points(apart, decimal).to_list()


def mark_of(texts: Sequence[str]) -> str:
    """The sign that texts write before decimals where they show one; "" if open."""
    return decimal_mark(pl.Series(texts, dtype=pl.String).str.replace_all(r"(\d)([^\W\d_])", "$1 $2"))


def magnitude_of(word: str) -> float:
    """What a word multiplies a number with; 1 where it is no magnitude.

    >>> magnitude_of("万"), magnitude_of("Lakhs"), magnitude_of("rooms")
    (10000.0, 100000.0, 1.0)
    """
    return MAGNITUDES.get(word.lower().strip(" ."), 1.0)


def figure_in(text: str) -> float | None:
    """The number that a text is, with its magnitude; None where it is more than a number.

    >>> [figure_in(t) for t in ("(1083)", "10000+", "1.2M", "4.5/5", "3.5 万", "十二", "pack of 2")]
    [1083.0, 10000.0, 1200000.0, 4.5, 35000.0, 12.0, None]
    """
    match = _WHOLE.match(text)
    if match is None:
        return float(han_number(text)) if _HAN.fullmatch(text) else None
    number = float(match["number"]) * magnitude_of(match["scale"] or "")
    return round(-number if match["sign"] else number, 6)


def beside(texts: Sequence[str]) -> tuple[str, str]:
    """The words before and behind the number that nine of ten texts share, as in "12集" or "Prix 3"; ("", "")
    where they share none.

    >>> beside(["12 集", "8 集", "24 集"]), beside(["SKU12", "SKU13"])
    (('', '集'), ('', ''))
    """
    shapes: Counter[tuple[str, str]] = Counter()
    for text in texts:
        if match := re.match(rf"^(?P<before>\D*?)[-−]?{NUMBER}(?P<behind>\D*)$", text):
            shapes[match["before"], match["behind"].strip()] += 1
    if not shapes:
        return "", ""
    (before, behind), count = shapes.most_common(1)[0]
    code = bool(before) and not re.search(r"[\s:：第共约]$", before)
    if count < 0.9 * len(texts) or code or max(len(before), len(behind)) > _BESIDE:
        return "", ""
    return before.strip(), behind


def without_beside(text: str, words: tuple[str, str]) -> str:
    """A text without the words that stand beside every number of its column."""
    before, behind = words
    return text.strip().removeprefix(before).removesuffix(behind).strip() if any(words) else text

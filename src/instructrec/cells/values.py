"""Raw values brought to the types the dataset wants: what cannot be read becomes null, and the caller counts
it.
"""

import html
import re
from collections.abc import Mapping

import polars as pl
from price_parser import Price

_BLANKS = "\u0020\u00a0\u2007\u2009\u202f"
_YES = (
    "true",
    "yes",
    "y",
    "t",
    "ja",
    "oui",
    "si",
    "sí",
    "sì",
    "sim",
    "да",
    "是",
    "はい",
    "예",
    "evet",
    "tak",
    "ano",
)
_NO = (
    "false",
    "no",
    "n",
    "f",
    "nein",
    "non",
    "não",
    "nao",
    "нет",
    "否",
    "いいえ",
    "아니오",
    "hayır",
    "nie",
    "ne",
    "nee",
)
YES_NO: Mapping[str, str] = {**dict.fromkeys(_YES, "1"), **dict.fromkeys(_NO, "0")}
MISSING = (
    "n/a",
    "na",
    "-",
    "–",
    "—",
    "none",
    "unknown",
    "?",
    "k.a.",
    "tbd",
    "tba",
    "nil",
    "nan",
    "null",
    "not applicable",
    "not available",
    "not specified",
    "无",
    "暂无",
    "暂无数据",
    "未知",
    "不适用",
)
LOST_DIGITS = r"^[+-]?\d(?:[.,]\d+)?[eE]\+\d+$"  # as spreadsheets write numbers that are too long for a cell
_TAGS = (
    "p|br|b|i|u|s|q|em|strong|span|div|ul|ol|li|a|h[1-6]|table|tr|td|th|tbody|thead|tfoot|img|font|hr|sub|sup|small|big|"
    "blockquote|pre|code|iframe|style|script|center|section|article|header|footer|nav|video|audio|source|form|input|label|"
    "button|meta|link|del|ins|strike|dl|dt|dd|figure|figcaption|mark|abbr|cite|tt|address|main|aside|picture|noscript|html|"
    "head|body|caption|col|colgroup|wbr|svg|path"
)
_INLINE = "b|i|u|s|q|em|strong|span|a|font|small|big|mark|abbr|cite|tt|del|ins|strike|sub|sup|code|wbr"
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")


def to_ids(values: pl.Series) -> pl.Series:
    """Write ids as strings: 12 and 12.0 become "12", leading zeros stay, blanks around are stripped, nothing
    is null.

    >>> to_ids(pl.Series([12.0, None])).to_list(), to_ids(pl.Series([" 007"])).to_list()
    (['12', None], ['007'])
    """
    if values.dtype.is_float() and (values.drop_nulls() % 1 == 0).all():
        values = values.cast(pl.Int64, strict=False)
    text = values if values.dtype == pl.String else values.cast(pl.String)
    sample = text.head(100).drop_nulls()
    if sample.str.contains(r"\.0+$").any() and text.drop_nulls().str.contains(r"^\s*\d+(\.0+)?\s*$").all():
        text = text.str.replace(r"\.0+(\s*)$", "$1")  # whole numbers that some tool wrote as floats
    if text.str.contains(r"^\s|\s$|^$").any():
        text = text.str.strip_chars()
        text = text.set(text == "", None)
    return text


def lost_digits(values: pl.Series) -> int:
    """How many ids lost their last digits, in a spreadsheet (9.00712E+15) or as numbers above 2 to the 53.

    >>> lost_digits(pl.Series(["9.00712E+15", "5E10", "12"])), lost_digits(pl.Series([1e17, 3.0]))
    (1, 1)
    """
    if values.dtype == pl.String:
        return int(values.str.strip_chars().str.contains(LOST_DIGITS).sum())
    return int((values.abs() >= 2**53).sum()) if values.dtype.is_float() else 0


def to_float(values: pl.Series) -> pl.Series:
    """Read numbers as Float64: yes and no are 1 and 0, a decimal comma is read, what is no finite number is
    null.

    >>> to_float(pl.Series(["4.5", "4,5", "1,234", "true", "bad"])).to_list()
    [4.5, 4.5, 1234.0, 1.0, None]
    """
    if values.dtype.is_nested() or values.dtype.is_temporal():
        return pl.Series(values.name, [None] * values.len(), dtype=pl.Float64)
    numbers = values.cast(pl.Float64, strict=False)
    if values.dtype == pl.String and numbers.null_count() > values.null_count():
        text = values.str.strip_chars().str.to_lowercase()
        if decimal_mark(text) == ",":
            numbers = numbers.set(text.str.contains(r"^[+-]?\d{1,3}(\.\d{3})+$").fill_null(False), None)
        numbers = numbers.fill_null(with_points(text).replace(dict(YES_NO)).cast(pl.Float64, strict=False))
    return numbers if numbers.is_finite().all() else numbers.set(~numbers.is_finite(), None)


def decimal_mark(text: pl.Series) -> str:
    """The sign that a column writes before decimals, by the values in which it can be nothing else; "" if
    open.

    >>> [decimal_mark(pl.Series(v)) for v in (["1.299,00 €", "849"], ["1,29,999"], ["1.299"])]
    [',', '.', '']
    """
    votes = {}
    for sign, other in ((".", ","), (",", ".")):
        s, o = re.escape(sign), re.escape(other)
        sure = (
            rf"(?:^|\D)0{s}\d|\d{s}(?:\d{{1,2}}|\d{{4,}})(?:[^\d.,]|$)|\d{o}\d{{2,3}}{s}\d|{o}\d{{2,3}}{o}\d"
        )
        votes[sign] = int(text.str.contains(sure).sum())
    few, many = sorted(votes, key=lambda sign: votes[sign])
    return many if votes[many] > 5 * votes[few] else ""


def with_points(values: pl.Series, mark: str = "") -> pl.Series:
    """Write numbers in text with a point and without thousands marks: three digits after a comma are
    thousands, unless the column writes decimals with it, or `mark` says so.
    """
    text = values.str.replace_all(rf"(\d)[{_BLANKS}'’](\d{{3}})", "$1$2").str.replace_all(
        rf"(\d)[{_BLANKS}'’](\d{{3}})", "$1$2"
    )
    if (mark or decimal_mark(text)) == ",":
        text = text.str.replace_all(r"(\d)\.(\d{3})\b", "$1$2").str.replace_all(r"(\d)\.(\d{3})\b", "$1$2")
        return text.str.replace_all(r"(\d),(\d+)\b", "$1.$2")
    return (
        text.str.replace_all(r"(\d)\.(\d{3}(?:\.\d{3})*,)", "$1$2")
        .str.replace_all(r"(\d),(\d{2},\d{3})\b", "$1$2")
        .str.replace_all(r"(\d),(\d{3})\b", "$1$2")
        .str.replace_all(r"(\d),(\d{3})\b", "$1$2")
        .str.replace_all(r"(\d),(\d+)\b", "$1.$2")
    )


def to_price(values: pl.Series) -> pl.Series:
    """Read prices as Float64, without currency signs and thousands marks; "free" is 0 and a range is its
    lower end.

    Three digits behind a sign are thousands, as in 1.299, unless other values of the column show that it
    has three
    decimals, as 0.999 does.

    >>> to_price(pl.Series(["$1,299.00", "1.299,00 €", "Free to Play", "12.5 - 20", "?"])).to_list()
    [1299.0, 1299.0, 0.0, 12.5, None]
    >>> to_price(pl.Series(["1 299,00 €", "1'299.00", "1,29,999", "1.299 €"])).to_list()
    [1299.0, 1299.0, 129999.0, 1299.0]
    """
    if values.dtype != pl.String:
        return to_float(values)
    mark = next(
        (
            s
            for s in ".,"
            if values.str.contains(rf"(?:^|[^\d.,])(?:0[{s}]\d|\d+[{s}]\d{{4,}}(?:\D|$))").any()
        ),
        "",
    )
    plain = values.str.contains(r"^-?\d+(\.\d{1,2})?$").fill_null(False)
    numbers = values.set(~plain, None).cast(pl.Float64, strict=False)
    if plain.sum() == values.len() - values.null_count():
        return numbers
    prices = {text: _price(text, mark) for text in values.filter(~plain).drop_nulls().unique().to_list()}
    return numbers.fill_null(values.replace_strict(prices, default=None, return_dtype=pl.Float64))


_OPEN = re.compile(r"(?<![\d.,])\d{1,3}[.,]\d{3}(?![\d.,])")  # thousands, or three decimals
_MINUS = re.compile(r"^\W*[-−]\s*\W?\s*\d")


def _price(text: str, mark: str) -> float | None:
    plain = re.sub(rf"(?<=\d)[{_BLANKS}'’](?=\d{{3}}(?!\d))", "", text)
    if re.match(r"\s*(free|gratis|kostenlos|gratuit|免费|無料|бесплатно|무료)", plain.lower()):
        return 0.0
    number = re.search(r"\d[\d.,]*", plain)
    if number is None:
        return None
    sign = mark if _OPEN.search(plain) else None
    if re.search(r"(?<!\d)0\.\d", number[0]):
        sign = "."
    amount = Price.fromstring(plain, decimal_separator=sign or None).amount
    if amount is None:
        return None
    return -float(amount) if _MINUS.match(plain) else float(amount)


def to_year(values: pl.Series) -> pl.Series:
    """Read years as Int64, from numbers, dates and text with a year in it.

    >>> to_year(pl.Series(["1995", "22-Nov-1999", "1996.0", "soon"])).to_list()
    [1995, 1999, 1996, None]
    """
    text = values.cast(pl.String, strict=False)
    return text.str.extract(r"\b(1[5-9]\d\d|20\d\d|2100)(?:\b|年)").cast(pl.Int64, strict=False)


def to_plain_types(values: pl.Series) -> pl.Series:
    """Give an own column of a text file numbers or yes/no, where every value is one or says that it is
    missing;
    codes with leading zeros stay text.

    >>> to_plain_types(pl.Series(["1", "2"])).dtype, to_plain_types(pl.Series(["01", "2"])).dtype
    (Int64, String)
    >>> to_plain_types(pl.Series(["4,5", "3,9", "n/a"])).to_list()
    [4.5, 3.9, None]
    """
    if values.dtype != pl.String or values.str.contains(r"^[+-]?0\d|^\+").any():
        return values
    if values.str.to_lowercase().is_in(["true", "false"]).all() and values.null_count() < len(values):
        return values.str.to_lowercase() == "true"
    missing = values.str.strip_chars().str.to_lowercase().is_in(MISSING).fill_null(False)
    given = values.set(missing, None) if missing.any() else values
    if given.null_count() == len(given):
        return values
    for dtype in (pl.Int64, pl.Float64):
        typed = given.cast(dtype, strict=False)
        if typed.null_count() == given.null_count() and typed.is_finite().all():
            return typed
    if given.str.contains(r"^\s*-?\d[\d.,]*\s*$").fill_null(True).all():
        typed = to_float(given)
        if typed.null_count() == given.null_count():
            return typed
    return values


def to_text(values: pl.Series) -> pl.Series:
    """Text without blanks around it, of lists their words, of objects their JSON; blank text is null."""
    if values.dtype == pl.Struct:
        return values.struct.json_encode()
    if values.dtype.is_nested():
        return values.cast(pl.List(pl.String), strict=False).list.join(" ")
    text = values.cast(pl.String, strict=False).str.strip_chars()
    return text.set(text == "", None)


def without_markup(values: pl.Series) -> pl.Series:
    """Text with its HTML tags taken out and its entities written as the letters they stand for.

    >>> without_markup(pl.Series(["<p>Soft &amp; airy.</p>", "a < b", "x&nbsp;y"])).to_list()
    ['Soft & airy.', 'a < b', 'x y']
    """
    if values.dtype != pl.String or not values.str.contains_any(["<", "&"]).any():
        return values
    marked = values.str.contains(rf"(?i)<(?:/?(?:{_TAGS})\b[^<>]*/?|!--)|&(?:#\w+|\w+);").fill_null(False)
    marked &= ~values.str.contains(r"^\s*https?://\S+\s*$").fill_null(False)
    if not marked.any():
        return values
    some = values.filter(marked)
    for _ in range(3):  # text that was escaped twice
        if not some.str.contains(r"&(?:#\w+|\w+);").any():
            break
        some = some.map_elements(_unescaped, return_dtype=pl.String)
    some = (
        some.str.replace_all(r"(?is)<script\b.*?</script\s*>|<style\b.*?</style\s*>|<!--.*?-->", " ")
        .str.replace_all(rf"(?i)</?(?:{_INLINE})(?:\s[^<>]*)?/?>", "")
        .str.replace_all(rf"(?i)</?(?:{_TAGS})\b[^<>]*/?>", " ")
        .str.replace_all("[\u00a0\u200b\u00ad]", " ")
        .str.replace_all(r"[ \t\r\f\v]{2,}|\s*\n\s*", " ")
        .str.strip_chars()
    )
    return values.scatter(marked.arg_true(), some)


def _unescaped(text: str) -> str:
    return _ENTITY.sub(lambda found: html.unescape(found[0]), text)

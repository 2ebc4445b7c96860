"""Numbers and decades as they are spelled out: "nineteen sixty-five", 一百五, 八九十年代, 二三十, 零几年."""

import re
from dataclasses import dataclass

from instructrec.cells.han import HAN_DIGITS, HAN_UNITS, han_number

HAN_NUMBER = re.compile("[一二两三四五六七八九十百千][零〇一二两三四五六七八九十百千万]{0,7}")
HAN_DECADE = re.compile(
    r"(\d{4}|\d0|[二三四五六七八九]{1,2}十|[一二五六七八九][零〇]|[一二][九零〇][一二三四五六七八九零〇][零〇])\s?年代"
)
HAN_YEAR = re.compile(
    r"(?:[一二][零〇一二三四五六七八九]{3}|[五六七八九][零〇一二三四五六七八九])(?=年(?!代))"
    r"|[一二][零〇九][零〇一二三四五六七八九]{2}(?=[到至])"
)  # 七八年 may be a span
THIS_CENTURY = re.compile(r"(?:the )?(?:21st|twenty[- ]first) century\b|(?:21|二十一)世纪")
TURN = 30  # "the 20s" are 2020 to 2029, "the 30s" are 1930 to 1939
ABOUT = 0.2  # 一百来块 is from 80 to 120
SOME_YEARS = re.compile("([零〇一二三四五六七八九0-9])几年")  # not 十几年, which is how long something lasts
TWO_TENS = re.compile("([一二两三四五六七八九])([二三四五六七八九])([十百千])(?![一二三四五六七八九])")
SOME_OVER = re.compile("([一二三四五六七八九]?十)几")
SOME_TENS = re.compile("几([十百千])")
AROUND = re.compile("([一二两三四五六七八九十百千]{1,5})来(?=[块元个部款本篇])|([百千])来(?=[块元])")

TO_NINETEEN = (
    "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen",
    "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
NUMBERS = {name: value for value, name in enumerate(TO_NINETEEN, start=1)}
NUMBERS |= {
    name: value
    for value, name in zip(
        range(20, 100, 10), ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"), strict=True
    )
}
_ONE, _TEEN, _TEN = ("|".join(list(NUMBERS)[a:b]) for a, b in ((0, 9), (9, 19), (19, 27)))
SPELLED_YEAR = re.compile(
    rf"(eighteen|nineteen|twenty)[\s-](?:({_TEN})(?:[\s-]({_ONE}))?|({_TEEN}))\b|two thousand(?: and)? ({_ONE}|{_TEEN})\b"
)
SPELLED_DECADE = re.compile(
    r"(?:eighteen|nineteen)[\s-](twenties|thirties|forties|fifties|sixties|seventies|eighties|nineties)\b"
)
SPELLED = re.compile(rf"({_TEN})[\s-]({_ONE})\b")
HUNDREDS = re.compile(rf"(?:an?|({_ONE})) hundred(?: (?:and )?(?:({_TEN})(?:[\s-]({_ONE}))?|({_ONE}|{_TEEN})))?\b")
COUNTED = re.compile(rf"\d|[一二两三四五六七八九十百千]|\b(?:{'|'.join(NUMBERS)}|hundred|half)\b")  # and not only cheap or dear
AND_A_HALF = re.compile(r"(\d{1,3})(?: and a half| 1/2|½)")
DURATION = re.compile(
    rf"(\d{{1,2}}|an?|{_ONE}) ?(?:hours?|hrs?|h)(?: and)? ?(?:(\d{{1,2}})(?: ?(?:minutes?|mins?|m))?|(a half))\b"
    r"|(\d{1,2})h\b|(\d{2,3})m\b"
    r"|([一二两三四五]{1,2}|\d{1,2})个?小时(?:([零一二三四五六七八九十]{1,3}|\d{1,3})分钟?|(半))"
)
METERS = re.compile(
    r"(\d{1,2}|[一二两三四五六七八九])\s?(?:m\s?(?=\d\d)|米)(\d{1,2}|[一二三四五六七八九](?!米))(?![\d米])(?:\s?(?:cm|厘米|公分))?"
)
FEET = re.compile(r"(\d)\s?(?:ft|feet|foot|英尺|')\s?(\d{1,2})(?:\s?(?:inches|inch|in|英寸|\"))?(?![\d])")
HALVES = {"半斤": 250, "半公斤": 500, "半千克": 500, "half a kilo": 500, "half a pound": 226.8}  # in grams
HALF_WEIGHT = re.compile("|".join(HALVES))
SHORT_TIMES = re.compile(r"(half an hour|半个?小时|半个?钟头|一刻钟|(?:a )?quarter of an hour)")
AN_HOUR = re.compile(r"an hour\b(?! and)")


@dataclass(frozen=True, slots=True)
class Said:
    """A number as it was said: a terminal of the grammar, its first and last value, and where it ends in the text."""

    terminal: str
    values: str
    end: int


def vague(text: str, start: int) -> Said | None:
    """The vague number that begins at a place of a text.

    >>> [vague(said, 0).values for said in ("二三十块", "十几块", "几百块", "一百来块", "九几年")]
    ['20 30', '11 19', '200 900', '80 120', '1990']
    """
    if match := SOME_YEARS.match(text, start):
        digit = whole(match[1])
        return Said("DECADE", str(10 * digit + (1900 if digit > 2 else 2000)), match.end())
    if (match := TWO_TENS.match(text, start)) and HAN_DIGITS[match[1]] + 1 == HAN_DIGITS[match[2]]:
        unit = HAN_UNITS[match[3]]
        return Said("NUMBER", f"{HAN_DIGITS[match[1]] * unit} {HAN_DIGITS[match[2]] * unit}", match.end())
    if match := SOME_OVER.match(text, start):
        tens = han_number(match[1])
        return Said("NUMBER", f"{tens + 1} {tens + 9}", match.end())
    if match := SOME_TENS.match(text, start):
        unit = HAN_UNITS[match[1]]
        return Said("NUMBER", f"{2 * unit} {9 * unit}", match.end())
    if match := AROUND.match(text, start):
        number = han_number(match[1] or match[2])
        return Said("NUMBER", f"{number * (1 - ABOUT):g} {number * (1 + ABOUT):g}", match.end())
    return None


def spelled(text: str, start: int) -> Said | None:
    """The number that is spelled out at a place of a text, from one and a half to nine hundred and ninety-nine.

    >>> [spelled(said, 0).values for said in ("twenty-five", "a hundred and fifty", "2 and a half")]
    ['25', '150', '2.5']
    """
    if match := AND_A_HALF.match(text, start):
        return Said("NUMBER", f"{match[1]}.5", match.end())
    if match := HUNDREDS.match(text, start):
        hundreds, *rest = match.groups()
        return Said("NUMBER", str(100 * NUMBERS.get(hundreds, 1) + sum(NUMBERS.get(part, 0) for part in rest)), match.end())
    if match := SPELLED.match(text, start):
        return Said("NUMBER", str(NUMBERS[match[1]] + NUMBERS[match[2]]), match.end())
    return None


def spelled_year(text: str, start: int) -> Said | None:
    """The year or the decade that is spelled out at a place of a text.

    >>> [spelled_year(said, 0).values for said in ("nineteen sixty-five", "two thousand and eight", "twenty fifteen", "九五年")]
    ['1965', '2008', '2015', '95']
    """
    if match := THIS_CENTURY.match(text, start):
        return Said("DECADE", "2000 2090", match.end())
    if match := HAN_YEAR.match(text, start):
        year = digits(match[0])
        span = year < 100 and year // 10 + 1 == year % 10  # 七八年 may be seven or eight years
        return None if span else Said("NUMBER", str(year), match.end())
    if match := SPELLED_DECADE.match(text, start):
        first = 1800 if match[0].startswith("e") else 1900
        return Said("DECADE", str(first + NUMBERS[match[1].removesuffix("ies") + "y"]), match.end())
    if match := SPELLED_YEAR.match(text, start):
        century, ten, one, teen, later = match.groups()
        if later:
            return Said("NUMBER", str(2000 + NUMBERS[later]), match.end())
        value = NUMBERS[ten or teen] + NUMBERS.get(one, 0)
        return Said("NUMBER", str(100 * NUMBERS[century] + value), match.end())
    return None


def duration(text: str, start: int) -> Said | None:
    """The minutes of what is said of hours and minutes at a place of a text.

    >>> [duration(said, 0).values for said in ("1 hour 45", "an hour", "an hour and a half", "2h", "90m", "一小时四十分钟")]
    ['105', '60', '90', '120', '90', '100']
    """
    if match := SHORT_TIMES.match(text, start):
        return Said("DURATION", "15" if "刻" in match[1] or "quarter" in match[1] else "30", match.end())
    if match := AN_HOUR.match(text, start):
        return Said("DURATION", "60", match.end())
    if not (match := DURATION.match(text, start)):
        return None
    hours, minutes, half, bare, short, han, han_minutes, han_half = match.groups()
    if short:
        return Said("DURATION", short, match.end())
    told = hours or bare or han
    whole_hours = 1 if told in ("a", "an") else NUMBERS.get(told) or whole(told)
    rest = 30 if half or han_half else whole(minutes or han_minutes or "0")
    return Said("DURATION", str(60 * whole_hours + rest), match.end())


def two_units(text: str, start: int) -> Said | None:
    """A length or a weight that is told in two parts or by a half, in its smaller unit after "=".

    >>> [two_units(said, 0).values for said in ("2 m 20", "一米二", "2米35", "5 ft 11", "半斤")]
    ['220 =cm', '120 =cm', '235 =cm', '71 =inch', '250 =g']
    """
    if match := HALF_WEIGHT.match(text, start):
        return Said("DURATION", f"{HALVES[match[0]]} =g", match.end())
    if match := FEET.match(text, start):
        return Said("DURATION", f"{12 * int(match[1]) + int(match[2])} =inch", match.end())
    if match := METERS.match(text, start):
        tenths = len(match[2]) == 1  # 一米二 is 120 cm, 2米35 is 235
        return Said("DURATION", f"{100 * whole(match[1]) + whole(match[2]) * (10 if tenths else 1)} =cm", match.end())
    return None


def digits(said: str) -> int:
    """A number that is said digit by digit in Chinese.

    >>> digits("一九九五")
    1995
    """
    return int("".join(str(HAN_DIGITS[char]) for char in said))


def whole(said: str) -> int:
    """A number in digits or in Chinese characters."""
    return int(said) if said.isdigit() else han_number(said)


def decade(said: str) -> int:
    """The first year of a decade that was said by its tens, or by all of its digits.

    >>> [decade(said) for said in ("90", "2010", "八十", "20")]
    [1990, 2010, 1980, 2020]
    """
    tens = digits(said) if said[-1] in "零〇" else whole(said)
    return tens if tens >= 1000 else tens + (2000 if tens < TURN else 1900)


def decades(said: str) -> str:
    """The first and the last decade that were said.

    >>> decades("八九十")
    '1980 1990'
    """
    if len(said) == 3:
        return f"{decade(said[0] + '十')} {decade(said[1:])}"
    return str(decade(said))

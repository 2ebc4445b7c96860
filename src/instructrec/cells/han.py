"""Numbers in Chinese characters."""

HAN_DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0}
HAN_UNITS = {"十": 10, "百": 100, "千": 1_000, "万": 10_000}


def han_number(said: str) -> int:
    """A number in Chinese characters.

    >>> [han_number(s) for s in ("二十五", "两百", "十", "一百五", "一千零五十", "三万")]
    [25, 200, 10, 150, 1050, 30000]
    """
    total, digit, unit, gap = 0, 0, 1, False
    for char in said:
        if char in HAN_UNITS:
            unit, gap = HAN_UNITS[char], False
            total = (total + digit) * unit if unit == 10_000 else total + (digit or 1) * unit
            digit = 0
        else:
            digit, gap = HAN_DIGITS[char], gap or char in "零〇"
    short = unit > 10 and not gap  # "一百五" is 150, "一百零五" is 105
    return total + digit * (unit // 10 if short else 1)

"""Numbers as word processors write them in front of paragraphs (ECMA-376 part 1, 17.18.59 ST_NumberFormat)."""

from __future__ import annotations

from collections.abc import Callable

_DIGITS = "〇一二三四五六七八九"
_FORMAL = "零壹贰叁肆伍陆柒捌玖"
_FORMAL_TRADITIONAL = "零壹貳參肆伍陸柒捌玖"
_STEMS = "甲乙丙丁戊己庚辛壬癸"
_BRANCHES = "子丑寅卯辰巳午未申酉戌亥"


def numeral(value: int, style: str) -> str:
    """Write a list number in a style of WordprocessingML; unknown styles and values out of range in decimal digits.

    Bullets and `none` give an empty text.
    """
    write = _STYLES.get(style)
    return write(value) if write and value >= 0 else str(value)


def _counting(value: int, digits: str, units: str) -> str:
    """Chinese numerals with place words, such as 一百零五; 10 to 19 without the leading one where not formal."""
    if value == 0:
        return "零"
    if value >= 10_000:
        high, low = divmod(value, 10_000)
        zero = "零" if 0 < low < 1000 else ""
        return _counting(high, digits, units) + "万" + (zero + _counting(low, digits, units) if low else "")
    text, pending = "", False
    for place in (3, 2, 1, 0):
        digit = value // 10**place % 10
        if digit == 0:
            pending = bool(text)
            continue
        text += ("零" if pending else "") + digits[digit] + (units[place - 1] if place else "")
        pending = False
    return text.removeprefix("一") if text.startswith("一十") else text


def _chinese(value: int) -> str:
    return _counting(value, _DIGITS, "十百千")


def _chinese_short(value: int) -> str:
    """Counting up to 99, then digit by digit, as chineseCounting has it."""
    return _chinese(value) if 0 < value < 100 else _positional(value, _DIGITS)


def _positional(value: int, digits: str) -> str:
    return "".join(digits[int(digit)] for digit in str(value))


def _roman(value: int) -> str:
    if not 0 < value < 4000:
        return str(value)
    pairs = zip(
        (1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1),
        ("M", "CM", "D", "CD", "C", "XC", "L", "XL", "X", "IX", "V", "IV", "I"),
        strict=True,
    )
    text = ""
    for worth, letters in pairs:
        count, value = divmod(value, worth)
        text += letters * count
    return text


def _letters(value: int) -> str:
    """A to Z, then AA, BB and so on: the letter is repeated, not carried."""
    if value == 0:
        return "0"
    rounds, letter = divmod(value - 1, 26)
    return chr(ord("A") + letter) * (rounds + 1)


def _cycle(symbols: str) -> Callable[[int], str]:
    return lambda value: symbols[(value - 1) % len(symbols)] if value else "0"


def _row(first: str, count: int) -> Callable[[int], str]:
    """Symbols that stand in a row in Unicode; beyond their end plain digits."""
    return lambda value: chr(ord(first) + value - 1) if 1 <= value <= count else str(value)


def _circled(value: int) -> str:
    for first, last, symbol in ((1, 20, "①"), (21, 35, "㉑"), (36, 50, "㊱")):
        if first <= value <= last:
            return chr(ord(symbol) + value - first)
    return str(value)


def _ordinal(value: int) -> str:
    ending = "th" if value % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(value % 10, "th")
    return f"{value}{ending}"


def _full_width(value: int) -> str:
    return "".join(chr(ord("０") + int(digit)) for digit in str(value))


def _nothing(value: int) -> str:
    return ""


_STYLES: dict[str, Callable[[int], str]] = {
    "bullet": _nothing,
    "none": _nothing,
    "decimal": str,
    "decimalHalfWidth": str,
    "decimalZero": lambda value: f"{value:02d}",
    "ordinal": _ordinal,
    "numberInDash": lambda value: f"- {value} -",
    "upperRoman": _roman,
    "lowerRoman": lambda value: _roman(value).lower(),
    "upperLetter": _letters,
    "lowerLetter": lambda value: _letters(value).lower(),
    "decimalFullWidth": _full_width,
    "decimalFullWidth2": _full_width,
    "decimalEnclosedCircle": _circled,
    "decimalEnclosedCircleChinese": _circled,
    "decimalEnclosedParen": _row("⑴", 20),
    "decimalEnclosedFullstop": _row("⒈", 20),
    "ideographEnclosedCircle": _row("㊀", 10),
    "ideographDigital": lambda value: _positional(value, _DIGITS),
    "japaneseDigitalTenThousand": lambda value: _positional(value, _DIGITS),
    "taiwaneseDigital": lambda value: _positional(value, _DIGITS),
    "chineseCounting": _chinese_short,
    "taiwaneseCounting": _chinese_short,
    "chineseCountingThousand": _chinese,
    "taiwaneseCountingThousand": _chinese,
    "japaneseCounting": _chinese,
    "koreanDigital2": lambda value: _positional(value, _DIGITS),
    "chineseLegalSimplified": lambda value: _counting(value, _FORMAL, "拾佰仟"),
    "ideographLegalTraditional": lambda value: _counting(value, _FORMAL_TRADITIONAL, "拾佰仟"),
    "japaneseLegal": lambda value: _counting(value, "零壱弐参四伍六七八九", "拾百阡"),
    "ideographTraditional": _cycle(_STEMS),
    "ideographZodiac": _cycle(_BRANCHES),
    "ideographZodiacTraditional": lambda value: _STEMS[(value - 1) % 10] + _BRANCHES[(value - 1) % 12],
}

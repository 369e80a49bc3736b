"""Numbers as Chinese documents write them: 二千六百五十七万, 13.3万, 1.2万亿, 百亿, 二〇二五, 3,300."""

from __future__ import annotations

from decimal import Decimal

__all__ = ["CHINESE", "NUMBER", "parse_number"]

_FIGURES = ("零〇", "一壹", "二两贰", "三叁", "四肆", "五伍", "六陆", "七柒", "八捌", "九玖")
_DIGITS = {figure: value for value, figures in enumerate(_FIGURES) for figure in figures}
_POWERS = {"亿": 8, "万": 4, "千": 3, "仟": 3, "百": 2, "佰": 2, "十": 1, "拾": 1}
# 千 and 百 before these open a unit (千瓦, 千兆) or another word (百分之), not a magnitude.
_NO_MAGNITUDE = "(?![瓦米克兆赫伏卡分])"

_LONGEST = 40
"""Characters of the longest number that is meant as one; longer runs are no numbers of a plan."""
CHINESE = "[零〇一二两三四五六七八九十百千万亿壹贰叁肆伍陆柒捌玖拾佰仟]"
NUMBER = (
    r"(?:(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"
    rf"(?:[十百千]?万亿{_NO_MAGNITUDE}|[十百千]?[万亿]{_NO_MAGNITUDE}|[十百千]{_NO_MAGNITUDE})?"
    rf"|{CHINESE}+(?:点[零〇一二三四五六七八九]+{CHINESE}*)?)"
)
"""Regular expression of one number; linear, without groups that capture."""


def parse_number(text: str) -> Decimal | None:
    """Give the value of a number in Arabic or Chinese numerals, exactly, or None where it is not one.

    ``1.2万亿`` is 1.2 x 10^12; ``百亿`` is 10^10; ``二〇二五`` is read digit by digit; ``两百五`` is 250.
    """
    text = text.replace(",", "").replace(" ", "")
    if not 0 < len(text) <= _LONGEST:
        return None
    value = _plain(text)
    if value is not None:
        return value
    return _composed(text)


def _plain(text: str) -> Decimal | None:
    """Read a string without magnitudes: Arabic figures, or Chinese digits one by one."""
    if text[0].isascii() and all(char in "0123456789." for char in text) and text.count(".") <= 1:
        return Decimal(text) if text[0] != "." and text[-1] != "." else None
    head, _, tail = text.partition("点")
    if head and all(char in _DIGITS for char in head + tail):
        whole = "".join(str(_DIGITS[char]) for char in head)
        return Decimal(f"{whole}.{''.join(str(_DIGITS[char]) for char in tail)}") if tail else Decimal(whole)
    return None


def _composed(text: str) -> Decimal | None:
    """Split at the last of the greatest magnitudes: what stands before multiplies it, what stands after adds."""
    for magnitude, power in _POWERS.items():
        before, found, after = text.rpartition(magnitude)
        if not found:
            continue
        factor = parse_number(before) if before else Decimal(1)
        rest = _rest(after, power)
        if factor is None or rest is None:
            return None
        return factor * Decimal(10) ** power + rest
    return None


def _rest(after: str, power: int) -> Decimal | None:
    """Read what follows a magnitude; a lone digit counts the next lower one (两百五 = 250)."""
    if not after:
        return Decimal(0)
    if len(after) == 1 and after in _DIGITS and after not in "零〇" and power > 1:
        return Decimal(_DIGITS[after]) * Decimal(10) ** (power - 1)
    return parse_number(after.lstrip("零〇") or "零")

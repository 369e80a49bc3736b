"""Numbers as they are printed: rounded, but never so that an unmet goal looks met."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal

from qipan.engines.scoring.goals import Goal, is_met


def rounded(value: float, precision: int) -> str:
    """Return ``value`` to ``precision`` decimals, halves away from zero, as statistical yearbooks print."""
    return str(_quantized(value, precision, ROUND_HALF_UP))


def printed_value(goal: Goal, value: float, precision: int) -> str:
    """Return the value to ``precision`` decimals; rounded away from the aim where rounding would make it look met.

    59,999.6 against "at least 60,000" prints 59999, not 60000.
    """
    plain = _quantized(value, precision, ROUND_HALF_UP)
    if is_met(goal, value) or not is_met(goal, float(plain)):
        return str(plain)
    return str(_quantized(value, precision, ROUND_CEILING if goal.falls else ROUND_FLOOR))


def printed_share(share: float, precision: int, *, met: bool) -> str:
    """Return an attainment or progress as a percentage; below 100 % whenever the goal is not met.

    0.99996 at one decimal prints "99.9%" and not "100.0%"; a strict goal reached but not passed does too.
    """
    percent = _quantized(share * 100, precision, ROUND_HALF_UP)
    ceiling = Decimal(100) - Decimal(1).scaleb(-precision)
    if not met and percent > ceiling:
        percent = ceiling
    return f"{percent}%"


def _quantized(value: float, precision: int, rounding: str) -> Decimal:
    shown = Decimal(repr(value)).quantize(Decimal(1).scaleb(-precision), rounding=rounding)
    return abs(shown) if shown == 0 else shown

"""How a figure reads in a sentence: as many digits as matter, and no more."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Context, Decimal

from outgrow.strategy.fields import Spread
from outgrow.units import format_number, round_to

_SHOWN = Context(prec=5)
_WHOLE_FROM = Decimal(1000)
_HUNDRED = Decimal(100)
_SECONDS_PER_DAY = Decimal(86_400)


def figure(value: Decimal) -> str:
    """Return `value` to five digits, whole from 1,000 on: 849.57, 6,704, 1,234,567."""
    if abs(value) >= _WHOLE_FROM:
        return format_number(round_to(value, 0))
    return format_number(_SHOWN.plus(value)) if value else "0"


def spread(value: Spread) -> str:
    """Return one figure, or `between 10 and 20` for an uncertain one."""
    if value.low == value.high:
        return figure(value.likely)
    return f"between {figure(value.low)} and {figure(value.high)}"


def percent(share: Decimal) -> str:
    """Return a share as a percentage to one decimal: 0.8125 is 81.3 %."""
    return f"{format_number((share * _HUNDRED).quantize(Decimal('0.1')))} %"


def day(moment: datetime) -> str:
    """Return the date alone: 2026-03-31."""
    return moment.date().isoformat()


def length(time: timedelta) -> str:
    """Return a duration in the unit it is thought in: 14 days, 6 hours, 300 seconds."""
    days = Decimal(str(time.total_seconds())) / _SECONDS_PER_DAY
    if days == 1:
        return "1 day"
    if days >= 2:
        return f"{figure(days.quantize(Decimal('0.1')))} days"
    if days * 24 >= 2:
        return f"{figure((days * 24).quantize(Decimal('0.1')))} hours"
    return f"{figure(days * _SECONDS_PER_DAY)} seconds"

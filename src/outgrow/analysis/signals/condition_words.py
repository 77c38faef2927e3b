"""A condition as the file writes it, in words: for decision trees and documents."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from outgrow.analysis.figures import figure, length, percent
from outgrow.strategy.signals import Condition, Trend

_COMPARATORS = {
    "above": "above",
    "at_least": "at least",
    "below": "below",
    "at_most": "at most",
}


def describe(condition: Condition) -> str:
    """Return `users at least 50 or the signal crowded` and the like."""
    words = _form(condition)
    days, seconds = condition.for_days, condition.for_seconds
    if days is not None or seconds is not None:
        words += f" for {_length(days, seconds)}"
    if condition.within_days is not None:
        words += f" within {_length(condition.within_days, None)}"
    return words


def _form(condition: Condition) -> str:
    if condition.signal is not None:
        return f"the signal {condition.signal}"
    if condition.on_or_after is not None:
        return f"on or after {condition.on_or_after.isoformat()}"
    group = condition.any or condition.all or condition.of
    if group is not None:
        return _group(condition, [_nested(child) for child in group])
    return _single(condition)


def _group(condition: Condition, parts: list[str]) -> str:
    if len(parts) == 1:
        return parts[0]
    if condition.of is not None:
        return f"at least {condition.at_least_k} of: {', '.join(parts)}"
    return (" or " if condition.any is not None else " and ").join(parts)


def _nested(child: Condition) -> str:
    words = describe(child)
    several = child.any or child.all or child.of
    return f"({words})" if several and len(several) > 1 else words


def _single(condition: Condition) -> str:
    if condition.trend is not None:
        return f"{_subject(condition)} {_trend(condition.trend)}"
    for name, words in _COMPARATORS.items():
        value: Decimal | None = getattr(condition, name)
        if value is not None:
            shown = percent(value) if condition.limit is not None else figure(value)
            return f"{_subject(condition)} {words} {shown}"
    return _subject(condition)


def _subject(condition: Condition) -> str:
    if condition.limit is not None:
        return f"use of the limit {condition.limit}"
    return condition.metric or f"daily growth of {condition.rate_of}"


def _trend(trend: Trend) -> str:
    by = f" by {percent(trend.by_share)}" if trend.by_share else ""
    return f"{trend.direction}{by} over {_length(trend.over_days, None)}"


def _length(days: Decimal | None, seconds: Decimal | None) -> str:
    total = (days or Decimal(0)) * 86_400 + (seconds or Decimal(0))
    return length(timedelta(seconds=float(min(total, Decimal(10**10)))))

"""How many of a component run: as written, or as many as a demand variable asks for."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from math import ceil

from outgrow.strategy.assignments import Assignment
from outgrow.strategy.fields import Spread
from outgrow.strategy.offerings import HowMany
from outgrow.topology.model import InstanceCount

_ONE = Decimal(1)
_MONTHS = 12
_MOST = 100_000  # what a number written in the file may be, too


def instance_count(
    assignment: Assignment,
    demand: Mapping[str, Spread | None] | None = None,
    size: Decimal = _ONE,
) -> InstanceCount:
    """Return how many instances run; `count` is all three when no range is written.

    A count that follows a demand variable takes its low, likely and high value. `size` is
    the environment's share of production; what runs there at all runs at least once.
    """
    low, expected, high = _three_counts(assignment, demand or {}, size)
    peak = assignment.peak
    if peak is None:
        return InstanceCount(low, expected, high)
    months = len(set(peak.months)) or _MONTHS
    hours = peak.hours_month * months / _MONTHS
    return InstanceCount(low, expected, high, _part(peak.count, size), hours)


def _three_counts(
    assignment: Assignment, demand: Mapping[str, Spread | None], size: Decimal
) -> tuple[int, int, int]:
    many, written = assignment.count, assignment.instances
    counts = (1, 1, 1) if many is None else count_at(many, demand)
    if written is not None:
        low = written.minimum
        said = low if many is None else counts[1]
        expected = written.expected if written.expected is not None else said
        high = written.maximum if written.maximum is not None else max(low, expected)
        counts = (low, min(max(low, expected), high), high)
    if many is not None and many.demand is not None and written is None:
        return counts  # the demand is the environment's own already
    low, expected, high = (_part(count, size) for count in counts)
    return low, expected, high


def _part(count: int, size: Decimal) -> int:
    return ceil(count * size)


def count_at(many: HowMany, demand: Mapping[str, Spread | None]) -> tuple[int, int, int]:
    """Return how many that is at the low, the likely and the high demand."""
    if many.number is not None:
        return many.number, many.number, many.number
    driver = demand.get(many.demand or "")
    if driver is None:  # its price is unknown then; one stands for it in drawings
        return (max(1, many.at_least),) * 3
    low, likely, high = (
        _bounded(ceil(value / many.per), many) for value in (driver.low, driver.likely, driver.high)
    )
    return low, likely, high


def _bounded(count: int, many: HowMany) -> int:
    most = _MOST if many.at_most is None else many.at_most
    return min(max(count, many.at_least), most)

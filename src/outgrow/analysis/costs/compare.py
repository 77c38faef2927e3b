"""Two phases against each other: the difference a month, and where they cost the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

from outgrow.analysis.costs.phase_costs import CostReport, PhaseCosts
from outgrow.analysis.pricing.cost_line import Total

Difference = Callable[[Decimal], Decimal]


@dataclass(frozen=True, slots=True)
class ComponentChange:
    """What one component costs on either side; None where the side does not have it."""

    component: str
    before: Total | None
    after: Total | None
    offering_before: str
    offering_after: str

    @property
    def changed(self) -> bool:
        """Return whether the offering or the price differs."""
        return self.before != self.after or self.offering_before != self.offering_after


@dataclass(frozen=True, slots=True)
class BreakEven:
    """Where the cheaper side changes along one demand variable.

    `value` is None when one side stays cheaper over the whole range looked at;
    `of_what_is_known` says that a part of a bill is unknown, so that the truth may differ.
    """

    demand: str
    value: Decimal | None
    cheaper_below: str
    cheaper_above: str
    of_what_is_known: bool = False


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two phases side by side."""

    before: PhaseCosts
    after: PhaseCosts
    changes: tuple[ComponentChange, ...]
    break_even: BreakEven | None

    @property
    def difference_usd_month(self) -> Decimal:
        """Return how much more the second costs, of what is known of both."""
        after, before = self.after.expected.total, self.before.expected.total
        return after.amount_usd_month - before.amount_usd_month


def changes_between(before: CostReport, after: CostReport) -> tuple[ComponentChange, ...]:
    """Return each component of either side, those of `before` first."""
    names = dict.fromkeys(
        cost.resource.component for report in (before, after) for cost in report.resources
    )
    return tuple(
        ComponentChange(
            name,
            _total(before, name),
            _total(after, name),
            _offering(before, name),
            _offering(after, name),
        )
        for name in names
    )


def _total(report: CostReport, component: str) -> Total | None:
    return report.of(component) if report.topology.of(component) else None


def _offering(report: CostReport, component: str) -> str:
    found = report.topology.of(component)
    return found[0].offering_id or "own price" if found else ""


def find_break_even(
    demand: str, low: Decimal, high: Decimal, names: tuple[str, str], difference: Difference
) -> BreakEven | None:
    """Return where `difference` (second minus first, USD a month) changes sign.

    Looks at 33 points between `low` and `high`, then halves the interval of the first
    change; a jump counts as a crossing. The value is the first whole unit past it, or a
    thousandth of the range where that is finer. None when the sides cost the same everywhere.
    """
    points = [low + (high - low) * step / 32 for step in range(33)]
    signs = [_sign(difference(point)) for point in points]
    settled = next((sign for sign in signs if sign), 0)
    if settled == 0:
        return None
    first, second = names if settled > 0 else (names[1], names[0])
    for index in range(1, len(points)):
        if signs[index] == -settled:
            step = min(Decimal(1), (high - low) / 1000)
            value = _bisect(difference, points[index - 1], points[index], settled, step)
            return BreakEven(demand, value, first, second)
    return BreakEven(demand, None, first, first)


def _bisect(
    difference: Difference, low: Decimal, high: Decimal, sign: int, step: Decimal
) -> Decimal:
    while high - low > step:
        middle = (low + high) / 2
        if _sign(difference(middle)) == -sign:
            high = middle
        else:
            low = middle
    if step < 1:
        return (high / step).to_integral_value(ROUND_CEILING) * step
    return high.to_integral_value(ROUND_CEILING)


def _sign(value: Decimal) -> int:
    return (value > 0) - (value < 0)

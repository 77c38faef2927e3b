"""What each phase costs along a demand variable: the curve of the document.

Each point is what `outgrow cost --set users=N` would answer: only that variable and what is
derived from it changes; all else stays at what the phase expects.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from outgrow.analysis.costs.phase_costs import PhaseCosts, phase_costs
from outgrow.analysis.pricing.cost_line import Total
from outgrow.catalog.load import Catalog
from outgrow.strategy.fields import Range
from outgrow.strategy.strategy import Strategy
from outgrow.topology.what_if import WhatIf

USERS = "users"
_STEPS = 12
_WIDE = 20  # from this ratio on, steps grow by a factor instead of by a sum


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """What a phase costs a month at one value of the demand variable."""

    value: Decimal
    low: Total
    expected: Total
    high: Total


@dataclass(frozen=True, slots=True)
class PhaseCurve:
    """The curve of one phase over the range it serves, from its lowest value up.

    A phase that serves no range of the variable has one point, at what it expects; `open_end`
    says that the range has no upper end and the curve stops where it does for lack of one.
    """

    phase: str
    points: tuple[CurvePoint, ...]
    open_end: bool = False

    @property
    def at_least(self) -> bool:
        """Return whether a part of the price is unknown somewhere along the curve."""
        return any(point.expected.at_least for point in self.points)


def cost_curve(strategy: Strategy, catalog: Catalog, demand: str = USERS) -> tuple[PhaseCurve, ...]:
    """Return the curve of every phase that says anything about `demand`, in file order.

    `catalog` already carries the strategy's own offerings (`catalogue_for`).
    """
    curves = (_curve(strategy, catalog, phase, demand) for phase in strategy.phases)
    return tuple(curve for curve in curves if curve is not None)


def _curve(strategy: Strategy, catalog: Catalog, phase: str, demand: str) -> PhaseCurve | None:
    spec = strategy.phases[phase]
    served = spec.serves.get(demand)
    expected = spec.expects.get(demand)
    values: tuple[Decimal, ...]
    if served is None:
        if expected is None:
            return None
        values, open_end = (expected.likely,), False
    else:
        top = expected.likely if expected is not None else None
        values, open_end = _steps(served, top), served.high is None
    points = tuple(
        _point(value, phase_costs(strategy, catalog, phase, what_if=WhatIf(demand={demand: value})))
        for value in values
    )
    return PhaseCurve(phase, points, open_end)


def _point(value: Decimal, costs: PhaseCosts) -> CurvePoint:
    return CurvePoint(value, costs.low.total, costs.expected.total, costs.high.total)


def _steps(served: Range, expected: Decimal | None) -> tuple[Decimal, ...]:
    """Return a dozen values over `served`; an open range ends at twice what is expected.

    A range from zero begins at a twentieth of its end: nobody's cost is that of no users.
    """
    high = served.high
    if high is None:
        high = 2 * max(expected or Decimal(0), served.low, Decimal(1))
    low = served.low or max(high / _WIDE, Decimal(1))
    if high <= low:
        return (low,)
    factor = high / low
    steps = (
        low * factor ** (Decimal(step) / _STEPS)
        if factor >= _WIDE
        else low + (high - low) * step / _STEPS
        for step in range(_STEPS + 1)
    )
    return tuple(dict.fromkeys(_whole(value) for value in steps))


def _whole(value: Decimal) -> Decimal:
    return value.quantize(Decimal(1), ROUND_HALF_UP)

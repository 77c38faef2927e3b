"""The value of every demand variable in a phase, measured ones first, derived ones after."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from outgrow.strategy.demand import Demand
from outgrow.strategy.fields import Range, Spread, certain
from outgrow.strategy.phases import Phase
from outgrow.strategy.strategy import Strategy


def demand_of(
    strategy: Strategy, phase: Phase, given: Mapping[str, Decimal] | None = None
) -> dict[str, Spread | None]:
    """Return each demand variable's monthly figure in `phase`; None where nothing says.

    `given` values win over `expects`, which win over the range the phase serves. A derived
    variable is `base` + the sum of its rates times their variables, end by end.
    """
    values: dict[str, Spread | None] = {}
    for name in _all_names(strategy, phase, given or {}):
        _settle(name, strategy, phase, given or {}, values, ())
    return values


def _all_names(strategy: Strategy, phase: Phase, given: Mapping[str, Decimal]) -> list[str]:
    names = dict.fromkeys(strategy.demand)
    names.update(dict.fromkeys(phase.serves) | dict.fromkeys(phase.expects) | dict.fromkeys(given))
    return list(names)


def _settle(
    name: str,
    strategy: Strategy,
    phase: Phase,
    given: Mapping[str, Decimal],
    values: dict[str, Spread | None],
    waiting: tuple[str, ...],
) -> Spread | None:
    if name in values:
        return values[name]
    if name in waiting:  # references.py reports the cycle; here it is merely unknown
        return None
    stated = _stated(name, phase, given)
    variable = strategy.demand.get(name)
    if stated is None and variable is not None:
        parts = {
            driver: _settle(driver, strategy, phase, given, values, (*waiting, name))
            for driver in variable.per
        }
        stated = derive(variable, parts)
    values[name] = stated
    return stated


def _stated(name: str, phase: Phase, given: Mapping[str, Decimal]) -> Spread | None:
    if name in given:
        return certain(given[name])
    if name in phase.expects:
        return phase.expects[name]
    return middle_of(phase.serves[name]) if name in phase.serves else None


def middle_of(span: Range) -> Spread:
    """Return `span` as an estimate; an open end counts as its beginning, the only sure value."""
    high = span.high if span.high is not None else span.low
    return Spread(low=span.low, likely=(span.low + high) / 2, high=high)


def derive(variable: Demand, drivers: Mapping[str, Spread | None]) -> Spread | None:
    """Return the derived value of `variable`, or None when a driver is unknown."""
    if not variable.per:
        return variable.base if "base" in variable.model_fields_set else None
    low, likely, high = variable.base.low, variable.base.likely, variable.base.high
    for name, rate in variable.per.items():
        driver = drivers[name]
        if driver is None:
            return None
        low += rate.low * driver.low
        likely += rate.likely * driver.likely
        high += rate.high * driver.high
    return Spread(low=low, likely=likely, high=high)

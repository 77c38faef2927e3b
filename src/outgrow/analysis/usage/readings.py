"""What is known about a metric now: measured, estimated from what drives it, or unknown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from outgrow.analysis.figures import day, figure, spread
from outgrow.analysis.usage.usage import Series, Usage
from outgrow.strategy.demand import Demand
from outgrow.strategy.fields import Spread, certain
from outgrow.topology.demand import derive


@dataclass(frozen=True, slots=True)
class Reading:
    """The present value of a metric; `because` says where it comes from.

    Only a derived one has a spread, and it is as old as the oldest value it rests on.
    """

    metric: str
    value: Spread
    measured: bool
    as_of: datetime | None
    because: str


@dataclass(frozen=True, slots=True)
class Missing:
    """A metric that nobody measured: why it counts as unknown.

    `measure` says what to do about it, as far as the strategy names a place; or is empty.
    """

    metric: str
    because: str
    measure: str = ""


class Readings:
    """The usage up to `now`, read with the strategy's demand variables beside it."""

    def __init__(self, usage: Usage, demand: Mapping[str, Demand], now: datetime) -> None:
        self.now = now
        self._all = usage
        self._usage = usage.until(now)
        self._demand = demand
        self._read: dict[str, Reading | Missing] = {}

    def series(self, metric: str) -> Series | None:
        """Return the measured values up to now, or None."""
        return self._usage.get(metric)

    def all_series(self) -> Iterable[Series]:
        """Return every series, up to now."""
        return self._usage.values()

    def read(self, metric: str) -> Reading | Missing:
        """Return the newest measured value, else an estimate from measured drivers."""
        found = self._read.get(metric)
        if found is None:
            found = self._read[metric] = self._settle(metric, ())
        return found

    def first_of(self, metrics: tuple[str, ...]) -> Reading | Missing:
        """Return the first of `metrics` that was measured, else the first estimated one."""
        found = [self.read(metric) for metric in metrics]
        known = [one for one in found if isinstance(one, Reading)]
        measured = [one for one in known if one.measured]
        return (measured or known or found)[0]

    def measured_values(self) -> dict[str, Decimal]:
        """Return the newest measured value of every metric."""
        return self._usage.latest_values()

    def _settle(self, metric: str, waiting: tuple[str, ...]) -> Reading | Missing:
        series = self._usage.get(metric)
        if series is not None:
            moment, value = series.points[-1]
            where = f" ({series.source})" if series.source else ""
            because = f"{metric} = {figure(value)}, measured {day(moment)}{where}"
            return Reading(metric, certain(value), True, moment, because)
        variable = self._demand.get(metric)
        if variable is None or not variable.per or metric in waiting:
            return self._missing(metric, variable)
        return self._derived(metric, variable, (*waiting, metric))

    def _derived(
        self, metric: str, variable: Demand, waiting: tuple[str, ...]
    ) -> Reading | Missing:
        drivers = {name: self._settle(name, waiting) for name in variable.per}
        unknown = next((one for one in drivers.values() if isinstance(one, Missing)), None)
        if unknown is not None:
            own = self._missing(metric, variable)
            return Missing(metric, f"{own.because}, and {unknown.because}", own.measure)
        known = {name: one for name, one in drivers.items() if isinstance(one, Reading)}
        value = derive(variable, {name: one.value for name, one in known.items()})
        assert value is not None  # every driver is known
        dates = [one.as_of for one in known.values() if one.as_of is not None]
        formula = _formula(variable, known)
        return Reading(
            metric,
            value,
            False,
            min(dates, default=None),
            f"{metric} is estimated {spread(value)} = {formula}; it was not measured",
        )

    def _missing(self, metric: str, variable: Demand | None) -> Missing:
        because = f"no value for `{metric}`"
        if metric in self._all:
            because = f"every value for `{metric}` lies after {day(self.now)}"
        measured = variable.measured if variable else None
        if measured is None:
            return Missing(metric, because)
        query = f" ({measured.query})" if measured.query else ""
        return Missing(metric, because, f"measure it in {measured.system}{query}")


def _formula(variable: Demand, drivers: Mapping[str, Reading]) -> str:
    parts = [f"{spread(rate)} x {drivers[name].because}" for name, rate in variable.per.items()]
    if variable.base.high:
        parts.insert(0, spread(variable.base))
    return " + ".join(parts)


def why_missing(missing: Missing) -> str:
    """Return the sentence `unknown because no value for ...: measure it in ...`."""
    advice = f": {missing.measure}" if missing.measure else ""
    return f"unknown because {missing.because}{advice}"

"""Whether a figure is likely passed within some days: a condition that looks ahead."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from outgrow.analysis.figures import figure, length
from outgrow.analysis.forecast.forecast import Crossing, forecast
from outgrow.analysis.signals.comparison import Comparison
from outgrow.analysis.signals.outcome import Outcome, State, settled, unknown
from outgrow.analysis.signals.over_time import window_length
from outgrow.analysis.usage.readings import Missing, Reading
from outgrow.analysis.usage.usage import Series
from outgrow.strategy.signals import Condition


@dataclass(frozen=True, slots=True)
class Outlook:
    """A metric and the figure that it may pass soon, as of `now`."""

    reading: Reading
    series: Series | None
    comparison: Comparison
    now: datetime

    def judged(self, condition: Condition, because: str) -> Outcome:
        """Return whether the figure is passed already, or likely will be in time.

        It warns where only the early end of the forecast lies within the time. A record that
        is too short to look that far ahead leaves it unknown.
        """
        series, wanted = self.series, window_length(condition.within_days, None)
        assert wanted is not None
        if series is None:
            metric = self.reading.metric
            missing = Missing(metric, f"{metric} was never measured")
            return unknown(
                f"unknown because {metric} is only estimated, and an estimate has no record",
                condition,
                missing,
                because,
            )
        last = series.points[-1][1]
        value = f"{series.metric} is {figure(last)}"
        if self.comparison.state_of(last) is State.HOLDS:
            reason = f"{value}, {self.comparison.in_words(State.HOLDS)} already"
            return settled(State.HOLDS, reason, condition, because)
        made = forecast(series)
        if isinstance(made, str):
            return self._too_short(condition, f"{made}", because)
        crossing = made.crossing(self.comparison.threshold)
        return self._of(crossing, condition, value, wanted, because)

    def _of(
        self,
        crossing: Crossing,
        condition: Condition,
        value: str,
        wanted: timedelta,
        because: str,
    ) -> Outcome:
        assert self.series is not None
        until = self.now + wanted
        goal = self.comparison.in_words(State.HOLDS)
        told = f"{value}; {goal} within {length(wanted)}"
        because = "; ".join(part for part in (because, crossing.because) if part)
        if crossing.likely is not None and crossing.likely <= until:
            return settled(State.HOLDS, f"{told}: {crossing.in_words()}", condition, because)
        if crossing.earliest is not None and crossing.earliest <= until:
            return settled(State.WARN, f"{told}: {crossing.in_words()}", condition, because)
        seen = self.series.points[-1][0] + crossing.horizon
        if seen < until and crossing.earliest is None:
            ahead = f"the record lets one look ahead only {length(crossing.horizon)}"
            return self._too_short(condition, ahead, because)
        return settled(State.NO, f"{told}: {crossing.in_words()}", condition, because)

    def _too_short(self, condition: Condition, what: str, because: str) -> Outcome:
        missing = Missing(self.reading.metric, f"the record is too short ({what})")
        reason = f"unknown because the record is too short: {what}"
        return replace(unknown(reason, condition, missing), because=because)

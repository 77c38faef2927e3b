"""One comparison of a value: above, at least, below, at most, with its warning band."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from outgrow.analysis.figures import figure, percent
from outgrow.analysis.signals.outcome import State
from outgrow.strategy.signals import Condition

# Without a `warn` of its own, a metric is near an upper threshold from here on.
NEAR_SHARE = Decimal("0.9")
_WORDS = {
    "above": "above",
    "at_least": "at or above",
    "below": "below",
    "at_most": "at or below",
}
_NOT = {"above": "not above", "at_least": "below", "below": "not below", "at_most": "above"}


@dataclass(frozen=True, slots=True)
class Comparison:
    """A threshold in the metric's own unit; for a limit it is `share_of` times a share."""

    operator: str
    threshold: Decimal
    warn: Decimal | None
    share_of: Decimal | None = None

    def state_of(self, value: Decimal) -> State:
        """Return whether `value` passes the threshold, or has come into the warning band."""
        if self._passes(value):
            return State.HOLDS
        if self.warn is not None and (value >= self.warn if self._upward else value <= self.warn):
            return State.WARN
        return State.NO

    def in_words(self, state: State) -> str:
        """Return how a value in `state` stands to the threshold."""
        threshold = self._shown(self.threshold)
        if state is State.HOLDS:
            return f"{_WORDS[self.operator]} {threshold}"
        missed = f"{_NOT[self.operator]} {threshold}"
        if state is State.WARN and self.warn is not None:
            side = "at or above" if self._upward else "at or below"
            return f"{missed} still, but {side} the warning at {self._shown(self.warn)}"
        return missed

    @property
    def _upward(self) -> bool:
        return self.operator in ("above", "at_least")

    def _passes(self, value: Decimal) -> bool:
        if self.operator == "above":
            return value > self.threshold
        if self.operator == "at_least":
            return value >= self.threshold
        return value < self.threshold if self.operator == "below" else value <= self.threshold

    def _shown(self, threshold: Decimal) -> str:
        if not self.share_of:
            return figure(threshold)
        return f"{percent(threshold / self.share_of)} ({figure(threshold)})"


def comparison_of(condition: Condition, share_of: Decimal | None = None) -> Comparison | None:
    """Return the comparison `condition` writes, or None when it asks for a trend.

    With `share_of`, the thresholds are shares of that limit.
    """
    for operator in _WORDS:
        written: Decimal | None = getattr(condition, operator)
        if written is not None:
            scale = Decimal(1) if share_of is None else share_of
            warn = condition.warn
            if warn is None and condition.metric is not None and operator in ("above", "at_least"):
                warn = written * NEAR_SHARE if written > 0 else None
            return Comparison(
                operator, written * scale, None if warn is None else warn * scale, share_of
            )
    return None

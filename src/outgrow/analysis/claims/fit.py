"""How far a real figure lies from a stated one."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum

from outgrow.analysis.claims.judgement import Figure, Verdict
from outgrow.strategy.fields import Range

_TWICE = 2


class Fit(StrEnum):
    """Where a real figure lies relative to the stated one, widened by its tolerance."""

    WITHIN = "within"
    PARTLY = "partly"  # the two ranges overlap, and the real one is wider
    NEAR = "near"
    BELOW = "below"
    ABOVE = "above"
    UNKNOWN = "unknown"

    @property
    def holds(self) -> bool | None:
        """Return whether the statement is true at all; None when nobody knows."""
        return None if self is Fit.UNKNOWN else self in (Fit.WITHIN, Fit.PARTLY)


VERDICTS = {
    Fit.WITHIN: Verdict.HOLDS,
    Fit.PARTLY: Verdict.HOLDS_IF,
    Fit.NEAR: Verdict.NEAR,
    Fit.BELOW: Verdict.DOES_NOT_HOLD,
    Fit.ABOVE: Verdict.DOES_NOT_HOLD,
    Fit.UNKNOWN: Verdict.UNKNOWN,
}


def fit(stated: Range, real: Figure, tolerance: Decimal) -> Fit:
    """Return where `real` lies: both ends of `stated` give way by the share `tolerance`.

    A real figure that is only "at least" can be too much, but never shown to fit.
    """
    low, high = _widened(stated, tolerance)
    if high is not None and real.low > high:
        return _near_or(Fit.ABOVE, stated, real, tolerance)
    if real.high is None:
        return Fit.UNKNOWN
    if real.high < low:
        return _near_or(Fit.BELOW, stated, real, tolerance)
    inside = low <= real.low and (high is None or real.high <= high)
    return Fit.WITHIN if inside else Fit.PARTLY


def _near_or(far: Fit, stated: Range, real: Figure, tolerance: Decimal) -> Fit:
    low, high = _widened(stated, tolerance * _TWICE)
    if far is Fit.BELOW:
        return Fit.NEAR if real.high is not None and real.high >= low else far
    within = high is not None and real.low <= high and real.high is not None
    return Fit.NEAR if within else far


def _widened(stated: Range, tolerance: Decimal) -> tuple[Decimal, Decimal | None]:
    high = None if stated.high is None else stated.high * (1 + tolerance)
    return stated.low * (1 - tolerance), high

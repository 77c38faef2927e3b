"""Money lost by waiting, or by moving too early, as far as it can be computed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from outgrow.analysis.figures import day, figure
from outgrow.analysis.signals.outcome import State
from outgrow.analysis.status.crossings import Reached
from outgrow.analysis.status.headroom import Headroom
from outgrow.analysis.status.totals import PhaseTotal, in_words
from outgrow.strategy.strategy import Finance
from outgrow.units import DAYS_PER_MONTH, format_usd, to_cents

_SECONDS_PER_DAY = 86_400
_NAMED = 3


class Bound(StrEnum):
    """How sure an amount is, when parts of a bill are unknown."""

    EXACT = "exact"
    AT_LEAST = "at least"
    AT_MOST = "at most"


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in USD and how it was computed; None with the reason why it is unknown.

    `per` is `once` or `month`; `usd_hour_down` what each hour of an outage costs, if stated.
    """

    amount_usd: Decimal | None
    per: str
    because: str
    bound: Bound = Bound.EXACT
    usd_hour_down: Decimal | None = None


def lost_by_moving_early(
    now: datetime, current: PhaseTotal, following: PhaseTotal, first: Reached | None
) -> Money:
    """Return what moving today costs over moving at the first crossing.

    The difference of the two monthly bills, times the months until then.
    """
    moment = first.crossing.likely if first and first.crossing else None
    difference = following.expected.amount_usd_month - current.expected.amount_usd_month
    bills = f"{in_words(following.expected)} - {in_words(current.expected)} a month"
    if first is None or moment is None:
        why = "nothing says when the phase will be outgrown"
        more = f"each month early costs {_difference(current, following)}"
        return Money(None, "once", f"unknown because {why}; {more}")
    if current.expected.at_least and following.expected.at_least:
        return Money(None, "once", f"unknown because both bills have unknown parts: {bills}")
    months = Decimal(str((moment - now).total_seconds())) / _SECONDS_PER_DAY / DAYS_PER_MONTH
    if months <= 0:
        return Money(Decimal(0), "once", f"{first.name} is due since {day(moment)}: not early")
    amount = to_cents(difference * months)
    because = f"({bills}) x {figure(months.quantize(Decimal('0.1')))} months until {first.name}"
    because += f" is reached, likely {day(moment)}"
    if amount <= 0 and following.expected.at_least:
        return Money(None, "once", f"unknown because the next bill has unknown parts: {because}")
    if amount <= 0:
        return Money(Decimal(0), "once", f"{because}: the next phase costs no more")
    return Money(amount, "once", because, _bound(current, following))


def lost_by_waiting(
    finance: Finance,
    current: PhaseTotal,
    as_priced: PhaseTotal,
    headroom: tuple[Headroom, ...],
    cheaper: PhaseTotal | None,
) -> Money:
    """Return what staying costs: a phase too large, use above what is included, an outage.

    `as_priced` is the current phase at the demand it expects, `cheaper` a smaller phase
    that the measured demand fits.
    """
    if cheaper is not None:
        return _too_large(current, cheaper)
    full = [one for one in headroom if one.hard and one.state is State.HOLDS]
    if full:
        return _outage(finance, full)
    over = [one for one in headroom if not one.hard and one.state is State.HOLDS]
    if over:
        return _overage(current, as_priced, over)
    unmeasured = [one.name for one in headroom if one.state is State.UNKNOWN]
    if unmeasured:
        why = f"there is no sure figure for {_some(unmeasured)}"
        return Money(None, "month", f"unknown because {why}; none of the other limits is full")
    return Money(Decimal(0), "month", "no limit is full and no included amount is used up")


def _difference(current: PhaseTotal, following: PhaseTotal) -> str:
    """Return what `following` costs more a month, in words; how sure, when a bill is not whole."""
    amount = following.expected.amount_usd_month - current.expected.amount_usd_month
    if current.expected.at_least and following.expected.at_least:
        return "an unknown difference: both bills have unknown parts"
    bound = _bound(current, following)
    sure = "" if bound is Bound.EXACT else f"{bound.value} "
    return f"{sure}{format_usd(amount)}" if amount > 0 else "nothing more"


def _some(names: list[str]) -> str:
    """Return up to three names and how many more there are."""
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def _too_large(current: PhaseTotal, cheaper: PhaseTotal) -> Money:
    bills = f"{in_words(current.expected)} - {in_words(cheaper.expected)} a month"
    if current.expected.at_least and cheaper.expected.at_least:
        return Money(None, "month", f"unknown because both bills have unknown parts: {bills}")
    amount = current.expected.amount_usd_month - cheaper.expected.amount_usd_month
    because = f"{cheaper.phase} fits the measured demand: {bills}"
    return Money(max(amount, Decimal(0)), "month", because, _bound(cheaper, current))


def _outage(finance: Finance, full: list[Headroom]) -> Money:
    names = ", ".join(one.name for one in full)
    price = finance.downtime_usd_hour
    if price is None:
        why = "finance/downtime_usd_hour does not say what an hour of outage costs"
        return Money(None, "month", f"unknown because {names} is full and {why}")
    because = (
        f"unknown because nobody knows for how long {names} will refuse work; "
        f"each hour costs {format_usd(price)} (finance/downtime_usd_hour)"
    )
    return Money(None, "month", because, usd_hour_down=price)


def _overage(current: PhaseTotal, as_priced: PhaseTotal, over: list[Headroom]) -> Money:
    names = ", ".join(one.name for one in over)
    amount = current.expected.amount_usd_month - as_priced.expected.amount_usd_month
    bills = f"{in_words(current.expected)} as measured - {in_words(as_priced.expected)} as planned"
    if current.expected.at_least and as_priced.expected.at_least:
        why = f"{names} is used up, but both bills have unknown parts: {bills}"
        return Money(None, "month", f"unknown because {why}")
    because = f"{names} is used up: {bills}"
    return Money(max(amount, Decimal(0)), "month", because, _bound(as_priced, current))


def _bound(subtracted: PhaseTotal, from_this: PhaseTotal) -> Bound:
    if subtracted.expected.at_least:
        return Bound.AT_MOST
    return Bound.AT_LEAST if from_this.expected.at_least else Bound.EXACT

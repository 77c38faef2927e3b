"""Figures in words: money, ranges, durations, conditions, as a reader wants them."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Context, Decimal

from outgrow.analysis.costs.phase_costs import PhaseCosts
from outgrow.analysis.pricing.cost_line import Total
from outgrow.strategy.fields import Range, Spread
from outgrow.strategy.signals import Condition
from outgrow.units import format_number, format_usd, round_to

NOTHING = "–"
AT_LEAST = "≥ "
_HUNDRED = Decimal(100)
_THREE_DIGITS = Context(prec=3)
_FOUR_DIGITS = Context(prec=4)
_UNITS = ((86_400, "day", "days"), (3_600, "h", "h"), (60, "min", "min"))


def total_words(total: Total) -> str:
    """Return `$12.00`, `≥ $12.00` when a part is unknown, `unknown` when all of it is."""
    if total.at_least and total.amount_usd_month == 0:
        return "unknown"
    return f"{AT_LEAST if total.at_least else ''}{format_usd(total.amount_usd_month)}"


def short_usd(amount_usd: Decimal) -> str:
    """Return an amount without cents from 100 dollars on, and for whole dollars."""
    if abs(amount_usd) >= _HUNDRED or amount_usd == amount_usd.to_integral_value():
        return f"${amount_usd.quantize(Decimal(1), ROUND_HALF_UP):,}"
    return format_usd(amount_usd)


def short_total(total: Total) -> str:
    """Return a total for a diagram or an overview: no cents from 100 dollars on."""
    if total.at_least and total.amount_usd_month == 0:
        return "unknown"
    return f"{AT_LEAST if total.at_least else ''}{short_usd(total.amount_usd_month)}"


def cost_range(costs: PhaseCosts) -> str:
    """Return the low and the high bill, one figure where they agree."""
    return cost_range_of(costs.low.total, costs.high.total)


def cost_range_of(low: Total, high: Total) -> str:
    """Return two totals as a range."""
    if short_total(low) == short_total(high):
        return short_total(high)
    if low.amount_usd_month == high.amount_usd_month == 0:
        return "unknown"
    ends = f"{short_usd(low.amount_usd_month)} – {short_usd(high.amount_usd_month)}"
    return f"{AT_LEAST}{ends}" if low.at_least or high.at_least else ends


def number(value: Decimal | int | None) -> str:
    """Return a number with thousands separators: three decimals, below one four digits."""
    if value is None:
        return "unknown"
    exact = Decimal(value)
    return format_number(_FOUR_DIGITS.plus(exact) if abs(exact) < 1 else round_to(exact, 3))


def span(value: Range, unit: str = "") -> str:
    """Return `1,000–10,000 users`, or `100,000 users and more` for an open range."""
    after = f" {unit}" if unit else ""
    if value.high is None:
        return f"{number(value.low)}{after} and more"
    if value.high == value.low:
        return f"{number(value.low)}{after}"
    return f"{number(value.low)}–{number(value.high)}{after}"


def spread(value: Spread | None, unit: str = "") -> str:
    """Return the likely figure, with its ends where they differ; an estimate is rounded."""
    after = f" {unit}" if unit else ""
    if value is None:
        return "unknown"
    if value.low == value.high:
        return f"{number(value.likely)}{after}"
    return f"{rough(value.likely)}{after} ({rough(value.low)}–{rough(value.high)})"


def rough(value: Decimal) -> str:
    """Return a figure to three digits, or whole from a thousand on: 160,903, 4.02, 0.402."""
    if abs(value) >= 1000:
        return number(value.quantize(Decimal(1), ROUND_HALF_UP))
    return format_number(_THREE_DIGITS.plus(value))


def usd_span(value: Range) -> str:
    """Return a range of money: `$25 – $50`."""
    if value.high is None:
        return f"from {short_usd(value.low)}"
    if value.high == value.low:
        return short_usd(value.low)
    return f"{short_usd(value.low)} – {short_usd(value.high)}"


def usd_spread(value: Spread) -> str:
    """Return an estimate of money."""
    if value.low == value.high:
        return short_usd(value.likely)
    return f"{short_usd(value.likely)} ({short_usd(value.low)} – {short_usd(value.high)})"


def percent(share: Decimal) -> str:
    """Return a share as a percentage: `4.8 %`."""
    return f"{format_number(round_to(share * _HUNDRED, 1))} %"


def duration(seconds: Decimal) -> str:
    """Return seconds in the largest unit that keeps the figure whole: `5 min`, `7 days`."""
    for size, one, several in _UNITS:
        if seconds >= size and seconds % size == 0:
            count = seconds / size
            return f"{number(count)} {one if count == 1 else several}"
    return f"{number(seconds)} s"


def durations(value: Range) -> str:
    """Return a range of seconds: `30–60 s`."""
    if value.high is None:
        return f"{duration(value.low)} and more"
    return duration(value.low) if value.low == value.high else f"{span(value)} s"


def words(name: str) -> str:
    """Return a name of the file as words: `blue_green`, `requests_month` (requests a month)."""
    for ending, said in (("_month", " a month"), ("_day", " a day"), ("_gb", " in GB")):
        if name.endswith(ending):
            return name.removesuffix(ending).replace("_", " ") + said
    return name.replace("_", " ")


def listing(names: Iterable[str]) -> str:
    """Return names with commas, or a dash when there are none."""
    return ", ".join(names) or NOTHING


def yes_no(value: bool | None) -> str:
    """Return `yes`, `no`, or a dash when nobody says."""
    return NOTHING if value is None else ("yes" if value else "no")


def warn_words(condition: Condition) -> str:
    """Return where the warning bands of a condition begin: `users at 800`; empty without any."""
    return ", ".join(dict.fromkeys(_warnings(condition)))


def _warnings(condition: Condition) -> Iterable[str]:
    for child in (condition.any or []) + (condition.all or []) + (condition.of or []):
        yield from _warnings(child)
    if condition.warn is not None:
        share = condition.limit is not None
        subject = condition.limit or condition.metric or condition.rate_of
        level = percent(condition.warn) if share else number(condition.warn)
        yield f"{subject} at {level}"

"""What the bill means for the business: share of revenue, cost per user, labour beside it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from outgrow.analysis.costs.phase_costs import CostReport
from outgrow.strategy.fields import Spread
from outgrow.strategy.strategy import Finance
from outgrow.topology.model import at_level
from outgrow.topology.prices import REVENUE
from outgrow.units import to_cents

USERS = "users"


@dataclass(frozen=True, slots=True)
class Economics:
    """Each None says that the strategy gives no basis for it, in `because`.

    `within_share` is also None when it depends: on the revenue, or on what is unknown of the
    bill. A share is "at least" when the bill is.
    """

    users: Decimal | None
    revenue_usd_month: Spread | None
    cost_per_user_usd_month: Decimal | None
    revenue_share_low: Decimal | None
    revenue_share_high: Decimal | None
    within_share: bool | None
    because: str


def economics_of(report: CostReport, finance: Finance) -> Economics:
    """Return cost per user and share of revenue at the demand the bill was priced at.

    Revenue is the demand variable `revenue_usd_month`, or users times `arpu_usd_month`.
    The share's low end is cost over the highest revenue; without any revenue there is none.
    """
    users = _at_level(report, USERS)
    revenue = revenue_of(report, finance)
    cost = report.total.amount_usd_month
    low = cost / revenue.high if revenue and revenue.high else None
    high = cost / revenue.low if revenue and revenue.low else None
    return Economics(
        users=users,
        revenue_usd_month=revenue,
        cost_per_user_usd_month=to_cents(cost / users) if users else None,
        revenue_share_low=low,
        revenue_share_high=high,
        within_share=_within(finance.revenue_share_max, low, high, report.total.at_least),
        because="" if revenue else "no revenue_usd_month demand and no finance.arpu_usd_month",
    )


def _within(
    limit: Decimal | None, low: Decimal | None, high: Decimal | None, at_least: bool
) -> bool | None:
    """Return whether cost stays within `limit` of any revenue, None where it depends."""
    if limit is None or low is None:
        return None
    if low > limit:
        return False
    return True if high is not None and high <= limit and not at_least else None


def revenue_of(report: CostReport, finance: Finance) -> Spread | None:
    """Return the monthly revenue of the phase, measured or from users and ARPU."""
    measured = report.topology.demand.get(REVENUE)
    if measured is not None:
        return measured
    users = report.topology.demand.get(USERS)
    if users is None or finance.arpu_usd_month is None:
        return None
    arpu = finance.arpu_usd_month
    return Spread(
        low=users.low * arpu.low, likely=users.likely * arpu.likely, high=users.high * arpu.high
    )


def _at_level(report: CostReport, name: str) -> Decimal | None:
    spread = report.topology.demand.get(name)
    return None if spread is None else at_level(spread, report.level)

"""What the things a claim names really cost a month."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from outgrow.analysis.claims.evidence import Evidence
from outgrow.analysis.claims.judgement import Figure
from outgrow.analysis.pricing.cost_line import CostLine, LineKind, Total, total_of
from outgrow.analysis.pricing.parse_item import parse_item
from outgrow.analysis.pricing.services import SERVICES, price_item
from outgrow.catalog.offering import Offering
from outgrow.catalog.tariff import Per
from outgrow.errors import InvalidItem
from outgrow.strategy.claims import ClaimItem
from outgrow.units import format_number

TARIFF = "tariff"
_NOTHING = Decimal(0)
Written = dict[str, object]


@dataclass(frozen=True, slots=True)
class Cost:
    """A monthly cost or range, and the lines of its upper end."""

    figure: Figure
    lines: tuple[CostLine, ...] = ()

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.figure + other.figure, self.lines + other.lines)


FREE = Cost(Figure(_NOTHING, _NOTHING))


def cost_of_items(items: Iterable[ClaimItem], evidence: Evidence) -> Cost:
    """Return the sum of `items`, at both ends of their counts."""
    return sum((cost_of_item(item, evidence) for item in items), FREE)


def cost_of_item(item: ClaimItem, evidence: Evidence) -> Cost:
    """Return what `item` costs; what cannot be priced makes the figure "at least"."""
    few = item_lines(item, evidence, item.count.low)
    if item.count.high is None:
        return Cost(Figure(total_of(few).amount_usd_month, None), few)
    if item.count.high == item.count.low:
        return Cost(figure_of(total_of(few)), few)
    many = item_lines(item, evidence, item.count.high)
    low, high = figure_of(total_of(few)), figure_of(total_of(many))
    return Cost(Figure(low.low, high.high), many)


def figure_of(total: Total) -> Figure:
    """Return `total` as a figure, open upwards when a part of it is unknown."""
    amount = total.amount_usd_month
    return Figure(amount, None if total.at_least else amount)


def item_lines(
    item: ClaimItem,
    evidence: Evidence,
    count: Decimal,
    terms: Mapping[str, object] | None = None,
) -> tuple[CostLine, ...]:
    """Return the lines of `count` of `item`; one unknown line when it cannot be priced.

    `terms` (`hours_month`, `reserved`) replace what the item's own parameters say.
    """
    try:
        written = written_item(item, evidence) | {"count": count} | dict(terms or {})
        return price_item(parse_item(written), evidence.catalog).lines
    except InvalidItem as error:
        return (_unknown(item, "; ".join(one.reason for one in error.diagnostics)),)


def exact_usd(lines: Iterable[CostLine]) -> Decimal | None:
    """Return the sum of the charges before rounding to cents; None when one is unknown."""
    total = _NOTHING
    for line in lines:
        if line.kind is not LineKind.CHARGE:
            continue
        if line.quantity is None or line.unit_price_usd is None:
            return None
        total += line.quantity * line.unit_price_usd
    return total


def describe(items: Iterable[ClaimItem]) -> str:
    """Return the items as a reader would list them: `2 x aws/ec2/t3.medium (disk_gb 50), ...`."""
    return ", ".join(_describe(item) for item in items)


def written_item(item: ClaimItem, evidence: Evidence) -> Written:
    """Return what `parse_item` reads for `item`; raise InvalidItem for an unknown offering."""
    place: Written = {"region": evidence.strategy.region}
    if item.service is not None:
        return {**place, "service": item.service, **item.parameters}
    offering = evidence.offering(item.offering or "")
    if offering is None or offering.service not in SERVICES:
        return place | {"service": TARIFF, "offering": item.offering, "usage": {}}
    if offering.service == TARIFF:
        return place | _tariff(item, offering)
    fields = SERVICES[offering.service].item.model_fields
    sized: Written = {"size": offering.sku} if "size" in fields and offering.sku else {}
    engine: Written = {"engine": _engine(offering)} if "engine" in fields else {}
    named: Written = {"service": offering.service, **sized, **engine}
    return {**place, **named, **item.parameters}


def _tariff(item: ClaimItem, offering: Offering) -> Written:
    """Return a plan's item; a meter that the document does not mention is not used.

    Unlike in a strategy, where an unmentioned meter is unknown: a document that says
    "Railway Pro, $20" states the price of the plan, and its omissions have their own list.
    """
    fields = SERVICES[TARIFF].item.model_fields
    charges = offering.tariff.charges if offering.tariff else ()
    usage: Written = {one.meter: _NOTHING for one in charges if one.per is Per.USE}
    usage.update({name: value for name, value in item.parameters.items() if name not in fields})
    own = {name: value for name, value in item.parameters.items() if name in fields}
    return {"service": TARIFF, "offering": offering.id, "usage": usage, **own}


def _engine(offering: Offering) -> str:
    return "valkey" if "valkey" in offering.id else "redis"


def _unknown(item: ClaimItem, reason: str) -> CostLine:
    name = item.offering or item.service or ""
    return CostLine(name, None, "month", None, None, None, formula=f"cannot be priced: {reason}")


def _describe(item: ClaimItem) -> str:
    name = item.offering or item.service or ""
    count = "" if str(item.count) == "1" else f"{item.count} x "
    said = ", ".join(f"{key} {_value(value)}" for key, value in item.parameters.items())
    return f"{count}{name} ({said})" if said else f"{count}{name}"


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return format_number(value) if isinstance(value, Decimal) else str(value)

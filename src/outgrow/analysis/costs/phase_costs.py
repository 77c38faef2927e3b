"""What a phase costs a month, resource by resource and line by line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from outgrow.analysis.costs.resource_items import loads_at, written_items
from outgrow.analysis.pricing.allowances import share_allowances
from outgrow.analysis.pricing.cost_line import CostLine, LineKind, PricedItem, Total, total_of
from outgrow.analysis.pricing.parse_item import parse_item
from outgrow.analysis.pricing.services import price_item
from outgrow.analysis.pricing.tariff_item import TariffItem, tariff_lines
from outgrow.catalog.load import Catalog
from outgrow.errors import InvalidItem
from outgrow.strategy.offerings import Price
from outgrow.strategy.strategy import Finance, Strategy
from outgrow.topology.model import Level, Resource, Topology, add_spreads, at_level
from outgrow.topology.prices import REVENUE, tariff_of
from outgrow.topology.resolve import resolve
from outgrow.topology.what_if import WhatIf
from outgrow.units import WEEKS_PER_MONTH, to_cents

_SEAT = Decimal(1)


@dataclass(frozen=True, slots=True)
class ResourceCost:
    """What one resource costs a month."""

    resource: Resource
    lines: tuple[CostLine, ...]

    @property
    def total(self) -> Total:
        """Return the list price of the resource."""
        return total_of(self.lines)


@dataclass(frozen=True, slots=True)
class CostReport:
    """The bill of a topology at one level.

    `labour_usd_month` stands beside the bill, never in it; None when no wage or hours are
    stated.
    """

    topology: Topology
    level: Level
    resources: tuple[ResourceCost, ...]
    extras: tuple[CostLine, ...]
    labour_usd_month: Decimal | None

    @property
    def lines(self) -> tuple[CostLine, ...]:
        """Return every line of the bill."""
        of_resources = (line for cost in self.resources for line in cost.lines)
        return (*of_resources, *self.extras)

    @property
    def total(self) -> Total:
        """Return the list price; "at least" when a line is unknown."""
        return total_of(self.lines)

    @property
    def allowances_usd_month(self) -> Decimal:
        """Return what the accounts' free allowances take off, as a positive amount."""
        return -_sum_of(self.lines, LineKind.ALLOWANCE)

    @property
    def once_usd(self) -> Decimal:
        """Return what is paid once (negative: a credit)."""
        return _sum_of(self.lines, LineKind.ONCE)

    def of(self, component: str) -> Total:
        """Return what `component` costs in all its regions."""
        lines = [
            line
            for cost in self.resources
            if cost.resource.component == component
            for line in cost.lines
        ]
        return total_of(lines)


@dataclass(frozen=True, slots=True)
class PhaseCosts:
    """The bill at the fewest instances and least demand, as expected, and at the most."""

    low: CostReport
    expected: CostReport
    high: CostReport

    def at(self, level: Level) -> CostReport:
        """Return the bill at `level`."""
        return {Level.LOW: self.low, Level.HIGH: self.high}.get(level, self.expected)


def phase_costs(
    strategy: Strategy,
    catalog: Catalog,
    phase: str,
    environment: str | None = None,
    what_if: WhatIf | None = None,
) -> PhaseCosts:
    """Return what `phase` costs in `environment`, at every level.

    `catalog` already carries the strategy's own offerings (`catalogue_for`).
    """
    topology = resolve(strategy, catalog, phase, environment, what_if)
    low, expected, high = (
        cost_of(topology, catalog, strategy.finance, level)
        for level in (Level.LOW, Level.EXPECTED, Level.HIGH)
    )
    return PhaseCosts(low, expected, high)


def cost_of(
    topology: Topology, catalog: Catalog, finance: Finance, level: Level = Level.EXPECTED
) -> CostReport:
    """Return the bill of `topology` at `level`; never raises, what cannot be priced is unknown."""
    priced = [
        replace(price_resource(billed, catalog, finance, level), resource=resource)
        if (billed := _as_billed(resource, topology))
        else ResourceCost(resource, ())
        for resource in topology.resources
    ]
    shared = share_allowances(
        [PricedItem(cost.resource.component, "", cost.lines) for cost in priced], catalog
    )
    resources = tuple(
        replace(cost, lines=item.lines) for cost, item in zip(priced, shared, strict=True)
    )
    extras = tuple(_extra_lines(topology, finance, level))
    return CostReport(topology, level, resources, extras, _labour(topology, finance, level))


def _as_billed(resource: Resource, topology: Topology) -> Resource | None:
    """Return `resource` with all usage that is on its bill; None when it is on another's.

    That is the usage of its parts and, for a share of revenue, the revenue.
    """
    if topology.is_part(resource):
        return None
    usage = dict(resource.usage)
    for part in topology.resources:
        if part is not resource and topology.billed_with(part) is resource:
            for meter, spread in part.usage.items():
                usage[meter] = add_spreads(usage[meter], spread) if meter in usage else spread
    if resource.price is not None and resource.price.share_of_revenue is not None:
        usage.setdefault(REVENUE, topology.demand.get(REVENUE))
    return resource if usage == resource.usage else replace(resource, usage=usage)


def _extra_lines(topology: Topology, finance: Finance, level: Level) -> Iterator[CostLine]:
    revenue = topology.demand.get(REVENUE)
    usage = {REVENUE: None if revenue is None else at_level(revenue, level)}
    item = TariffItem.model_construct(offering="", usage=usage)
    for extra in topology.extra_costs:
        for line in _own_price(extra.price, finance, level, item, extra.name):
            yield line._replace(name=f"{extra.name}: {line.name}")


def price_resource(
    resource: Resource, catalog: Catalog, finance: Finance, level: Level
) -> ResourceCost:
    """Return the lines of one resource at `level`."""
    if resource.price is not None:
        return ResourceCost(resource, _stated_lines(resource, finance, level))
    if resource.offering is None:
        return ResourceCost(resource, (_unknown(resource, _why_unknown(resource)),))
    if resource.commitment is not None and resource.commitment.payment != "no_upfront":
        why = f"no source has prices for {resource.commitment.payment}; no_upfront has one"
        return ResourceCost(resource, (_unknown(resource, why),))
    lines: list[CostLine] = []
    for written in written_items(resource, level):
        try:
            lines += price_item(parse_item(written), catalog).lines
        except InvalidItem as error:
            reasons = "; ".join(one.reason for one in error.diagnostics)
            lines.append(_unknown(resource, f"cannot be priced: {reasons}"))
    return ResourceCost(resource, tuple(lines))


def _stated_lines(resource: Resource, finance: Finance, level: Level) -> tuple[CostLine, ...]:
    assert resource.price is not None
    where = "/".join(str(part) for part in resource.path)
    lines: tuple[CostLine, ...] = ()
    for load in loads_at(resource, level):
        # Unchecked: the bounds of a price list's items are narrower than those of a strategy.
        item = TariffItem.model_construct(
            offering=resource.offering_id,
            count=Decimal(load.count),
            hours_month=load.hours_month,
            seats=_SEAT if resource.seats is None else Decimal(resource.seats),
            usage=load.usage,
        )
        lines += _own_price(resource.price, finance, level, item, where)
    return lines


def _own_price(
    price: Price, finance: Finance, level: Level, item: TariffItem, where: str
) -> tuple[CostLine, ...]:
    return tuple(tariff_lines(tariff_of(price, finance, level, f"the strategy, {where}"), item))


def _unknown(resource: Resource, why: str) -> CostLine:
    return CostLine(resource.component, None, "month", None, None, None, formula=why)


def _why_unknown(resource: Resource) -> str:
    if resource.offering_id or not resource.runs_on:
        return f"no offering {resource.offering_id!r} in the catalogue"
    return f"runs on {resource.runs_on!r}, which is not here"


def _labour(topology: Topology, finance: Finance, level: Level) -> Decimal | None:
    """Return the price of the team's hours: those of the phase, and those written in prices."""
    written = topology.labour_hours_week
    hours = [at_level(written, level)] if written is not None else []
    prices = {resource.component: resource.price for resource in topology.resources}
    for price in (*prices.values(), *(extra.price for extra in topology.extra_costs)):
        if price is not None and price.labour_hours_week is not None:
            hours.append(price.labour_hours_week)
    if not hours or finance.labour_usd_hour is None:
        return None
    return to_cents(sum(hours, Decimal(0)) * WEEKS_PER_MONTH * finance.labour_usd_hour)


def _sum_of(lines: Iterable[CostLine], kind: LineKind) -> Decimal:
    amounts = (line.amount_usd_month for line in lines if line.kind is kind)
    return sum((amount for amount in amounts if amount is not None), Decimal(0))

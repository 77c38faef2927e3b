"""What a phase costs a month, resource by resource and line by line."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from outgrow.analysis.pricing.allowances import share_allowances
from outgrow.analysis.pricing.cost_line import CostLine, LineKind, PricedItem, Total, total_of
from outgrow.analysis.pricing.parse_item import parse_item
from outgrow.analysis.pricing.services import price_item
from outgrow.analysis.pricing.tariff_item import TariffItem, tariff_lines
from outgrow.analysis.resource_items import usage_at, written_items
from outgrow.catalog.load import Catalog
from outgrow.errors import InvalidItem
from outgrow.strategy.offerings import Price
from outgrow.strategy.strategy import Finance, Strategy
from outgrow.topology.model import Level, Resource, Topology, at_level
from outgrow.topology.prices import tariff_of
from outgrow.topology.resolve import resolve
from outgrow.topology.what_if import WhatIf
from outgrow.units import WEEKS_PER_MONTH, to_cents

REVENUE = "revenue_usd_month"
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
        ResourceCost(resource, ())
        if topology.is_part(resource)
        else price_resource(resource, catalog, finance, level)
        for resource in topology.resources
    ]
    shared = share_allowances(
        [PricedItem(cost.resource.component, "", cost.lines) for cost in priced], catalog
    )
    resources = tuple(
        replace(cost, lines=item.lines) for cost, item in zip(priced, shared, strict=True)
    )
    revenue = topology.demand.get(REVENUE)
    usage = {REVENUE: None if revenue is None else at_level(revenue, level)}
    extras = tuple(
        replace(line, name=f"{extra.name}: {line.name}")
        for extra in topology.extra_costs
        for line in _own_price(
            extra.price, finance, level, TariffItem(offering=extra.name, usage=usage), extra.name
        )
    )
    return CostReport(topology, level, resources, extras, _labour(topology, finance, level))


def price_resource(
    resource: Resource, catalog: Catalog, finance: Finance, level: Level
) -> ResourceCost:
    """Return the lines of one resource at `level`."""
    if resource.price is not None:
        return ResourceCost(resource, _stated_lines(resource, finance, level))
    if resource.offering is None:
        return ResourceCost(resource, () if resource.runs_on else (_unknown(resource),))
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
    item = TariffItem(
        offering=resource.offering_id or resource.component,
        count=Decimal(resource.instances.at(level)),
        hours_month=resource.hours_month,
        seats=_SEAT if resource.seats is None else Decimal(resource.seats),
        usage=usage_at(resource, level),
    )
    where = "/".join(str(part) for part in resource.path)
    return _own_price(resource.price, finance, level, item, where)


def _own_price(
    price: Price, finance: Finance, level: Level, item: TariffItem, where: str
) -> tuple[CostLine, ...]:
    return tuple(tariff_lines(tariff_of(price, finance, level, f"the strategy, {where}"), item))


def _unknown(resource: Resource, why: str = "") -> CostLine:
    reason = why or f"no offering {resource.offering_id!r} in the catalogue"
    return CostLine(resource.component, None, "month", None, None, None, formula=reason)


def _labour(topology: Topology, finance: Finance, level: Level) -> Decimal | None:
    hours = topology.labour_hours_week
    if hours is None or finance.labour_usd_hour is None:
        return None
    return to_cents(at_level(hours, level) * WEEKS_PER_MONTH * finance.labour_usd_hour)


def _sum_of(lines: Iterable[CostLine], kind: LineKind) -> Decimal:
    amounts = (line.amount_usd_month for line in lines if line.kind is kind)
    return sum((amount for amount in amounts if amount is not None), Decimal(0))

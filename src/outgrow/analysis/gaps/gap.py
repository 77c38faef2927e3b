"""A thing the plan leaves out, with what it costs at the least."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal

from outgrow.analysis.costs.resource_items import written_items
from outgrow.analysis.pricing.cost_line import CostLine, Total, total_of
from outgrow.analysis.pricing.parse_item import parse_item
from outgrow.analysis.pricing.services import price_item
from outgrow.catalog.load import Catalog
from outgrow.diagnostics import Path
from outgrow.errors import InvalidItem
from outgrow.strategy.components import ComponentKind
from outgrow.strategy.strategy import Strategy
from outgrow.topology.model import Level, Resource, Topology
from outgrow.units import HOURS_PER_MONTH


@dataclass(frozen=True, slots=True)
class Gap:
    """One omission: why it will be billed, what it costs, and what to write to close it.

    `lines` price it; a line whose quantity nobody knows keeps the total "at least". Without
    lines nobody knows the price.
    """

    code: str
    component: str
    reason: str
    remedy: str
    lines: tuple[CostLine, ...]
    path: Path

    @property
    def total(self) -> Total:
        """Return what the gap adds to the bill a month."""
        return total_of(self.lines)


@dataclass(frozen=True, slots=True)
class Plan:
    """What every rule looks at: a phase in an environment, and where prices are."""

    strategy: Strategy
    topology: Topology
    catalog: Catalog

    @property
    def resources(self) -> tuple[Resource, ...]:
        """Return the resources that really run."""
        return tuple(r for r in self.topology.resources if r.instances.maximum > 0)

    @property
    def in_production(self) -> bool:
        """Return whether this is the environment that users see."""
        return self.topology.environment == self.strategy.production

    @property
    def path(self) -> Path:
        """Return where a missing component would be written."""
        if self.in_production:
            return ("phases", self.topology.phase, "use")
        return ("environments", self.topology.environment, "use")

    def on(self, *services: str) -> tuple[Resource, ...]:
        """Return the resources of any of the pricing `services`."""
        return tuple(r for r in self.resources if r.offering and r.offering.service in services)

    def billed_on(self, *services: str) -> tuple[Resource, ...]:
        """Return those of them whose bill outgrow writes.

        At a price that the strategy states, nobody knows what is in it.
        """
        return tuple(
            r
            for r in self.on(*services)
            if r.price is None and not self.topology.is_part(r) and instances(r)
        )

    def of_kind(self, *kinds: ComponentKind) -> tuple[Resource, ...]:
        """Return the resources whose component is of any of `kinds`."""
        return tuple(r for r in self.resources if r.spec.kind in kinds)

    def left_out(self, kind: ComponentKind) -> str:
        """Return a component of `kind` that the strategy has and this phase does not speak of."""
        phase = self.strategy.phases[self.topology.phase]
        return next(
            (
                name
                for name, component in self.strategy.components.items()
                if component.kind is kind and self.in_production and name not in phase.use
            ),
            "",
        )

    @property
    def machines(self) -> tuple[Resource, ...]:
        """Return what computes on AWS."""
        return self.on("aws/ec2", "aws/fargate")

    def faces_internet(self, resource: Resource) -> bool:
        """Return whether users reach `resource`, or what runs on it, directly.

        A load balancer is for users unless another component is public in its place.
        """
        guests = [r for r in self.resources if r.runs_on == resource.component]
        if any(r.spec.public for r in (resource, *guests)):
            return True
        is_balancer = resource.spec.kind is ComponentKind.LOAD_BALANCER
        return is_balancer and not any(r.spec.public for r in self.resources)

    def price(self, service: str, region: str = "", **fields: object) -> tuple[CostLine, ...]:
        """Return the lines of one item of `service`, in the phase's region by default."""
        item = parse_item({"service": service, "region": region or self.topology.region, **fields})
        return price_item(item, self.catalog).lines

    def price_changed(self, resource: Resource, **changes: object) -> tuple[CostLine, ...]:
        """Return the lines of `resource` with other settings; none where they cannot be used."""
        lines: tuple[CostLine, ...] = ()
        for written in written_items(resource, Level.EXPECTED)[:1]:
            try:
                lines = price_item(parse_item(written | changes), self.catalog).lines
            except InvalidItem:  # `outgrow check` says what is wrong with the settings
                return ()
        return lines


Rule = Callable[[Plan], Iterable[Gap]]


def instances(resource: Resource) -> int:
    """Return how many of `resource` run as expected."""
    return resource.instances.at(Level.EXPECTED)


def says(resource: Resource, *names: str) -> bool:
    """Return whether a setting or usage of `resource` gives any of `names`."""
    return any(name in resource.settings or name in resource.usage for name in names)


def setting(resource: Resource, name: str, unsaid: int = 0) -> Decimal:
    """Return the number written for `name`, `unsaid` when none is."""
    value = resource.settings.get(name)
    return value if isinstance(value, Decimal) else Decimal(unsaid)


def is_stopped_at_times(resource: Resource) -> bool:
    """Return whether a schedule stops `resource` for a part of the month."""
    return resource.hours_month < HOURS_PER_MONTH


def counted(number: int, what: str) -> str:
    """Return `1 task` or `3 tasks`."""
    return f"{number} {what}" + ("" if number == 1 else "s")

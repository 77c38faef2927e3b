"""A thing the plan leaves out, with what it costs at the least."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal

from outgrow.analysis.pricing.cost_line import CostLine, Total, total_of
from outgrow.analysis.pricing.parse_item import parse_item
from outgrow.analysis.pricing.services import price_item
from outgrow.catalog.load import Catalog
from outgrow.diagnostics import Path
from outgrow.strategy.components import COMPUTE_KINDS, ComponentKind
from outgrow.strategy.strategy import Strategy
from outgrow.topology.model import Level, Resource, Topology


@dataclass(frozen=True, slots=True)
class Gap:
    """One omission: why it will be billed, what it costs, and what to write to close it.

    `lines` price it; a line whose quantity nobody knows keeps the total "at least".
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
    def path(self) -> Path:
        """Return where a missing component would be written."""
        return ("phases", self.topology.phase, "use")

    def on(self, *services: str) -> tuple[Resource, ...]:
        """Return the resources of any of the pricing `services`."""
        return tuple(r for r in self.resources if r.offering and r.offering.service in services)

    def of_kind(self, *kinds: ComponentKind) -> tuple[Resource, ...]:
        """Return the resources whose component is of any of `kinds`."""
        return tuple(r for r in self.resources if r.spec.kind in kinds)

    @property
    def aws_compute(self) -> tuple[Resource, ...]:
        """Return what computes on AWS."""
        on_aws = self.on("aws/ec2", "aws/fargate", "aws/eks")
        return tuple(r for r in on_aws if r.spec.kind in COMPUTE_KINDS | _ALSO_COMPUTE)

    def price(self, service: str, **fields: object) -> tuple[CostLine, ...]:
        """Return the lines of one item of `service` in the phase's region."""
        item = parse_item({"service": service, "region": self.topology.region, **fields})
        return price_item(item, self.catalog).lines


_ALSO_COMPUTE = frozenset({ComponentKind.MONITORING, ComponentKind.CI_RUNNERS, ComponentKind.LOGS})

Rule = Callable[[Plan], Iterable[Gap]]


def instances(resource: Resource) -> int:
    """Return how many of `resource` run as expected."""
    return resource.instances.at(Level.EXPECTED)


def says(resource: Resource, *names: str) -> bool:
    """Return whether a setting or usage of `resource` gives any of `names`."""
    return any(name in resource.settings or name in resource.usage for name in names)


def setting(resource: Resource, name: str) -> Decimal:
    """Return the number written for `name`, zero when none is."""
    value = resource.settings.get(name)
    return value if isinstance(value, Decimal) else Decimal(0)

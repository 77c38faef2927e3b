"""A topology as boxes in lanes with links between them: what every diagram of it draws."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from outgrow.analysis.costs.phase_costs import PhaseCosts
from outgrow.render.document.words import short_total
from outgrow.strategy.components import ComponentKind
from outgrow.topology.model import Resource, Topology


class Lane(Enum):
    """Where a request passes, from the user to what lies outside."""

    EDGE = 0
    ENTRY = 1
    COMPUTE = 2
    DATA = 3
    SERVICES = 4

    @property
    def title(self) -> str:
        """Return the name of the lane."""
        return _TITLES[self]


_TITLES = {
    Lane.EDGE: "Edge and frontend",
    Lane.ENTRY: "Load balancing",
    Lane.COMPUTE: "Services",
    Lane.DATA: "Data",
    Lane.SERVICES: "Supporting services",
}
_LANES = {
    ComponentKind.FRONTEND: Lane.EDGE,
    ComponentKind.CDN: Lane.EDGE,
    ComponentKind.DNS: Lane.EDGE,
    ComponentKind.MOBILE_APP: Lane.EDGE,
    ComponentKind.LOAD_BALANCER: Lane.ENTRY,
    ComponentKind.SERVICE: Lane.COMPUTE,
    ComponentKind.WORKER: Lane.COMPUTE,
    ComponentKind.SANDBOX_POOL: Lane.COMPUTE,
    ComponentKind.MACHINE: Lane.COMPUTE,
    ComponentKind.GPU: Lane.COMPUTE,
    ComponentKind.MEDIA: Lane.COMPUTE,
    ComponentKind.SCHEDULER: Lane.COMPUTE,
    ComponentKind.POSTGRES: Lane.DATA,
    ComponentKind.MONGODB: Lane.DATA,
    ComponentKind.REDIS: Lane.DATA,
    ComponentKind.OBJECT_STORE: Lane.DATA,
    ComponentKind.QUEUE: Lane.DATA,
    ComponentKind.MYSQL: Lane.DATA,
    ComponentKind.DATABASE: Lane.DATA,
    ComponentKind.SEARCH: Lane.DATA,
    ComponentKind.VECTOR_STORE: Lane.DATA,
    ComponentKind.WAREHOUSE: Lane.DATA,
}


@dataclass(frozen=True, slots=True)
class Box:
    """One component: what it runs on, how many, in how many regions, at which price.

    `hosted` says that it runs on another component and costs nothing of its own.
    """

    component: str
    lane: Lane
    kind: str
    runs_on: str
    count: str
    price: str
    regions: tuple[str, ...]
    hosted: bool


@dataclass(frozen=True, slots=True)
class Architecture:
    """The boxes in the order of the strategy, who talks to whom, and where users come in."""

    boxes: tuple[Box, ...]
    links: tuple[tuple[str, str], ...]
    entries: tuple[str, ...]


def draw_up(topology: Topology, costs: PhaseCosts) -> Architecture:
    """Return the boxes and links of `topology`; several regions of one thing are one box."""
    first: dict[str, Resource] = {}
    for resource in topology.resources:
        if resource.instances.maximum > 0:
            first.setdefault(resource.component, resource)
    links = tuple(
        dict.fromkeys(
            (name, other)
            for name, resource in first.items()
            for other in resource.spec.talks_to
            if other in first and other != name
        )
    )
    boxes = tuple(_box(resource, topology, costs) for resource in first.values())
    return Architecture(boxes, links, tuple(_entries(first, links)))


def _box(resource: Resource, topology: Topology, costs: PhaseCosts) -> Box:
    total = short_total(costs.expected.of(resource.component))
    free = resource.runs_on and total == "$0"
    return Box(
        component=resource.component,
        lane=_LANES.get(resource.spec.kind, Lane.SERVICES),
        kind=resource.spec.kind.value,
        runs_on=_runs_on(resource, topology),
        count=_count(resource),
        price="" if topology.is_part(resource) or free else total,
        regions=tuple(dict.fromkeys(one.region for one in topology.of(resource.component))),
        hosted=bool(resource.runs_on and topology.of(resource.runs_on)),
    )


def _runs_on(resource: Resource, topology: Topology) -> str:
    present = resource.runs_on is not None and topology.of(resource.runs_on)
    host = f"on {resource.runs_on}" if present else ""
    if topology.is_part(resource) or resource.offering is None:
        return host or resource.offering_id or "own price"
    name = resource.offering.name
    if not host:
        return name
    return host if resource.offering_id.startswith("self-hosted/") else f"{name}, {host}"


def _count(resource: Resource) -> str:
    count = resource.instances
    if count.minimum != count.maximum:
        return f"{count.minimum}–{count.maximum}"
    return str(count.expected) if count.expected != 1 else ""


def _entries(first: dict[str, Resource], links: Iterable[tuple[str, str]]) -> Iterable[str]:
    """Return the public components that users reach directly, not through another public one."""
    public = [name for name, resource in first.items() if resource.spec.public]
    behind = {target for source, target in links if source in public}
    direct = [name for name in public if name not in behind]
    return direct or public  # a circle of public components has no front

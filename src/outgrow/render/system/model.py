"""The parts of a phase in an environment, with every default filled in and every guess marked.

A `System` is a topology seen by somebody who has to run it: which image, which port, how
much memory, which variables, what talks to what. Targets read it and decide nothing twice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from outgrow.analysis.costs.phase_costs import PhaseCosts
from outgrow.diagnostics import Location, Path
from outgrow.strategy.components import Component, ComponentKind
from outgrow.strategy.containers import Build, HealthCheck, Run
from outgrow.strategy.environments import Environment
from outgrow.strategy.strategy import Strategy
from outgrow.topology.model import InstanceCount, Resource, Scalar, Topology


class Role(StrEnum):
    """What a part is for, whatever it runs on."""

    APPLICATION = "application"  # our own code: services, workers, frontends
    STORE = "store"  # keeps data: databases, caches, object stores
    EDGE = "edge"  # stands before the application: load balancers, CDNs, DNS
    MACHINE = "machine"  # carries other parts
    OBSERVATION = "observation"  # metrics, logs, errors, uptime
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Size:
    """What one instance of a part may take; `assumed` when the strategy does not say.

    `source` is what a comment may cite: `outgrow.yaml:41` or `aws/ec2/t3.medium`.
    """

    vcpu: Decimal
    memory_gib: Decimal
    assumed: bool
    source: str


@dataclass(frozen=True, slots=True)
class Connection:
    """An environment variable of a part that holds the address of a store.

    `replica` is the number of the copy that is meant, where the store makes copies of its own.
    """

    key: str
    store: str
    kind: ComponentKind
    replica: int | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """One component in this environment, in the region of the system.

    `name` is safe as a DNS label and as an identifier of every target. `image` is None for
    what is built from `build` or does not run in a container. `listens` is None for what
    nobody connects to. `links` are the parts it talks to, `linked_from` those that talk to
    it, both within this system. `connections` are those of its `secrets` and `environment`
    that hold the address of a linked store.
    """

    name: str
    component: str
    kind: ComponentKind
    role: Role
    resource: Resource
    spec: Component
    path: Path
    size: Size
    instances: InstanceCount
    image: str | None = None
    build: Build | None = None
    run: Run = field(default_factory=Run)
    listens: int | None = None
    health: HealthCheck | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    connections: tuple[Connection, ...] = ()
    links: tuple[str, ...] = ()
    linked_from: tuple[str, ...] = ()
    runs_on: str | None = None
    public: bool = False
    host: str | None = None

    @property
    def service(self) -> str:
        """Return what the offering is an instance of: `aws/fargate`, `self-hosted/docker`.

        An offering with a plain price list is called by its own name; none gives "".
        """
        offering = self.resource.offering
        if offering is None:
            return self.resource.offering_id
        return offering.id if offering.service == "tariff" else offering.service

    @property
    def provider(self) -> str:
        """Return the first part of the offering: `aws`, `vercel`, `self-hosted`, or ""."""
        return self.resource.offering_id.split("/", 1)[0]

    def setting(self, name: str) -> Scalar | None:
        """Return what the strategy sets for this part (`storage_gb`), or None."""
        return self.resource.settings.get(name)


@dataclass(frozen=True, slots=True)
class System:
    """A phase in an environment as a target renders it.

    `parts` are those of the home region, in the strategy's order; `regions` holds all
    regions, the home region first. `locate` gives the place of a path in the strategy's
    files; None when there is no file. `costs` is what the whole of it costs a month.
    """

    name: str
    phase: str
    environment: str
    region: str
    regions: tuple[str, ...]
    parts: tuple[Part, ...]
    strategy: Strategy
    topology: Topology
    settings: Environment
    is_production: bool
    costs: PhaseCosts
    locate: Callable[[Path], Location] | None = None

    def part(self, name: str) -> Part | None:
        """Return the part called `name` (its own name or its component's), or None."""
        return next((p for p in self.parts if name in (p.name, p.component)), None)

    def where(self, *path: str | int) -> str:
        """Return `outgrow.yaml:41` for a path, or for its nearest written parent."""
        if self.locate is None:
            return "outgrow.yaml"
        place = self.locate(tuple(path))
        return f"{place.file.rsplit('/', 1)[-1]}:{place.line}"

    def parts_of(self, *roles: Role) -> tuple[Part, ...]:
        """Return the parts with one of `roles`, in the strategy's order."""
        return tuple(part for part in self.parts if part.role in roles)

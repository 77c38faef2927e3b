"""A system on DigitalOcean: which parts stand there, and what their blocks are called."""

from __future__ import annotations

import re
from dataclasses import dataclass

from outgrow.render.system.model import Part, System
from outgrow.render.writers.expressions import Ref, Value, Var
from outgrow.strategy.components import ComponentKind

DROPLET = "digitalocean/droplet/"
MANAGED = "digitalocean/managed-"
BALANCER = "digitalocean/load-balancer"
SPACES = "digitalocean/spaces"
VPC = Ref("digitalocean_vpc", "main")
VPC_RANGE = "10.110.0.0/20"
DOMAIN = "domain"
_SLUG = re.compile(r"[a-z]{3}[0-9]")
# The data centre nearest to each region of AWS that a strategy may be written for.
_NEAREST = {
    "us-east": "nyc3",
    "us-west": "sfo3",
    "ca-central": "tor1",
    "eu-west": "ams3",
    "eu-central": "fra1",
    "ap-south": "blr1",
    "ap-southeast": "sgp1",
}


@dataclass(frozen=True, slots=True)
class Site:
    """What of a system stands on DigitalOcean, in its home region."""

    system: System

    @property
    def prefix(self) -> str:
        """Return what every name begins with: `sprint-one-production`."""
        return f"{self.system.name}-{self.system.environment}"

    def name(self, part: Part) -> str:
        """Return the name of a part's blocks: `api_worker`."""
        return part.name.replace("-", "_")

    def _rented(self, start: str) -> tuple[Part, ...]:
        return tuple(p for p in self.system.parts if p.resource.offering_id.startswith(start))

    @property
    def machines(self) -> tuple[Part, ...]:
        """Return the parts that are droplets; what runs on another part is not one."""
        return tuple(part for part in self._rented(DROPLET) if part.runs_on is None)

    @property
    def clusters(self) -> tuple[Part, ...]:
        """Return the managed databases."""
        return tuple(part for part in self._rented(MANAGED) if part.kind in ENGINES)

    @property
    def balancers(self) -> tuple[Part, ...]:
        """Return the managed load balancers."""
        return self._rented(BALANCER)

    @property
    def buckets(self) -> tuple[Part, ...]:
        """Return the buckets in Spaces."""
        return self._rented(SPACES)

    def carried_by(self, machine: Part) -> tuple[Part, ...]:
        """Return `machine` and the parts that run on it."""
        return (machine, *(p for p in self.system.parts if p.runs_on == machine.name))

    def machine_of(self, part: Part) -> Part | None:
        """Return the droplet that `part` is or runs on, or None."""
        return next((m for m in self.machines if part in self.carried_by(m)), None)

    def droplets(self, machine: Part) -> tuple[str, ...]:
        """Return the names of the blocks of a machine: `app_1`, `app_2`, or just `app`."""
        name, count = self.name(machine), machine.instances.expected
        return (name,) if count == 1 else tuple(f"{name}_{n}" for n in range(1, count + 1))

    def droplet_refs(self, machine: Part) -> list[Value]:
        """Return the ids of a machine's droplets."""
        return [Ref("digitalocean_droplet", name) for name in self.droplets(machine)]

    def behind(self, balancer: Part) -> tuple[Part, ...]:
        """Return the parts on droplets that `balancer` sends requests to."""
        linked = [self.system.part(name) for name in balancer.links]
        return tuple(p for p in linked if p and p.listens and self.machine_of(p))

    def balancer_of(self, machine: Part) -> Part | None:
        """Return the load balancer in front of something on `machine`, or None."""
        carried = self.carried_by(machine)
        return next((b for b in self.balancers if set_of(self.behind(b)) & set_of(carried)), None)

    def public_ports(self, machine: Part) -> tuple[int, ...]:
        """Return the ports of `machine` that the whole internet may reach."""
        if self.balancer_of(machine):
            return ()
        public = [part for part in self.carried_by(machine) if part.public]
        ports = [(part.listens,) if part.listens else (80, 443) for part in public]
        return tuple(sorted({port for found in ports for port in found if port}))

    @property
    def edges(self) -> tuple[Part, ...]:
        """Return the machines that users reach without a load balancer of DigitalOcean."""
        return tuple(machine for machine in self.machines if self.public_ports(machine))

    @property
    def region(self) -> Value:
        """Return the data centre: the strategy's own, or a variable where it names another's."""
        return self.system.region if self.is_placed else Var("region")

    @property
    def is_placed(self) -> bool:
        """Return whether the strategy names a data centre of DigitalOcean."""
        return bool(_SLUG.fullmatch(self.system.region))

    @property
    def nearest(self) -> str:
        """Return the data centre nearest to the strategy's region, New York where unknown."""
        if self.is_placed:
            return self.system.region
        return _NEAREST.get(self.system.region.rsplit("-", 1)[0], "nyc3")

    @property
    def host(self) -> str | None:
        """Return the name that the environment gives its public part, or None."""
        return next((part.host for part in self.system.parts if part.public and part.host), None)

    def where(self, part: Part) -> str:
        """Return the place that says what `part` runs on."""
        return self.system.where(*part.resource.path)


ENGINES = {
    ComponentKind.POSTGRES: ("pg", "16", (25060,)),
    ComponentKind.MYSQL: ("mysql", "8", (25060,)),
    ComponentKind.MONGODB: ("mongodb", "7", (27017,)),
    ComponentKind.REDIS: ("valkey", "8", (25061,)),
}


def set_of(parts: tuple[Part, ...]) -> set[str]:
    """Return the names of `parts`."""
    return {part.name for part in parts}

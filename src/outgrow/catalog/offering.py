"""Something one can rent or run: prices, capacities, limits and capabilities."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from outgrow.catalog.rates import Provenance
from outgrow.catalog.tariff import Tariff


@dataclass(frozen=True, slots=True)
class Limit:
    """A cap of an offering. `value` is None when sources disagree or nobody knows.

    `hard` limits stop the system; the others only start an overage charge.
    `text` keeps what the source says when it is not one number.
    """

    name: str
    value: Decimal | None
    provenance: Provenance
    hard: bool = True
    text: str = ""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What an offering can do; None means that no source says."""

    websockets: bool | None = None
    persistent_connections: bool | None = None
    always_on: bool | None = None
    longest_request_seconds: Decimal | None = None
    commercial_use: bool | None = None
    maintained: bool | None = None
    stops_billing_when_stopped: bool | None = None
    multi_az: bool | None = None
    multi_region: bool | None = None
    sticky_sessions: bool | None = None
    read_replicas: bool | None = None
    backups: bool | None = None
    provenance: Provenance | None = None


@dataclass(frozen=True, slots=True)
class Offering:
    """One offering as the catalogue, the user's overlay or the strategy describes it.

    `service` names the pricing rules (`aws/ec2`, or `tariff` for a price list) and
    `sku` the size within them. `serves` lists the component kinds it can stand for.
    `available` is False for a plan that sources say does not exist or is no longer sold.
    """

    id: str
    name: str
    service: str
    sku: str
    serves: frozenset[str]
    provenance: Provenance
    vcpu: Decimal | None = None
    memory_gib: Decimal | None = None
    storage_gib: Decimal | None = None
    limits: tuple[Limit, ...] = ()
    capabilities: Capabilities = field(default_factory=Capabilities)
    tariff: Tariff | None = None
    available: bool = True
    notes: str = ""

    @property
    def provider(self) -> str:
        """Return the first part of the id: `aws`, `vercel`, `self-hosted`."""
        return self.id.split("/", 1)[0]

    def limit(self, name: str) -> Limit | None:
        """Return the limit called `name`, or None when the catalogue has none."""
        return next((limit for limit in self.limits if limit.name == name), None)

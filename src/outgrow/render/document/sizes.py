"""How much machine the parts of an environment ask for, and the sum of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from outgrow.strategy.components import COMPUTE_KINDS, DATA_KINDS
from outgrow.strategy.environments import Environment, Size
from outgrow.topology.model import Resource, Topology

RESOURCES = ("vcpu", "memory_gib", "storage_gib")
_SETTINGS = {
    "vcpu": ("vcpu",),
    "memory_gib": ("memory_gib", "memory_gb"),
    "storage_gib": ("storage_gib", "disk_gib", "storage_gb", "disk_gb"),
}


@dataclass(frozen=True, slots=True)
class ComponentSize:
    """What all instances of a resource ask for; None where nothing says.

    A `host` is the machine that others run on: the room, not a part of the sum.
    """

    resource: Resource
    size: Size
    host: bool


@dataclass(frozen=True, slots=True)
class Sizes:
    """The parts, their sum with what is kept aside, and what the sum does not know."""

    parts: tuple[ComponentSize, ...]
    total: Size
    unknown: frozenset[str]


def environment_sizes(topology: Topology, environment: Environment | None = None) -> Sizes:
    """Return the size of every resource of `topology` and the total.

    Instances x the assignment's own setting, else the size of the offering, else what the
    component needs. The total leaves out hosts whose guests say what they take, since the
    guests are counted; what the environment reserves is added.
    """
    guests = (one for one in topology.resources if one.runs_on and not topology.is_part(one))
    hosts = {one.runs_on for one in guests}
    parts = tuple(
        ComponentSize(one, _size(one, topology.is_part(one)), one.component in hosts)
        for one in topology.resources
    )
    kept = environment.reserves if environment is not None else None
    total = {name: _sum(parts, name, kept) for name in RESOURCES}
    unknown = frozenset(name for name in RESOURCES if _is_unknown(parts, name))
    return Sizes(parts, Size.model_validate(total), unknown)


def _sum(parts: Iterable[ComponentSize], name: str, kept: Size | None) -> Decimal | None:
    amounts = [getattr(part.size, name) for part in parts if not part.host]
    amounts.append(getattr(kept, name) if kept is not None else None)
    known = [amount for amount in amounts if amount is not None]
    return sum(known, Decimal(0)) if known else None


def _is_unknown(parts: Iterable[ComponentSize], name: str) -> bool:
    return any(
        getattr(part.size, name) is None and _counts(part.resource)
        for part in parts
        if not part.host
    )


def _counts(resource: Resource) -> bool:
    """Return whether a resource is a machine or container of the team's own."""
    offering = resource.offering
    rented = offering is not None and any(getattr(offering, name) for name in RESOURCES)
    own = resource.offering_id.startswith("self-hosted/") or bool(resource.runs_on)
    return (rented or own) and resource.spec.kind in COMPUTE_KINDS | DATA_KINDS


def _size(resource: Resource, part: bool) -> Size:
    amounts = {name: _asked(resource, name, part) for name in RESOURCES}
    count = resource.instances.expected
    return Size.model_validate(
        {name: None if each is None else each * count for name, each in amounts.items()}
    )


def _asked(resource: Resource, name: str, part: bool) -> Decimal | None:
    for setting in _SETTINGS[name]:
        value = resource.settings.get(setting)
        if isinstance(value, Decimal):
            return value
    own = None if part else resource.offering
    offered: Decimal | None = getattr(own, name) if own else None
    needed: Decimal | None = getattr(resource.spec.needs, name)
    return offered if offered is not None else needed

"""How much of a resource everything in an environment asks for."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from outgrow.catalog.load import Catalog
from outgrow.strategy.components import COMPUTE_KINDS, DATA_KINDS
from outgrow.strategy.strategy import Strategy
from outgrow.topology.model import Resource
from outgrow.topology.resolve import resolve
from outgrow.units import format_number

_SETTINGS = {
    "vcpu": ("vcpu",),
    "memory_gib": ("memory_gib", "memory_gb"),
    "storage_gib": ("storage_gib", "disk_gib", "storage_gb", "disk_gb"),
}
_MEASURED = COMPUTE_KINDS | DATA_KINDS


@dataclass(frozen=True, slots=True)
class EnvironmentSize:
    """The sum, its parts by component, and the components that say nothing."""

    parts: tuple[tuple[str, Decimal], ...]
    unknown: tuple[str, ...]

    @property
    def amount(self) -> Decimal:
        """Return the sum of the parts."""
        return sum((amount for _, amount in self.parts), Decimal(0))

    @property
    def told(self) -> str:
        """Return the sum as it is added up: `api 1 + db 0.5`."""
        return " + ".join(f"{name} {format_number(amount)}" for name, amount in self.parts)


def environment_size(
    strategy: Strategy, catalog: Catalog, environment: str, resource: str
) -> EnvironmentSize:
    """Return the sum of `resource` (`vcpu`, `memory_gib`, `storage_gib`) over `environment`.

    Instances x the assignment's own setting, or else what the component needs; plus what the
    environment reserves. What others run on is the budget, not a part.
    """
    phase = strategy.current or strategy.first_phase
    topology = resolve(strategy, catalog, phase, environment)
    hosts = {one.runs_on for one in topology.resources if one.runs_on}
    parts: list[tuple[str, Decimal]] = []
    unknown: list[str] = []
    for one in topology.resources:
        if one.component in hosts:
            continue
        each = _asked(one, resource)
        if each is not None:
            parts.append((one.component, each * one.instances.expected))
        elif one.spec.kind in _MEASURED:
            unknown.append(one.component)
    setting = strategy.environments.get(environment)
    kept = getattr(setting.reserves, resource) if setting and setting.reserves else None
    if kept:
        parts.append(("reserved", kept))
    return EnvironmentSize(tuple(parts), tuple(unknown))


def _asked(one: Resource, resource: str) -> Decimal | None:
    for name in _SETTINGS[resource]:
        value = one.settings.get(name)
        if isinstance(value, Decimal):
            return value
    needed: Decimal | None = getattr(one.spec.needs, resource)
    return needed

"""Find the limit a condition or alert names among those of a topology's resources."""

from __future__ import annotations

from dataclasses import dataclass

from outgrow.topology.model import ResolvedLimit, Resource, Topology

# Caps on the length of one request: nothing fills them up.
REQUEST_TIMEOUTS = frozenset({"request_timeout_seconds", "longest_request_seconds"})


@dataclass(frozen=True, slots=True)
class FoundLimit:
    """A limit, and the resource it belongs to."""

    resource: Resource
    resolved: ResolvedLimit

    @property
    def name(self) -> str:
        """Return `component.limit`, as strategies refer to it."""
        return f"{self.resource.component}.{self.resolved.limit.name}"

    @property
    def because(self) -> str:
        """Return the limit with where its value was read and when."""
        limit = self.resolved.limit
        value = "unknown" if limit.value is None else f"{limit.value:,f}"
        origin = limit.provenance
        dated = f", {origin.as_of}" if origin.as_of else ""
        return f"{self.resource.offering_id} {limit.name} = {value} ({origin.source}{dated})"


def limits_of(topology: Topology) -> tuple[FoundLimit, ...]:
    """Return every limit once: of several regions the resource with the smallest value."""
    found: dict[str, FoundLimit] = {}
    for resource in topology.resources:
        for resolved in resource.limits:
            one = FoundLimit(resource, resolved)
            known = found.get(one.name)
            if known is None or _smaller(one, known):
                found[one.name] = one
    return tuple(found.values())


def find_limit(topology: Topology, name: str) -> FoundLimit | None:
    """Return the limit called `component.limit`, or of those called `limit` the smallest."""
    limits = limits_of(topology)
    exact = next((one for one in limits if one.name == name), None)
    if exact is not None:
        return exact
    found: FoundLimit | None = None
    for one in limits:
        if one.resolved.limit.name == name and (found is None or _smaller(one, found)):
            found = one
    return found


def _smaller(one: FoundLimit, other: FoundLimit) -> bool:
    value, known = one.resolved.limit.value, other.resolved.limit.value
    return value is not None and (known is None or value < known)

"""Offerings that do not exist, are not sold, or do not serve what they are used for."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from outgrow.analysis.lint.inspection import Inspection
from outgrow.analysis.lint.rule import Finding, Rule, cited
from outgrow.catalog.load import Catalog
from outgrow.diagnostics import Path, Severity
from outgrow.strategy.claims import Claim
from outgrow.strategy.components import SELF_HOSTED_KINDS, ComponentKind
from outgrow.topology.model import Resource, Topology

_SOON_DAYS = 60
# What runs services as well as databases runs containers of any kind.
_CONTAINERS = frozenset({ComponentKind.SERVICE.value, ComponentKind.POSTGRES.value})


def unknown_offerings(inspection: Inspection) -> Iterator[Finding]:
    """Find offerings that the catalogue does not have and the strategy does not price."""
    for _, resource in inspection.resources():
        named = bool(resource.offering_id)
        if named and resource.offering is None and resource.price is None:
            yield _unknown(resource.offering_id, (*resource.path, "offering"), inspection.catalog)


def claims_of_unknown_offerings(inspection: Inspection) -> Iterator[Finding]:
    """Find claims about offerings that the catalogue does not have."""
    for name, claim in inspection.strategy.claims.items():
        for offering_id in _named_by(claim):
            if inspection.catalog.offering(offering_id) is None:
                yield _unknown(offering_id, ("claims", name), inspection.catalog)


def _unknown(offering_id: str, path: Path, catalog: Catalog) -> Finding:
    near = catalog.suggest(offering_id)
    remedy = f"Did you mean {near[0]!r}?" if near else "`outgrow catalog search` lists them."
    more = " Or describe it under `offerings`."
    return Finding(path, f"no offering {offering_id!r} in the catalogue", remedy + more)


def _named_by(claim: Claim) -> Iterator[str]:
    items = [*claim.items, *claim.omits]
    items += [item for group in claim.alternatives.values() for item in group]
    items += claim.hours.also_always_on if claim.hours else []
    yield from (item.offering for item in items if item.offering is not None)
    for basis in (claim.limit, claim.size, claim.capacity, claim.hours):
        if basis is not None:
            yield basis.offering
    yield from (claim.discount.offerings if claim.discount else ())


def offerings_not_sold(inspection: Inspection) -> Iterator[Finding]:
    """Find plans that sources say do not exist or are no longer sold."""
    for _, resource in inspection.resources():
        offering = resource.offering
        if offering is not None and not offering.available:
            why = offering.notes or "no source sells it"
            reason = f"{offering.id} is not sold: {why}"
            remedy = "Use an offering that is sold."
            path = (*resource.path, "offering")
            yield Finding(path, reason, remedy, cited(offering.provenance))


def offerings_of_another_kind(inspection: Inspection) -> Iterator[Finding]:
    """Find offerings that cannot stand for the kind of component they are used for."""
    for _, resource in inspection.resources():
        offering, kind = resource.offering, resource.spec.kind
        if offering is None or not offering.serves or kind is ComponentKind.OTHER:
            continue
        if not (_can_be(kind, offering.serves) or resource.runs_on):
            serves = ", ".join(sorted(offering.serves))
            reason = f"{offering.id} is no {kind.value}; it serves as {serves}"
            remedy = "Choose another offering, or correct the component's kind."
            yield Finding((*resource.path, "offering"), reason, remedy)


def _can_be(kind: ComponentKind, serves: Collection[str]) -> bool:
    """Return whether what `serves` can stand for `kind`; a place for containers runs anything."""
    runs_anything = ComponentKind.MACHINE.value in serves or _CONTAINERS.issubset(serves)
    return kind.value in serves or (runs_anything and kind in SELF_HOSTED_KINDS)


def unmaintained_offerings(inspection: Inspection) -> Iterator[Finding]:
    """Find software in use that nobody maintains any more, once for all its places."""
    places: dict[str, list[tuple[Topology, Resource]]] = {}
    for topology, resource in inspection.resources():
        if resource.capabilities.maintained is False:
            places.setdefault(resource.offering_id, []).append((topology, resource))
    for offering_id, used in places.items():
        first = used[0][1]
        told = first.capabilities.provenance
        notes = f": {told.notes}" if told is not None and told.notes else ""
        phases = ", ".join(dict.fromkeys(topology.phase for topology, _ in used))
        reason = f"{offering_id}, used in {phases}, is not maintained any more{notes}"
        remedy = "Plan the move to something that is, or waive this with the reason."
        yield Finding((*first.path, "offering"), reason, remedy, cited(told))


def expired_offerings(inspection: Inspection) -> Iterator[Finding]:
    """Find offerings that have expired."""
    for path, offering_id, days in _days_left(inspection):
        if days < 0:
            reason = f"{offering_id} expired {-days} days ago"
            yield Finding(path, reason, "Move to another offering.")


def expiring_offerings(inspection: Inspection) -> Iterator[Finding]:
    """Find offerings that expire within two months."""
    for path, offering_id, days in _days_left(inspection):
        if 0 <= days <= _SOON_DAYS:
            reason = f"{offering_id} expires in {days} days"
            yield Finding(path, reason, "Plan the move to another offering.")


def _days_left(inspection: Inspection) -> Iterator[tuple[Path, str, int]]:
    if inspection.today is None:
        return
    for _, resource in inspection.resources():
        if resource.expires is not None:
            days = (resource.expires - inspection.today).days
            yield (*resource.path, "expires"), resource.offering_id, days


RULES = (
    Rule("unknown-offering", Severity.ERROR, unknown_offerings),
    Rule("claim-names-unknown-offering", Severity.ERROR, claims_of_unknown_offerings),
    Rule("offering-not-sold", Severity.ERROR, offerings_not_sold),
    Rule("offering-of-another-kind", Severity.WARNING, offerings_of_another_kind),
    Rule("unmaintained-offering", Severity.WARNING, unmaintained_offerings),
    Rule("offering-expired", Severity.ERROR, expired_offerings),
    Rule("offering-expires-soon", Severity.WARNING, expiring_offerings),
)

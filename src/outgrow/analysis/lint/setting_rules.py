"""Settings and meters that an offering does not have, and terms that change nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import get_close_matches

from outgrow.analysis.costs.resource_items import TARIFF, written_items
from outgrow.analysis.lint.inspection import Inspection
from outgrow.analysis.lint.rule import Finding, Rule, cited
from outgrow.analysis.pricing.parse_item import parse_item
from outgrow.analysis.pricing.services import SERVICES
from outgrow.catalog.tariff import Per
from outgrow.diagnostics import Severity
from outgrow.errors import InvalidItem
from outgrow.topology.model import Level, Resource
from outgrow.units import HOURS_PER_MONTH

# What an assignment says beside its settings; `count` and `region` have keys of their own.
_OF_THE_ASSIGNMENT = frozenset(
    {"name", "service", "region", "count", "hours_month", "seats", "spot_share", "size"}
    | {"reserved", "reserved_class", "offering", "usage"}
)
# How much of its machine a container gets, whatever it is offered by.
_SHARES = frozenset({"vcpu", "memory_gb", "memory_gib", "disk_gb", "storage_gb", "storage_gib"})

# Services call the same thing by different names.
_SAME = {
    "disk_gb": ("storage_gb",),
    "disk_type": ("storage_type",),
    "storage_gb": ("disk_gb",),
    "storage_gib": ("storage_gb", "disk_gb"),
    "storage_type": ("disk_type",),
    "requests": ("requests_million", "requests_month"),
    "requests_month": ("requests_million", "requests"),
    "egress_gb": ("internet_out_gb", "bandwidth_gb", "transfer_gb"),
    "bandwidth_gb": ("egress_gb", "internet_out_gb", "transfer_gb"),
}


def unknown_settings(inspection: Inspection) -> Iterator[Finding]:
    """Find settings that the service's item does not have."""
    for _, resource in inspection.resources():
        fields = _fields(resource)
        if fields is None:
            continue
        known = fields - _OF_THE_ASSIGNMENT
        for name in resource.settings:
            if name not in known:
                yield _misspelt(resource, "settings", name, known)


def settings_without_effect(inspection: Inspection) -> Iterator[Finding]:
    """Find settings of a plan that has a price list, and therefore no settings."""
    for _, resource in inspection.resources():
        if resource.offering is None or _fields(resource) is not None:
            continue
        for name in resource.settings:
            if name not in _SHARES:
                reason = f"{name!r} changes nothing: {resource.offering_id} has no settings"
                remedy = "Remove it, or say what is used under `usage`."
                yield Finding((*resource.path, "settings", name), reason, remedy)


def unknown_meters(inspection: Inspection) -> Iterator[Finding]:
    """Find metered quantities that the offering does not bill."""
    for _, resource in inspection.resources():
        known = _meters(resource)
        if not known:
            continue
        for name in resource.usage:
            if name not in known:
                yield _misspelt(resource, "usage", name, known)


def unusable_settings(inspection: Inspection) -> Iterator[Finding]:
    """Find values that cannot be priced: missing, negative, or not one of the choices."""
    for _, resource in inspection.resources():
        if resource.offering is None or resource.offering.service not in SERVICES:
            continue
        for written in written_items(resource, Level.EXPECTED):
            try:
                parse_item(written)
            except InvalidItem as error:
                for one in error.diagnostics:
                    if one.code != "unknown-key":
                        path = (*resource.path, "settings", *one.path)
                        yield Finding(path, one.reason, one.remedy)


def terms_without_effect(inspection: Inspection) -> Iterator[Finding]:
    """Find commitments, spot shares, schedules and seats on what has none of them."""
    for _, resource in inspection.resources():
        if resource.offering is None or resource.offering.service not in SERVICES:
            continue
        for term in _ineffective_terms(resource):
            reason = f"{term} changes nothing about the price of {resource.offering_id}"
            yield Finding((*resource.path, term), reason, f"Remove `{term}`.")


def autostop_that_saves_nothing(inspection: Inspection) -> Iterator[Finding]:
    """Find schedules on machines that are billed in full while they are stopped."""
    for _, resource in inspection.resources():
        stopped = resource.hours_month < HOURS_PER_MONTH
        if stopped and resource.capabilities.stops_billing_when_stopped is False:
            reason = f"{resource.offering_id} is billed in full while it is stopped"
            remedy = "Destroy it and restore it from a snapshot, or leave it running."
            source = cited(resource.capabilities.provenance)
            yield Finding((*resource.path, "schedule"), reason, remedy, source)


def _fields(resource: Resource) -> frozenset[str] | None:
    """Return the fields of the service's item; None for a plan with a price list."""
    service = resource.offering.service if resource.offering else ""
    if service == TARIFF or service not in SERVICES or resource.price is not None:
        return None
    return frozenset(SERVICES[service].item.model_fields)


def _meters(resource: Resource) -> frozenset[str]:
    """Return what is metered; empty where nothing is, and any name then does no harm."""
    if resource.price is not None:
        return frozenset(resource.price.per_use)
    fields = _fields(resource)
    if fields is not None:
        return fields - _OF_THE_ASSIGNMENT
    tariff = resource.offering.tariff if resource.offering else None
    charges = tariff.charges if tariff is not None else ()
    return frozenset(charge.meter for charge in charges if charge.per is Per.USE)


def _ineffective_terms(resource: Resource) -> Iterator[str]:
    assert resource.offering is not None
    fields = SERVICES[resource.offering.service].item.model_fields
    charges = resource.offering.tariff.charges if resource.offering.tariff else ()
    if resource.commitment is not None and "reserved" not in fields:
        yield "commitment"
    if resource.spot_share and "spot_share" not in fields:
        yield "spot_share"
    if resource.price is not None:
        return
    is_tariff = resource.offering.service == TARIFF
    hourly = any(one.per is Per.HOUR for one in charges) if is_tariff else "hours_month" in fields
    kept = resource.capabilities.stops_billing_when_stopped is False
    if resource.hours_month < HOURS_PER_MONTH and not hourly and not kept:
        yield "schedule"
    if resource.seats and is_tariff and not any(one.per is Per.SEAT for one in charges):
        yield "seats"


def _misspelt(resource: Resource, key: str, name: str, known: Iterable[str]) -> Finding:
    named_so = [one for one in _SAME.get(name, ()) if one in known]
    near = named_so or get_close_matches(name, sorted(known), n=1)
    listed = ", ".join(sorted(known))
    remedy = f"Did you mean {near[0]!r}?" if near else f"It has: {listed}."
    what = "setting" if key == "settings" else "meter"
    reason = f"{resource.offering_id} has no {what} {name!r}"
    return Finding((*resource.path, key, name), reason, remedy)


RULES = (
    Rule("unknown-setting", Severity.ERROR, unknown_settings),
    Rule("setting-without-effect", Severity.NOTE, settings_without_effect),
    Rule("unknown-meter", Severity.ERROR, unknown_meters),
    Rule("unusable-setting", Severity.ERROR, unusable_settings),
    Rule("term-without-effect", Severity.WARNING, terms_without_effect),
    Rule("autostop-saves-nothing", Severity.WARNING, autostop_that_saves_nothing),
)

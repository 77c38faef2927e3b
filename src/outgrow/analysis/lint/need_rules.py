"""Needs of a component that its offering contradicts: time, connections, place, features."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from types import MappingProxyType

from outgrow.analysis.lint.inspection import Inspection
from outgrow.analysis.lint.places import lies_in
from outgrow.analysis.lint.rule import Finding, Rule, cited
from outgrow.diagnostics import Severity
from outgrow.strategy.components import ComponentKind
from outgrow.topology.model import Resource, Topology
from outgrow.units import format_number

_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "websockets": "needs websockets, which {} does not have",
        "persistent_connections": "needs connections that stay open, which {} does not allow",
        "always_on": "must always run, and {} does not",
        "commercial_use": "is used commercially, which {} does not allow",
    }
)
# Worth a note when nobody knows; the other capabilities go without saying on most offerings.
_WORTH_KNOWING = ("websockets", "persistent_connections")
_TIMEOUT_LIMITS = ("request_timeout_seconds", "longest_request_seconds", "timeout_seconds")


def requests_cut_off(inspection: Inspection) -> Iterator[Finding]:
    """Find offerings that end a request before the component is done with its longest one."""
    for topology, resource in inspection.resources():
        needed = resource.spec.needs.longest_request_seconds
        cap, source = _longest_request(resource, topology)
        if needed is not None and cap is not None and needed > cap:
            reason = (
                f"{resource.component} needs {format_number(needed)} s for its longest request; "
                f"{_host(resource, topology).offering_id} ends it after {format_number(cap)} s"
            )
            remedy = "Move the work into a background job, or choose another offering."
            yield Finding(resource.path, reason, remedy, source)


def workloads_cut_off(inspection: Inspection) -> Iterator[Finding]:
    """Find kinds of work that can take longer than the offering lets a request run."""
    for topology, resource in inspection.resources():
        cap, source = _longest_request(resource, topology)
        longest = resource.spec.needs.longest_request_seconds
        if cap is None or (longest is not None and longest > cap):  # said already
            continue
        for name, workload in resource.spec.workloads.items():
            endless = workload.seconds.high is None
            high = workload.seconds.low if workload.seconds.high is None else workload.seconds.high
            if high > cap or (endless and high >= cap):
                share = (
                    f" ({format_number(workload.share * 100)} % of all)" if workload.share else ""
                )
                reason = (
                    f"{name} work of {resource.component}{share} takes {workload.seconds} s; "
                    f"{_host(resource, topology).offering_id} ends a request after "
                    f"{format_number(cap)} s"
                )
                remedy = "Split it, run it in the background, or choose another offering."
                yield Finding(resource.path, reason, remedy, source)


def lacking_capabilities(inspection: Inspection) -> Iterator[Finding]:
    """Find offerings that sources say cannot do what the component needs."""
    for topology, resource in inspection.resources():
        host = _host(resource, topology)
        for name in _WORDS:
            if getattr(resource.spec.needs, name) and getattr(host.capabilities, name) is False:
                reason = f"{resource.component} {_WORDS[name].format(host.offering_id)}"
                source = cited(host.capabilities.provenance)
                yield Finding(resource.path, reason, "Choose an offering that does.", source)


def unknown_capabilities(inspection: Inspection) -> Iterator[Finding]:
    """Find needs of which no source says whether a managed offering meets them."""
    for topology, resource in inspection.resources():
        host = _host(resource, topology)
        if host.offering is None or _runs_anything(host):
            continue
        for name in _WORTH_KNOWING:
            if getattr(resource.spec.needs, name) and getattr(host.capabilities, name) is None:
                words = name.replace("_", " ")
                reason = f"no source says whether {host.offering_id} has {words}"
                remedy = f"Find out, and write it under `offerings`: {name}: true or false."
                yield Finding(resource.path, reason, remedy)


def _runs_anything(host: Resource) -> bool:
    """Return whether it is a machine or container of one's own, where software decides."""
    assert host.offering is not None
    own = host.offering.provider in ("aws", "self-hosted")
    return own or ComponentKind.MACHINE.value in host.offering.serves


def sessions_that_wander(inspection: Inspection) -> Iterator[Finding]:
    """Find sticky sessions behind a load balancer that has none."""
    for topology, resource in inspection.resources():
        for balancer in topology.resources:
            if balancer.spec.kind is not ComponentKind.LOAD_BALANCER:
                continue
            served = resource.component in balancer.spec.talks_to or balancer is resource
            needed = resource.spec.needs.sticky_sessions and served
            if needed and balancer.capabilities.sticky_sessions is False:
                reason = (
                    f"{resource.component} needs sticky sessions; {balancer.offering_id} has none"
                )
                source = cited(balancer.capabilities.provenance)
                yield Finding(balancer.path, reason, "Keep sessions in a shared store.", source)


def gated_features(inspection: Inspection) -> Iterator[Finding]:
    """Find features a component needs that its plan keeps for a higher one."""
    for _, resource in inspection.resources():
        for feature in resource.spec.needs.features:
            if feature in resource.gated:
                reason = f"{resource.component} needs {feature}, which {resource.offering_id} gates"
                remedy = "Choose the plan that includes it."
                yield Finding((*resource.path, "gated"), reason, remedy)


def data_outside_its_residency(inspection: Inspection) -> Iterator[Finding]:
    """Find data kept in a region where it must not be."""
    for resource, allowed, found in _residencies(inspection):
        if all(one is False for one in found):
            reason = f"{resource.component} must stay in {allowed}; it runs in {resource.region}"
            yield Finding(resource.path, reason, "Give it a `region` there.")


def regions_of_unknown_place(inspection: Inspection) -> Iterator[Finding]:
    """Find data that must stay somewhere in a region whose name does not say where it is."""
    for resource, allowed, found in _residencies(inspection):
        if True not in found and None in found:
            reason = (
                f"{resource.component} must stay in {allowed}; where {resource.region} lies is "
                "not known here"
            )
            remedy = f"Make sure that it lies there, and add {resource.region} to `residency`."
            yield Finding(resource.path, reason, remedy)


def _residencies(
    inspection: Inspection,
) -> Iterator[tuple[Resource, str, list[bool | None]]]:
    for _, resource in inspection.resources():
        allowed = resource.spec.needs.residency
        if allowed:
            found = [lies_in(resource.region, place) for place in allowed]
            yield resource, " or ".join(allowed), found


def _host(resource: Resource, topology: Topology) -> Resource:
    """Return what a component without an offering of its own runs on."""
    if resource.offering_id or not resource.runs_on:
        return resource
    return next(iter(topology.of(resource.runs_on)), resource)


def _longest_request(resource: Resource, topology: Topology) -> tuple[Decimal | None, str]:
    """Return how long a request may take: what the strategy says, or else the catalogue."""
    host = _host(resource, topology)
    for one in (*resource.limits, *host.limits):
        if one.limit.name in _TIMEOUT_LIMITS and one.limit.value is not None:
            return one.limit.value, cited(one.limit.provenance)
    return host.capabilities.longest_request_seconds, cited(host.capabilities.provenance)


RULES = (
    Rule("request-cut-off", Severity.ERROR, requests_cut_off),
    Rule("workload-cut-off", Severity.WARNING, workloads_cut_off),
    Rule("lacks-capability", Severity.ERROR, lacking_capabilities),
    Rule("capability-unknown", Severity.NOTE, unknown_capabilities),
    Rule("lacks-sticky-sessions", Severity.ERROR, sessions_that_wander),
    Rule("feature-gated", Severity.ERROR, gated_features),
    Rule("outside-residency", Severity.ERROR, data_outside_its_residency),
    Rule("residency-unknown", Severity.NOTE, regions_of_unknown_place),
)

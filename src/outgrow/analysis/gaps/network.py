"""What the network bills beside the machines: load, traffic, names."""

from __future__ import annotations

from collections.abc import Iterator

from outgrow.analysis.gaps.addresses import spans_zones
from outgrow.analysis.gaps.gap import Gap, Plan, instances, is_stopped_at_times, says, setting
from outgrow.analysis.pricing.allowances import INTERNET_OUT
from outgrow.analysis.pricing.cost_line import total_of
from outgrow.strategy.components import ComponentKind
from outgrow.topology.model import Resource
from outgrow.units import format_number, format_usd

_LOAD_DIMENSIONS = (
    "lcu",
    "new_connections_per_second",
    "active_connections_per_minute",
    "gb_per_hour",
    "gb_month",
    "lambda_gb_per_hour",
    "rule_evaluations_per_second",
)
_UNITS = {
    "aws/alb": "25 new connections/s, 3,000 active connections/min, 1 GB/h and 1,000 rule "
    "evaluations/s",
    "aws/nlb": "800 new connections/s, 100,000 active connections/min and 1 GB/h",
}


def load_balancer_capacity(plan: Plan) -> Iterator[Gap]:
    """Yield the capacity units that a load balancer bills on top of its hours."""
    for resource in plan.billed_on(*_UNITS):
        assert resource.offering is not None
        if says(resource, *_LOAD_DIMENSIONS):
            continue
        lines = plan.price_changed(resource, lcu=None)
        yield Gap(
            "load-balancer-capacity",
            resource.component,
            "capacity units are billed on top of the hours; one covers the largest of "
            + _UNITS[resource.offering.service],
            "Write what you expect in its usage, for example `lcu: 1`.",
            tuple(line for line in lines if line.quantity is None),
            (*resource.path, "usage"),
        )


def egress(plan: Plan) -> Iterator[Gap]:
    """Yield the traffic from AWS to the internet."""
    sources = _sources(plan)
    if not sources or any(says(r, "internet_out_gb") for r in plan.on("aws/data-transfer")):
        return
    names = ", ".join(dict.fromkeys(r.component for r in sources))
    free = format_number(INTERNET_OUT.free(plan.catalog))
    yield Gap(
        "egress",
        "network",
        f"what users fetch from {names} is billed by the GB, past the {free} GB a month that an "
        "account has free; no figure is stated",
        "Add a component of kind network on aws/data-transfer with `internet_out_gb`.",
        plan.price("aws/data-transfer", sources[0].region, internet_out_gb=None),
        plan.path,
    )


def _sources(plan: Plan) -> list[Resource]:
    """Return what users fetch from: the load balancers, or the machines where there are none.

    What CloudFront fetches is free; a machine that sleeps serves nobody but its team.
    """
    cached = {name for r in plan.on("aws/cloudfront") for name in r.spec.talks_to}
    facing = [r for r in plan.on(*_UNITS) if plan.faces_internet(r)]
    facing = facing or [
        r for r in plan.machines if plan.faces_internet(r) and not is_stopped_at_times(r)
    ]
    return [r for r in facing if r.component not in cached]


def cross_zone(plan: Plan) -> Iterator[Gap]:
    """Yield the traffic between zones, billed on both sides."""
    many = [r for r in plan.machines if instances(r) * setting(r, "tasks", unsaid=1) > 1]
    if not many or not spans_zones(plan):
        return
    if any(says(r, "cross_az_gb") for r in plan.on("aws/data-transfer")):
        return
    names = ", ".join(dict.fromkeys(r.component for r in many))
    yield Gap(
        "cross-zone",
        "network",
        f"{names} and the data are kept in two zones, and what passes between them is billed by "
        "the GB on both sides; no figure is stated",
        "Give `cross_az_gb` in the usage of a component of kind network on aws/data-transfer.",
        plan.price("aws/data-transfer", many[0].region, cross_az_gb=None),
        plan.path,
    )


def dns(plan: Plan) -> Iterator[Gap]:
    """Yield the host names that lead to a load balancer on AWS, where nothing answers for them.

    It has no fixed address to note down elsewhere, and its certificate needs a name. Who
    serves a site from an edge of its own (Cloudflare, Vercel) has the names there.
    """
    facing = [r for r in plan.on(*_UNITS) if plan.faces_internet(r)]
    edges = (ComponentKind.CDN, ComponentKind.FRONTEND)
    elsewhere = [r for r in plan.of_kind(*edges) if not _is_on_aws(r)]
    if not plan.in_production or not facing or elsewhere or plan.of_kind(ComponentKind.DNS):
        return
    zone = format_usd(total_of(plan.price("aws/route53")).amount_usd_month)
    yield Gap(
        "dns",
        "dns",
        f"{facing[0].component} is reached by a host name, and no component answers for it: a "
        f"zone is {zone} a month on Route 53, nothing on cloudflare/free",
        "Add a component of kind dns on aws/route53 or cloudflare/free.",
        (),
        plan.path,
    )


def _is_on_aws(resource: Resource) -> bool:
    return resource.offering is None or resource.offering.provider in ("aws", "self-hosted")

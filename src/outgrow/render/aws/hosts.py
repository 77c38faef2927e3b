"""Under which names the parts on AWS answer, all of them below the variable `domain`."""

from __future__ import annotations

from collections.abc import Iterator

from outgrow.render.aws.region import BALANCER_SERVICES, AwsRegion
from outgrow.render.aws.traffic import behind
from outgrow.render.system.model import Part
from outgrow.render.writers.expressions import Joined, Value, Var, VariableBlock
from outgrow.strategy.components import ComponentKind

DOMAIN = "domain"


def host_of(region: AwsRegion, part: Part) -> Value:
    """Return the name of `part`: as the environment's `urls` say, or made of its own name.

    Outside production the environment stands in the name, because all share one domain.
    """
    if part.host:
        return _below(part.host, default_domain(region))
    middle = "" if region.system.is_production else f"{region.system.environment}."
    return Joined(f"{part.name}.{middle}", Var(DOMAIN))


def balancer_host(region: AwsRegion, part: Part) -> Value:
    """Return the name under which a load balancer answers for `part`.

    Where a CDN has the part's own name, the balancer behind it needs another one.
    """
    host = host_of(region, part)
    taken = [one for cdn in distributed(region) for one in distribution_hosts(region, cdn)]
    if host not in taken:
        return host
    pieces = host.parts if isinstance(host, Joined) else (host,)
    return Joined("origin-", *pieces)


def default_domain(region: AwsRegion) -> str | None:
    """Return the domain that the environment's `urls` lie in, or None.

    That is what they have in common: two labels of a name with three or more.
    """
    hosts = [part.host for part in region.system.parts if part.host]
    hosts.sort(key=lambda host: len(host))
    for host in hosts:
        labels = host.split(".")
        if len(labels) >= 2 and not labels[-1].isdigit():
            return ".".join(labels[-2:])
    return None


def _below(host: str, domain: str | None) -> Value:
    if domain is None or not (host == domain or host.endswith(f".{domain}")):
        return host
    rest = host[: -len(domain)]
    return Joined(rest, Var(DOMAIN)) if rest else Var(DOMAIN)


def balanced(region: AwsRegion) -> tuple[tuple[Part, Part], ...]:
    """Return each application behind a load balancer of AWS, with that load balancer."""
    return tuple(
        (balancer, part)
        for balancer in region.on(*BALANCER_SERVICES)
        for part in behind(region, balancer)
    )


def distributed(region: AwsRegion) -> tuple[Part, ...]:
    """Return the parts that CloudFront serves under a name of their own.

    A CDN is one, and so is a frontend in a bucket that no CDN of the strategy serves.
    """
    if not region.is_home:
        return ()
    cdns = region.on("aws/cloudfront")
    served = {part.name for cdn in cdns for part in served_by(region, cdn)}
    alone = [
        part
        for part in region.on("aws/s3")
        if part.kind is ComponentKind.FRONTEND and part.name not in served
    ]
    return (*cdns, *alone)


def distribution_hosts(region: AwsRegion, part: Part) -> list[Value]:
    """Return the names of a distribution: those of the frontends behind it, or its own."""
    frontends = [one for one in served_by(region, part) if one.kind is ComponentKind.FRONTEND]
    return [host_of(region, one) for one in frontends or [part]]


def served_by(region: AwsRegion, cdn: Part) -> tuple[Part, ...]:
    """Return what a CDN serves: for a load balancer, the applications behind it."""
    found: list[Part] = []
    for name in cdn.links:
        linked = region.part(name)
        if linked is not None:
            is_balancer = linked.service in BALANCER_SERVICES
            found += behind(region, linked) if is_balancer else [linked]
    return tuple({one.name: one for one in found}.values())


def only_from_cdn(region: AwsRegion, balancer: Part) -> bool:
    """Return whether every request to `balancer` comes through CloudFront.

    An application that has a name of its own in DNS is reached by users as well.
    """
    cdns = region.on("aws/cloudfront")
    served = {one.name for cdn in cdns for one in served_by(region, cdn)}
    parts = behind(region, balancer)
    return (
        region.is_only
        and balancer.service == "aws/alb"
        and bool(parts)
        and all(one.name in served and _is_hidden(region, one) for one in parts)
    )


def _is_hidden(region: AwsRegion, part: Part) -> bool:
    is_named = part.public or part.host is not None
    return not is_named or balancer_host(region, part) != host_of(region, part)


def domain_variables(region: AwsRegion) -> Iterator[VariableBlock]:
    """Return the domain, with what the environment's `urls` say as its default."""
    yield VariableBlock(
        DOMAIN,
        "string",
        "Domain of the hosted zone in Route 53 in which all names are made.",
        default=default_domain(region),
    )

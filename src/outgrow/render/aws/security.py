"""Who may reach whom: a security group a part, and a rule for each link of the strategy."""

from __future__ import annotations

from collections.abc import Iterator

from outgrow.render.aws.hosts import only_from_cdn
from outgrow.render.aws.network import VPC, vpc_cidr
from outgrow.render.aws.region import BALANCER_SERVICES, COMPUTE_SERVICES, AwsRegion, regions_of
from outgrow.render.aws.traffic import (
    callers,
    carrier_of,
    external_ports,
    group_of,
    is_edge,
    uses_proxy,
    written_from,
)
from outgrow.render.system.model import Part
from outgrow.render.writers.expressions import Ref, ResourceBlock, Value

SECTION = "security"
_ANYONE = "0.0.0.0/0"
_INGRESS = "aws_vpc_security_group_ingress_rule"
_EGRESS = "aws_vpc_security_group_egress_rule"


def security_blocks(region: AwsRegion) -> Iterator[ResourceBlock]:
    """Yield the groups first, then what users may reach, then the links between parts."""
    for part in region.networked:
        if not region.is_node(part):
            yield _group(region, region.name(part), part)
        if uses_proxy(region, part):
            yield _group(region, f"{region.name(part)}_proxy", part, " through its proxy")
    for part in region.networked:
        yield from _from_users(region, part)
        yield from _to_internet(region, part)
    for target in region.parts:
        yield from _into(region, target)
    yield from _between_regions(region)


def rules_of(region: AwsRegion, part: Part) -> tuple[Ref, ...]:
    """Return every rule by which `part` reaches others, and a database its proxy."""
    ours = {region.security_group(part)}
    ours |= {
        Ref("aws_security_group", f"{region.name(one)}_proxy")
        for one in region.parts
        if one.name in part.links and uses_proxy(region, one)
    }
    return tuple(
        Ref(block.type, block.name) for block in security_blocks(region) if _opener(block) in ours
    )


def _opener(block: ResourceBlock) -> Value:
    """Return the group from which a rule lets something through."""
    opens = {_EGRESS: "security_group_id", _INGRESS: "referenced_security_group_id"}
    found = block.arguments.get(opens.get(block.type, ""))
    return found if isinstance(found, Ref) else None


def _group(region: AwsRegion, name: str, part: Part, more: str = "") -> ResourceBlock:
    return ResourceBlock(
        "aws_security_group",
        name,
        {
            "name": f"{region.prefix}-{name.replace('_', '-')}",
            "description": f"{part.name}{more}",
            "vpc_id": VPC,
            "tags": region.tags(name.replace("_", "-"), part),
        },
        SECTION,
        waivers=(("CKV2_AWS_5", "the proxy stands in it; checkov does not know proxies"),)
        if more
        else (),
    )


def _rule(
    kind: str, name: str, group: Ref, port: int, peer: Ref | str, why: str, comment: str = ""
) -> ResourceBlock:
    who: dict[str, Value] = (
        {"cidr_ipv4": peer} if isinstance(peer, str) else {"referenced_security_group_id": peer}
    )
    arguments: dict[str, Value] = {
        "security_group_id": group,
        "description": why,
        **who,
        "ip_protocol": "tcp",
        "from_port": port,
        "to_port": port,
    }
    return ResourceBlock(kind, name, arguments, SECTION, comment=comment)


def _from_users(region: AwsRegion, part: Part) -> Iterator[ResourceBlock]:
    is_balancer = part.service in BALANCER_SERVICES
    if not is_balancer and not is_edge(region, part):
        return
    name, group = region.name(part), region.security_group(part)
    if is_balancer and only_from_cdn(region, part):
        yield from _from_cdn(name, group)
        return
    yield _rule(_INGRESS, f"{name}_https", group, 443, _ANYONE, "HTTPS from users")
    if part.service == "aws/nlb":
        return
    rule = _rule(_INGRESS, f"{name}_http", group, 80, _ANYONE, "HTTP, answered with HTTPS")
    reason = "HTTP is only answered with a redirect to HTTPS"
    waived = (("CKV_AWS_260", reason),)
    yield ResourceBlock(rule.type, rule.name, rule.arguments, SECTION, waivers=waived)


def _from_cdn(name: str, group: Ref) -> Iterator[ResourceBlock]:
    addresses = ResourceBlock(
        "aws_ec2_managed_prefix_list",
        f"{name}_cdn",
        {"name": "com.amazonaws.global.cloudfront.origin-facing"},
        SECTION,
        comment="The addresses that CloudFront asks origins from. Anyone's distribution has"
        " them, which is why the load balancer keeps a firewall of its own.",
        kind="data",
    )
    yield addresses
    arguments: dict[str, Value] = {
        "security_group_id": group,
        "description": "HTTPS from CloudFront",
        "prefix_list_id": addresses.ref("id"),
        "ip_protocol": "tcp",
        "from_port": 443,
        "to_port": 443,
    }
    why = "Users come through CloudFront, and past it nobody."
    yield ResourceBlock(_INGRESS, f"{name}_https", arguments, SECTION, comment=why)


def _to_internet(region: AwsRegion, part: Part) -> Iterator[ResourceBlock]:
    """Yield the ways out of what runs code: HTTPS, and the ports of stores elsewhere."""
    if part.service not in COMPUTE_SERVICES or region.is_node(part):
        return
    name, group = region.name(part), region.security_group(part)
    why = "HTTPS to AWS and to other services"
    yield _rule(_EGRESS, f"{name}_https", group, 443, _ANYONE, why)
    seen = {443}
    if part.service == "aws/ec2":
        seen.add(80)
        yield _rule(_EGRESS, f"{name}_http", group, 80, _ANYONE, "Signed packages of Ubuntu")
    for carried in (part, *region.hosted_by(part)):
        for port, store in external_ports(region, carried):
            if port not in seen:
                seen.add(port)
                text = f"{store.name} at {store.provider}"
                yield _rule(_EGRESS, f"{name}_{region.name(store)}", group, port, _ANYONE, text)


def _into(region: AwsRegion, target: Part) -> Iterator[ResourceBlock]:
    """Yield the rules of everything that talks to `target`, each once and in both groups."""
    group = group_of(region, target)
    if group is None or target.listens is None:
        return
    if uses_proxy(region, target):
        yield from _through_proxy(region, target, target.listens)
        return
    yield from _pairs(region, target, region.name(target), group, target.listens)


def _through_proxy(region: AwsRegion, target: Part, port: int) -> Iterator[ResourceBlock]:
    name = region.name(target)
    proxy = Ref("aws_security_group", f"{name}_proxy")
    yield from _pairs(region, target, f"{name}_proxy", proxy, port)
    database = region.security_group(target)
    why = f"{target.name} through its proxy"
    yield _rule(_INGRESS, f"{name}_from_{name}_proxy", database, port, proxy, why)
    yield _rule(_EGRESS, f"{name}_proxy_to_{name}", proxy, port, database, why)


def _pairs(
    region: AwsRegion, target: Part, name: str, group: Ref, port: int
) -> Iterator[ResourceBlock]:
    seen = {group}
    for caller in callers(region, target):
        source = group_of(region, caller)
        if source is None or source in seen:
            continue
        seen.add(source)
        carrier = region.name(carrier_of(region, caller))
        why = f"{caller.name} to {target.name}"
        yield _rule(_INGRESS, f"{name}_from_{carrier}", group, port, source, why)
        yield _rule(_EGRESS, f"{carrier}_to_{name}", source, port, group, why)


def _between_regions(region: AwsRegion) -> Iterator[ResourceBlock]:
    """Yield the two ends of the way to home's databases: a group reaches into no other region."""
    home, *others = regions_of(region.system)
    if not region.is_home:
        for store in written_from(region):
            yield from _to_home(region, home, store)
        return
    for other in others:
        for store in written_from(other):
            yield from _from_afar(home, other, store)


def _to_home(region: AwsRegion, home: AwsRegion, store: Part) -> Iterator[ResourceBlock]:
    port, seen = store.listens or 5432, set()
    for caller in callers(region, store):
        source, carrier = group_of(region, caller), region.name(carrier_of(region, caller))
        if source is not None and source not in seen:
            seen.add(source)
            name = f"{carrier}_to_{region.name(store)}_at_home"
            why = f"{caller.name} to {store.name} in {home.region}"
            yield _rule(_EGRESS, name, source, port, vpc_cidr(home), why)


def _from_afar(home: AwsRegion, other: AwsRegion, store: Part) -> Iterator[ResourceBlock]:
    name = home.name(store)
    entry = f"{name}_proxy" if uses_proxy(home, store) else name
    group, port = Ref("aws_security_group", entry), store.listens or 5432
    why = f"{other.region} to {store.name}"
    yield _rule(_INGRESS, f"{entry}_from_{other.module}", group, port, vpc_cidr(other), why)

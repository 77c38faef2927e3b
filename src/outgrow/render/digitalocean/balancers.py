"""Load balancers with TLS, and the names under which users find the system."""

from __future__ import annotations

from collections.abc import Iterator

from outgrow.render.digitalocean.site import DOMAIN, VPC, Site
from outgrow.render.system.model import Part
from outgrow.render.writers.expressions import (
    Block,
    Joined,
    Lifecycle,
    OutputBlock,
    Ref,
    ResourceBlock,
    Value,
    Var,
)

SECTION = "load-balancer"
_COOKIE_SECONDS = 3600


def balancer_blocks(site: Site) -> Iterator[ResourceBlock]:
    """Yield load balancers, their certificate, and records in DNS."""
    fronted = [balancer for balancer in site.balancers if site.behind(balancer)]
    if fronted or site.edges:
        yield ResourceBlock(
            "digitalocean_domain",
            "main",
            {"name": Var(DOMAIN)},
            "dns",
            kind="data",
            comment="The zone has to stand in DigitalOcean's DNS before this is applied.",
        )
    if fronted:
        yield _certificate(site)
    for balancer in fronted:
        yield _balancer(site, balancer)
    for name, address in _addresses(site, fronted):
        yield _record(name, address)


def balancer_outputs(site: Site) -> Iterator[OutputBlock]:
    """Yield the addresses of load balancers."""
    for balancer in site.balancers:
        if site.behind(balancer):
            name = site.name(balancer)
            address = Ref("digitalocean_loadbalancer", name, "ip")
            yield OutputBlock(f"{name}_address", address, f"Where {balancer.name} answers")


def host_of(site: Site) -> tuple[str, Value]:
    """Return the record's name within the zone, and the whole name of the system."""
    label = _label(site)
    return label, Var(DOMAIN) if label == "@" else Joined(f"{label}.", Var(DOMAIN))


def default_domain(site: Site) -> str | None:
    """Return the zone that the environment's own name lies in, or None."""
    labels = (site.host or "").split(".")
    return ".".join(labels[-2:]) if len(labels) >= 2 and not labels[-1].isdigit() else None


def _label(site: Site) -> str:
    domain = default_domain(site)
    if site.host and domain:
        return site.host.removesuffix(domain).rstrip(".") or "@"
    return "@" if site.system.is_production else site.system.environment


def _certificate(site: Site) -> ResourceBlock:
    _, host = host_of(site)
    return ResourceBlock(
        "digitalocean_certificate",
        "main",
        {"name": site.prefix, "type": "lets_encrypt", "domains": [host]},
        SECTION,
        comment="Let's Encrypt; DigitalOcean renews it.",
        lifecycle=Lifecycle(create_before_destroy=True),
    )


def _balancer(site: Site, balancer: Part) -> ResourceBlock:
    target = site.behind(balancer)[0]
    machine = site.machine_of(target)
    droplets = site.droplet_refs(machine) if machine else []
    arguments: dict[str, Value | Block | list[Block]] = {
        "name": f"{site.prefix}-{balancer.name}",
        "region": site.region,
        "vpc_uuid": VPC,
        "size_unit": balancer.instances.expected,
        "droplet_ids": droplets,
        "redirect_http_to_https": True,
        "http_idle_timeout_seconds": _longest(target),
        "forwarding_rule": [
            Block(
                {
                    "entry_protocol": "https",
                    "entry_port": 443,
                    "target_protocol": "http",
                    "target_port": target.listens,
                    "certificate_name": Ref("digitalocean_certificate", "main", "name"),
                }
            )
        ],
        "healthcheck": _check(target),
    }
    if target.spec.needs.sticky_sessions:
        arguments["sticky_sessions"] = Block(
            {
                "type": "cookies",
                "cookie_name": "backend",
                "cookie_ttl_seconds": _COOKIE_SECONDS,
            },
            f"{site.system.where(*target.path, 'needs', 'sticky_sessions')} asks for it.",
        )
    return ResourceBlock(
        "digitalocean_loadbalancer",
        site.name(balancer),
        arguments,
        SECTION,
        comment=f"Sends requests to {target.name} ({site.where(balancer)}).",
    )


def _longest(target: Part) -> int | None:
    """Return the idle timeout that the longest request needs, within 30 to 600 seconds."""
    longest = target.spec.needs.longest_request_seconds
    return min(max(int(longest), 30), 600) if longest is not None else None


def _check(target: Part) -> Block:
    path = target.health.path if target.health else None
    how: dict[str, Value] = {"protocol": "tcp", "port": target.listens}
    if path:
        how = {"protocol": "http", "port": target.listens, "path": path}
    return Block(
        {
            **how,
            "check_interval_seconds": 10,
            "response_timeout_seconds": 5,
            "unhealthy_threshold": 3,
            "healthy_threshold": 2,
        }
    )


def _addresses(site: Site, fronted: list[Part]) -> Iterator[tuple[str, Ref]]:
    """Yield the one address that users are sent to: the first balancer's, or a droplet's."""
    if fronted:
        yield _label(site), Ref("digitalocean_loadbalancer", site.name(fronted[0]), "ip")
    elif site.edges:
        name = site.droplets(site.edges[0])[0]
        yield _label(site), Ref("digitalocean_reserved_ip", name, "ip_address")


def _record(label: str, address: Ref) -> ResourceBlock:
    return ResourceBlock(
        "digitalocean_record",
        "main",
        {
            "domain": Ref("digitalocean_domain", "main", "id", data=True),
            "type": "A",
            "name": label,
            "value": address,
            "ttl": 300,
        },
        "dns",
        comment="Five minutes: a move to another address is over soon.",
    )

"""The VPC, and one firewall for each kind of droplet: nothing is open that nobody asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from outgrow.render.digitalocean.site import ENGINES, VPC_RANGE, Site
from outgrow.render.system.model import Part, Role
from outgrow.render.writers.expressions import Block, Ref, ResourceBlock, Value, Var

SECTION = "network"
ANYWHERE = ["0.0.0.0/0", "::/0"]
# What a machine needs of the internet: packages and images, names, the time.
_WAY_OUT = (("tcp", "80"), ("tcp", "443"), ("tcp", "53"), ("udp", "53"), ("udp", "123"))


def network_blocks(site: Site) -> Iterator[ResourceBlock]:
    """Yield the VPC and the firewalls."""
    if site.machines or site.clusters or site.balancers:
        yield ResourceBlock(
            "digitalocean_vpc",
            "main",
            {"name": site.prefix, "region": site.region, "ip_range": VPC_RANGE},
            SECTION,
        )
    for machine in site.machines:
        yield _firewall(site, machine)


def _firewall(site: Site, machine: Part) -> ResourceBlock:
    ports = site.public_ports(machine)
    why = f"users reach ports {', '.join(map(str, ports))} of this droplet directly"
    return ResourceBlock(
        "digitalocean_firewall",
        site.name(machine),
        {
            "name": f"{site.prefix}-{machine.name}",
            "droplet_ids": site.droplet_refs(machine),
            "inbound_rule": [*_from_outside(site, machine), *_from_inside(site, machine)],
            "outbound_rule": [*_to_outside(site, machine), *_to_inside(site, machine)],
        },
        SECTION,
        comment="What is not named here is refused, in both directions.",
        waivers=(("CKV_DIO_4", why),) if ports else (),
    )


def _from_outside(site: Site, machine: Part) -> Iterator[Block]:
    ssh: Value = Var("ssh_addresses")
    yield _rule("tcp", "22", {"source_addresses": ssh}, "SSH, from the team only.")
    for port in site.public_ports(machine):
        yield _rule("tcp", str(port), {"source_addresses": ANYWHERE})
    balancer = site.balancer_of(machine)
    if balancer is not None:
        ids: list[Value] = [Ref("digitalocean_loadbalancer", site.name(balancer))]
        behind = [p for p in site.behind(balancer) if site.machine_of(p) == machine]
        for port in sorted({part.listens for part in behind if part.listens}):
            comment = "Users come by the load balancer."
            yield _rule("tcp", str(port), {"source_load_balancer_uids": ids}, comment)


def _from_inside(site: Site, machine: Part) -> Iterator[Block]:
    for port, others in _links_into(site, machine).items():
        ids = [ref for other in others for ref in site.droplet_refs(other)]
        names = ", ".join(other.name for other in others)
        yield _rule("tcp", str(port), {"source_droplet_ids": ids}, f"From {names}.")


def _links_into(site: Site, machine: Part) -> dict[int, list[Part]]:
    found: dict[int, list[Part]] = {}
    for part in site.carried_by(machine):
        for name in part.linked_from:
            caller = site.system.part(name)
            other = site.machine_of(caller) if caller else None
            if part.listens and other and other != machine:
                callers = found.setdefault(part.listens, [])
                callers += [] if other in callers else [other]
    return found


def _to_outside(site: Site, machine: Part) -> Iterator[Block]:
    for protocol, number in _WAY_OUT:
        yield _rule(protocol, number, {"destination_addresses": ANYWHERE})
    for port in sorted({p.listens for p in _far_stores(site, machine) if p.listens}):
        comment = "A store at another provider."
        yield _rule("tcp", str(port), {"destination_addresses": ANYWHERE}, comment)


def _to_inside(site: Site, machine: Part) -> Iterator[Block]:
    links = _links_of(site, machine)
    ports: dict[int, list[str]] = {}
    for cluster in site.clusters:
        for one in cluster_ports(site, cluster) if cluster in links else ():
            ports.setdefault(one, []).append(cluster.name)
    for opened, names in ports.items():
        to = {"destination_addresses": [VPC_RANGE]}
        yield _rule("tcp", str(opened), to, f"To {', '.join(names)}.")
    for part in links:
        other = site.machine_of(part)
        if other and other != machine and part.listens:
            to_droplets = {"destination_droplet_ids": site.droplet_refs(other)}
            yield _rule("tcp", str(part.listens), to_droplets, f"To {part.name}.")


def cluster_ports(site: Site, cluster: Part) -> tuple[int, ...]:
    """Return the ports of a managed database, that of its connection pool included."""
    pool = [p.spec.needs.pool for p in site.system.parts if p.spec.needs.pool]
    pooled = any(p.to == cluster.component and p.pooler == "pgbouncer" for p in pool)
    ports: tuple[int, ...] = ENGINES[cluster.kind][2]
    return (*ports, 25061) if pooled and 25061 not in ports else ports


def _links_of(site: Site, machine: Part) -> list[Part]:
    names = dict.fromkeys(name for part in site.carried_by(machine) for name in part.links)
    return [part for name in names if (part := site.system.part(name)) is not None]


def _far_stores(site: Site, machine: Part) -> list[Part]:
    near = ("digitalocean", "self-hosted", "")
    return [p for p in _links_of(site, machine) if p.role is Role.STORE and p.provider not in near]


def _rule(protocol: str, port: str, rest: Mapping[str, Value], comment: str = "") -> Block:
    return Block({"protocol": protocol, "port_range": port, **rest}, comment)

"""Droplets, and the address that a public one keeps when it is replaced."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from outgrow.render.digitalocean.site import DROPLET, VPC, Site
from outgrow.render.digitalocean.user_data import user_data
from outgrow.render.system.model import Part, Role
from outgrow.render.writers.expressions import (
    FileText,
    Lifecycle,
    OutputBlock,
    Ref,
    ResourceBlock,
    Value,
    Var,
)

SECTION = "droplets"
IMAGE = "debian-12-x64"


def droplet_blocks(site: Site) -> Iterator[ResourceBlock]:
    """Yield every droplet, with a reserved address where users reach it directly."""
    for machine in site.machines:
        for name in site.droplets(machine):
            yield _droplet(site, machine, name)
    for machine in site.edges:
        yield from _address(site, site.droplets(machine)[0])


def droplet_files(site: Site) -> Mapping[str, str]:
    """Return the cloud-init document of each kind of machine."""
    return {f"user-data/{m.name}.yaml": user_data(site, m) for m in site.machines}


def droplet_outputs(site: Site) -> Iterator[OutputBlock]:
    """Yield the addresses of droplets."""
    for machine in site.edges:
        name = site.droplets(machine)[0]
        address = Ref("digitalocean_reserved_ip", name, "ip_address")
        yield OutputBlock(f"{name}_address", address, f"Where {machine.name} answers")
    for machine in site.machines:
        for name in site.droplets(machine):
            private = Ref("digitalocean_droplet", name, "ipv4_address_private")
            yield OutputBlock(f"{name}_private_address", private, f"{name} within the VPC")


def _droplet(site: Site, machine: Part, name: str) -> ResourceBlock:
    stores = [p.name for p in site.carried_by(machine) if p.role is Role.STORE]
    tags: list[Value] = [site.system.name, site.system.environment, machine.name]
    return ResourceBlock(
        "digitalocean_droplet",
        name,
        {
            "name": f"{site.prefix}-{name.replace('_', '-')}",
            "image": IMAGE,
            "size": machine.resource.offering_id.removeprefix(DROPLET),
            "region": site.region,
            "vpc_uuid": VPC,
            "ssh_keys": Var("ssh_key_fingerprints"),
            "monitoring": True,
            "backups": bool(stores) or site.system.is_production,
            "graceful_shutdown": True,
            "user_data": FileText(f"user-data/{machine.name}.yaml"),
            "tags": tags,
        },
        SECTION,
        comment=_why(site, machine, stores),
        waivers=(("CKV_DIO_2", "the variable holds the keys, and has to name at least one"),),
        # A new image or script is for new droplets: an old one is replaced when somebody means it.
        lifecycle=Lifecycle(
            prevent_destroy=bool(stores), ignore_changes=("image", "user_data", "ssh_keys")
        ),
    )


def _why(site: Site, machine: Part, stores: list[str]) -> str:
    size = f"The size is from {site.where(machine)}."
    if not stores:
        return size
    return f"{size} It holds the data of {', '.join(stores)}: backed up, and not to be destroyed."


def _address(site: Site, name: str) -> Iterator[ResourceBlock]:
    yield ResourceBlock(
        "digitalocean_reserved_ip",
        name,
        {"region": site.region},
        SECTION,
        comment="Stays when the droplet is replaced, so that DNS need not change.",
    )
    yield ResourceBlock(
        "digitalocean_reserved_ip_assignment",
        name,
        {
            "ip_address": Ref("digitalocean_reserved_ip", name, "ip_address"),
            "droplet_id": Ref("digitalocean_droplet", name),
        },
        SECTION,
    )

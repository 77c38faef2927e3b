"""What of a strategy these files for DigitalOcean do not express, and what to do instead."""

from __future__ import annotations

from collections.abc import Iterator

from outgrow.render.alerts.coverage import has_prometheus
from outgrow.render.digitalocean.site import Site
from outgrow.render.digitalocean.watching import watched_by
from outgrow.render.system.model import Part
from outgrow.render.target import Loss


def losses(site: Site) -> Iterator[Loss]:
    """Yield everything that these files leave out."""
    known = {p.name for p in covered(site)}
    for part in site.system.parts:
        if part.provider == "digitalocean" and part.name not in known:
            yield _service(part)
    for machine in site.machines:
        yield from _scaling(machine)
    for balancer in site.balancers:
        yield from _targets(site, balancer)
    yield from _regions(site)
    yield from _alerts(site)


def covered(site: Site) -> tuple[Part, ...]:
    """Return the parts that these files build; what runs on a droplet is Compose's."""
    balancers = tuple(b for b in site.balancers if site.behind(b))
    return (*site.machines, *site.clusters, *balancers, *site.buckets)


def _service(part: Part) -> Loss:
    return Loss(
        "digitalocean-service",
        part.resource.path,
        f"{part.component} on {part.resource.offering_id}",
        "there is no block for this service, or nothing here for it to serve",
        "Write it in a file of your own beside these.",
    )


def _scaling(machine: Part) -> Iterator[Loss]:
    if machine.instances.maximum > machine.instances.expected:
        yield Loss(
            "digitalocean-autoscaling",
            machine.resource.path,
            f"that {machine.component} grows to {machine.instances.maximum}",
            "droplets are made one by one here, so that each keeps its name and its firewall",
            "Raise the count and apply, or use `digitalocean_droplet_autoscale`.",
        )


def _targets(site: Site, balancer: Part) -> Iterator[Loss]:
    targets = site.behind(balancer)
    if len({(p.listens, m.name) for p in targets if (m := site.machine_of(p))}) > 1:
        yield Loss(
            "digitalocean-routing",
            balancer.path,
            f"that {balancer.component} sends requests to {len(targets)} parts",
            "a load balancer of DigitalOcean does not route by host or path",
            f"It sends all to {targets[0].component}; put a proxy there for the others.",
        )


def _regions(site: Site) -> Iterator[Loss]:
    if len(site.system.regions) > 1:
        yield Loss(
            "digitalocean-regions",
            ("phases", site.system.phase, "regions"),
            f"{len(site.system.regions)} regions",
            "these files stand in one data centre",
            "Render them again for each, with a strategy of its own.",
        )


def _alerts(site: Site) -> Iterator[Loss]:
    parts = {part.component for machine in site.machines for part in site.carried_by(machine)}
    if has_prometheus(site.system):
        return  # Prometheus watches them, and tells of those that it cannot
    for name, alert in site.system.strategy.alerts.items():
        if alert.component in parts and watched_by(alert) is None:
            yield Loss(
                "digitalocean-alert",
                ("alerts", name),
                f"the alert {name}",
                "DigitalOcean watches the processors, memory and disk of a droplet, not this",
                "Take Prometheus' rules of the target `prometheus`.",
            )

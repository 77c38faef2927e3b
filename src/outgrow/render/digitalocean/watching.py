"""Alerts on droplets, and a check from outside that tells when users are refused."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from outgrow.render.digitalocean.balancers import host_of
from outgrow.render.digitalocean.site import Site
from outgrow.render.system.model import Part
from outgrow.render.writers.expressions import Block, Joined, Ref, ResourceBlock, Value, Var
from outgrow.strategy.targets import Alert

SECTION = "alerts"
_TYPES = {
    "cpu": "v1/insights/droplet/cpu",
    "memory": "v1/insights/droplet/memory_utilization_percent",
    "disk": "v1/insights/droplet/disk_utilization_percent",
}
# What nobody wants to miss, where the strategy sets no level of its own.
_USUAL = {"cpu": Decimal(90), "memory": Decimal(90), "disk": Decimal(80)}
_WINDOWS = ((300, "5m"), (600, "10m"), (1800, "30m"))
_EXPIRY_DAYS = 14


def alert_blocks(site: Site) -> Iterator[ResourceBlock]:
    """Yield three alerts for each kind of droplet, and a check of what users see."""
    for machine in site.machines:
        for resource, type_ in _TYPES.items():
            yield _alert(site, machine, resource, type_)
    if site.edges or any(site.behind(balancer) for balancer in site.balancers):
        yield from _uptime(site)


def stated_alerts(site: Site) -> Iterator[str]:
    """Yield the names of the strategy's alerts that a droplet's monitor evaluates."""
    for machine in site.machines:
        names = {part.component for part in site.carried_by(machine)}
        found = (_stated(site, names, resource)[0] for resource in _TYPES)
        yield from (name for name in found if name)


def watched_by(alert: Alert) -> str | None:
    """Return the resource of a droplet that an alert of the strategy is on, or None."""
    metric = (alert.metric or "").rsplit(".", 1)[-1]
    known = next((name for name in _TYPES if name in metric.split("_")), None)
    return known if alert.above is not None and "percent" in metric else None


def _alert(site: Site, machine: Part, resource: str, type_: str) -> ResourceBlock:
    names = {part.component for part in site.carried_by(machine)}
    name, stated = _stated(site, names, resource)
    window = next(
        (text for seconds, text in _WINDOWS if stated and stated.window_seconds <= seconds),
        "1h" if stated else "10m",
    )
    level = stated.above if stated and stated.above is not None else _USUAL[resource]
    place = site.system.where("alerts", name) if stated else "the strategy sets no level"
    return ResourceBlock(
        "digitalocean_monitor_alert",
        f"{site.name(machine)}_{resource}",
        {
            "description": f"{site.prefix} {machine.name}: {resource} above {level} percent",
            "type": type_,
            "compare": "GreaterThan",
            "value": level,
            "window": window,
            "enabled": True,
            "entities": site.droplet_refs(machine),
            "alerts": Block({"email": [Var("alert_email")]}),
        },
        SECTION,
        comment=f"From {place}." if stated else f"{place.capitalize()}; this is a usual one.",
    )


def _stated(site: Site, components: set[str], resource: str) -> tuple[str, Alert | None]:
    for name, alert in site.system.strategy.alerts.items():
        here = alert.component is None or alert.component in components
        metric_of = (alert.metric or "").split(".", 1)[0] if "." in (alert.metric or "") else None
        ours = metric_of is None or metric_of in components
        if here and ours and watched_by(alert) == resource:
            return name, alert
    return "", None


def _uptime(site: Site) -> Iterator[ResourceBlock]:
    _, host = host_of(site)
    check = Ref("digitalocean_uptime_check", "main")
    yield ResourceBlock(
        "digitalocean_uptime_check",
        "main",
        {
            "name": site.prefix,
            "target": Joined("https://", host, _path(site)),
            "type": "https",
            "regions": ["us_east", "eu_west"],
        },
        SECTION,
    )
    told = Block({"email": [Var("alert_email")]})
    down: dict[str, Value | Block] = {"type": "down_global", "period": "2m"}
    expiry: dict[str, Value | Block] = {
        "type": "ssl_expiry",
        "comparison": "less_than",
        "threshold": _EXPIRY_DAYS,
        "period": "1h",
    }
    for name, arguments in {"down": down, "certificate": expiry}.items():
        yield ResourceBlock(
            "digitalocean_uptime_alert",
            name,
            {
                "name": f"{site.prefix}-{name}",
                "check_id": check,
                **arguments,
                "notifications": told,
            },
            SECTION,
        )


def _path(site: Site) -> str:
    fronted = [part for balancer in site.balancers for part in site.behind(balancer)]
    checked = [p.health.path for p in fronted if p.health and p.health.path]
    return checked[0] if checked else "/"

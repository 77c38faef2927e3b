"""Ends everything of an environment that runs on machines of the team's own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from outgrow.operations.deploying.own_hosts.build import (
    Site,
    build_fleet,
    build_workers,
    proxy_of,
    recipe_of,
    site_of,
)
from outgrow.operations.deploying.own_hosts.proxy import KeptProxy
from outgrow.operations.opened import Opened
from outgrow.render.own_proxy import haproxy_of
from outgrow.render.routes import proxied_parts
from outgrow.render.system.model import Part, Role, System


def parts_here(system: System) -> tuple[Part, ...]:
    """Return the parts that deploys to machines of the team's own bring in."""
    proxied = proxied_parts(system, haproxy_of(system))
    workers = (
        part
        for part in system.parts_of(Role.APPLICATION)
        if part.listens is None and (system.settings.machines or part.provider == "self-hosted")
    )
    return (*proxied, *workers)


def take_down(opened: Opened, system: System) -> Sequence[str]:
    """End the proxy that outgrow keeps and what runs in every slot; return what was ended.

    A proxy of the team's own stays. Raises OutsideError; what is left then is ended by the
    next call.
    """
    site = site_of(opened, system)
    ended = []
    if proxied_parts(system, haproxy_of(system)):
        proxy = proxy_of(site)
        if isinstance(proxy, KeptProxy) and proxy.is_there():
            proxy.stop()
            ended.append(f"HAProxy on {proxy.host.name}")
    for part in parts_here(system):
        ended += _ended(opened, site, part)
    return ended


def _ended(opened: Opened, site: Site, part: Part) -> Iterator[str]:
    bound = recipe_of(opened, site.system, part)
    if part.listens is None:
        workers = build_workers(site, part, bound)
        for slot, version in workers.end_all():
            yield f"{part.component} {version} in {slot}"
        yield from (f"{part.component} in {slot}" for slot in workers.end_surplus())
        return
    fleet = build_fleet(site, part, bound)
    for one in fleet.look():
        if one.version is not None:
            fleet.stop(one.name)
            yield f"{part.component} {one.version} in {one.name}"
    yield from (f"{part.component} in {slot}" for slot in fleet.end_surplus())

"""Ends everything of an environment on machines of the team's own."""

from __future__ import annotations

from collections.abc import Sequence

from outgrow.operations.deploying.own_hosts.build import build_fleet, proxy_of, recipe_of, site_of
from outgrow.operations.deploying.own_hosts.proxy import KeptProxy
from outgrow.operations.opened import Opened
from outgrow.render.own_proxy import haproxy_of
from outgrow.render.routes import proxied_parts
from outgrow.render.system.model import System


def take_down(opened: Opened, system: System) -> Sequence[str]:
    """End the proxy that outgrow keeps and what runs in every slot; return what was ended.

    A proxy of the team's own stays. Raises OutsideError; what is left then is ended by the
    next call.
    """
    site = site_of(opened, system)
    proxy = proxy_of(site)
    ended = []
    if isinstance(proxy, KeptProxy) and proxy.is_there():
        proxy.stop()
        ended.append(f"HAProxy on {proxy.host.name}")
    for part in proxied_parts(system, haproxy_of(system)):
        fleet = build_fleet(site, part, recipe_of(opened, system, part))
        for slot in fleet.look():
            if slot.version is not None:
                fleet.stop(slot.name)
                ended.append(f"{part.component} {slot.version} in {slot.name}")
    return ended

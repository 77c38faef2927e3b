"""A load balancer of the team's own, and the ports on which containers wait behind it.

HAProxy and nginx run on the machine itself and reach no name of Docker's networks, so the
Compose file opens a port of the machine for each part behind them: the first one of HAProxy's
slots, where the version that takes the traffic listens.
"""

from __future__ import annotations

from collections.abc import Mapping

from outgrow.render.compose.selection import selected
from outgrow.render.routes import routes
from outgrow.render.system.model import Part, System
from outgrow.strategy.components import ComponentKind

COLOURS = ("blue", "green")
SLOT_LABEL = "slot"  # in Prometheus, where versions of machines of our own are told apart
FIRST_SLOT_PORT = 20000  # below the ports that Linux gives to clients (32768)
_SLOTS_PER_ROUTE = 100


def slot_port(
    route_index: int, instance: int, colour: str, first_port: int = FIRST_SLOT_PORT
) -> int:
    """Return the port of its machine on which a slot's version listens."""
    at = instance * len(COLOURS) + COLOURS.index(colour)
    return first_port + route_index * _SLOTS_PER_ROUTE + at


def slot_addresses(system: System, part: Part) -> Mapping[str, str]:
    """Return where each slot of `part` answers to other machines, by the slot's name.

    None does where a machine has no address but 127.0.0.1, and where requests do not come
    through slots.
    """
    hosts = [host.address for host in system.settings.machines.values()]
    if not hosts or any(host.startswith("127.") or host == "localhost" for host in hosts):
        return {}
    proxy = system.settings.proxy
    first = proxy.first_port if proxy else FIRST_SLOT_PORT
    return {
        f"{colour}{instance + 1}": (
            f"{hosts[instance % len(hosts)]}:{slot_port(index, instance, colour, first)}"
        )
        for index, route in enumerate(routes(system, haproxy_of(system)))
        if route.part.name == part.name
        for colour in COLOURS
        for instance in range(max(part.instances.expected, 1))
    }


def haproxy_of(system: System) -> Part | None:
    """Return the load balancer of our own that HAProxy stands for, or None."""
    return next((one for one in _own(system) if not _says_nginx(one)), None)


def nginx_of(system: System) -> Part | None:
    """Return the load balancer of our own that is said to be nginx, or None."""
    return next((one for one in _own(system) if _says_nginx(one)), None)


def ports_behind_proxy(system: System) -> Mapping[str, int]:
    """Return the port of the machine on which each container behind its proxy waits, by name.

    Only what runs in a container on the proxy's own machine has one, and none does where the
    proxy is a container with an image of the team's own: it reaches the names.
    """
    proxy = haproxy_of(system) or nginx_of(system)
    if proxy is None or proxy.run.image or proxy.build:
        return {}
    here = {part.name for part in selected(system).parts if part.runs_on == proxy.runs_on}
    return {
        route.part.name: slot_port(index, 0, "blue")
        for index, route in enumerate(routes(system, proxy))
        if route.part.name in here
    }


def _own(system: System) -> list[Part]:
    return [
        part
        for part in system.parts
        if part.kind is ComponentKind.LOAD_BALANCER and part.provider == "self-hosted"
    ]


def _says_nginx(part: Part) -> bool:
    return "nginx" in part.spec.stack.lower()

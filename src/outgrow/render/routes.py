"""Which requests go to which part, and how they are treated on the way: what a proxy is told."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from outgrow.render.system.defaults import listens_on
from outgrow.render.system.model import Part, System
from outgrow.render.target import Loss
from outgrow.strategy.components import Component, ComponentKind
from outgrow.strategy.practices import RateLimit

# Mozilla's intermediate profile: forward secrecy, and encryption that proves what was sent.
TLS_CIPHERS = ":".join(
    f"ECDHE-{key}-{cipher}"
    for cipher in ("AES128-GCM-SHA256", "AES256-GCM-SHA384", "CHACHA20-POLY1305")
    for key in ("ECDSA", "RSA")
)
_DEFAULT_SECONDS = 60
_WEBSOCKET_SECONDS = 3600
_METHOD = re.compile(r"[A-Z]+ ")
_PROXIED = (ComponentKind.SERVICE, ComponentKind.FRONTEND)


@dataclass(frozen=True, slots=True)
class Route:
    """Requests for `host` (None: any) below `path`, and the part that answers them.

    `timeout_seconds` is how long it may think, `tunnel_seconds` how long a WebSocket may be
    silent (None: it has none). `limits` are those of the strategy on this part of the site.
    """

    part: Part
    host: str | None
    path: str
    timeout_seconds: int
    tunnel_seconds: int | None
    sticky: bool
    limits: tuple[tuple[int, RateLimit], ...] = ()

    @property
    def name(self) -> str:
        """Return a name for it that every proxy takes."""
        return self.part.name.replace("-", "_")


def routes(system: System, proxy: Part | None = None) -> tuple[Route, ...]:
    """Return the routes through `proxy`, the most particular first.

    Without a proxy they are those to everything that the public reaches. Pages have the root;
    a service beside them is below /api/, and a second one below its own name.
    """
    parts = proxied_parts(system, proxy)
    front = next((part for part in parts if part.kind is ComponentKind.FRONTEND), None)
    services = [part for part in parts if part is not front]
    found = []
    for index, part in enumerate(services):
        alone = front is None or (part.host and part.host != front.host)
        first = "/" if alone else "/api/"
        found.append(_route(part, first if index == 0 or part.host else f"/{part.name}/"))
    if front is not None:
        found.append(_route(front, "/"))
    in_order = sorted(found, key=lambda one: (one.host is None, -len(one.path)))
    return tuple(_with_limits(system, in_order))


def proxied_parts(system: System, proxy: Part | None) -> tuple[Part, ...]:
    """Return the parts that requests are passed on to."""
    if proxy is None:
        names = open_components({part.component: part.spec for part in system.parts})
        return tuple(part for part in system.parts if part.component in names)
    asked = [part for part in system.parts if part.kind in _PROXIED and part.listens is not None]
    linked = [part for part in asked if part.name in proxy.links]
    return tuple(linked or asked)


def open_components(specs: Mapping[str, Component]) -> tuple[str, ...]:
    """Return which of the components requests come to where no load balancer says it."""
    asked = [
        name
        for name, spec in specs.items()
        if spec.kind in _PROXIED and listens_on(spec) is not None
    ]
    public = [name for name in asked if specs[name].public]
    return tuple(public or asked)


def serves_tls(system: System) -> bool:
    """Return whether an address of the environment begins with https."""
    return any(url.startswith("https://") for url in system.settings.urls.values())


def rate_limit_losses(system: System, target: str) -> tuple[Loss, ...]:
    """Return the limits that only an application can hold, where none of them does.

    One with outgrow-kit holds them: it knows who asks, and for what.
    """
    return tuple(
        Loss(
            code=f"{target}-rate-limit-by-{'method' if limit.by == 'address' else limit.by}",
            path=("rate_limits", index),
            what=f"the limit of {limit.requests} requests by {limit.by} on {limit.route}",
            why="a proxy counts addresses and paths; the rest only the application knows",
            instead="Hold it in the application.",
        )
        for index, limit in enumerate(system.strategy.rate_limits)
        if not _is_for_a_proxy(limit) and not is_held_by_the_application(system, limit)
    )


def _is_for_a_proxy(limit: RateLimit) -> bool:
    return limit.by == "address" and _METHOD.match(limit.route) is None


def is_held_by_the_application(system: System, limit: RateLimit) -> bool:
    """Return whether a service with outgrow-kit holds `limit`."""
    return any(
        part.spec.kit and part.kind is ComponentKind.SERVICE
        for part in system.parts
        if limit.component in (None, part.component)
    )


def url_path(written: str) -> str:
    """Return a path of the strategy with nothing in it that a configuration would obey.

    A proxy takes it for the beginning of a path, so it ends where a `*` stands.
    """
    path = written.partition("*")[0]
    return "/" + re.sub(r"[^A-Za-z0-9._~/-]", "", path).lstrip("/")


def _route(part: Part, path: str) -> Route:
    needs = part.spec.needs
    longest = int(needs.longest_request_seconds or 0)
    return Route(
        part=part,
        host=part.host,
        path=path,
        # Five seconds more than the longest request, so that the answer is the application's.
        timeout_seconds=max(longest + 5 if longest else 0, _DEFAULT_SECONDS),
        tunnel_seconds=_WEBSOCKET_SECONDS if needs.websockets else None,
        sticky=needs.sticky_sessions,
    )


def _with_limits(system: System, found: list[Route]) -> Iterator[Route]:
    """Yield the routes with each limit at the first whose path it is below."""
    left = {
        index: limit
        for index, limit in enumerate(system.strategy.rate_limits)
        if _is_for_a_proxy(limit)
    }
    for route in found:
        mine = [
            index
            for index, one in left.items()
            if url_path(one.route).startswith(route.path)
            and one.component in (None, route.part.component)
        ]
        yield replace(route, limits=tuple((index, left.pop(index)) for index in mine))

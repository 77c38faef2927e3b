"""The target `nginx`: one configuration for nginx 1.22 and later in front of one machine."""

from __future__ import annotations

from outgrow.render.nginx.configuration import configuration
from outgrow.render.own_proxy import nginx_of
from outgrow.render.rendered_file import RenderedFile
from outgrow.render.routes import Route, proxied_parts, rate_limit_losses, routes, serves_tls
from outgrow.render.system.model import System
from outgrow.render.target import Loss, Rendering, Target


def render(system: System) -> Rendering:
    """Return nginx.conf for everything behind the proxy of `system`."""
    proxy = nginx_of(system)
    found = routes(system, proxy)
    if not found:
        return Rendering(files=())
    return Rendering(
        files=(RenderedFile("nginx.conf", configuration(system, found)),),
        losses=(*rate_limit_losses(system, "nginx"), *_losses(found)),
        covers=frozenset({proxy.name} if proxy is not None else ()),
        commands=_commands(system),
    )


def _losses(found: tuple[Route, ...]) -> tuple[Loss, ...]:
    return tuple(
        Loss(
            code="nginx-sticky-cookie",
            path=(*route.part.path, "needs", "sticky_sessions"),
            what=f"the same instance of {route.part.name} for the same user, by a cookie",
            why="the free nginx has no cookie of its own; it goes by the address of the client",
            instead="HAProxy has one: outgrow render --target haproxy",
        )
        for route in found
        if route.sticky and route.part.instances.maximum > 1
    )


def _commands(system: System) -> tuple[str, ...]:
    certificates = ("ls /etc/nginx/certs/fullchain.pem",) if serves_tls(system) else ()
    return (
        *certificates,
        'sudo nginx -t -c "$PWD/nginx.conf"',
        "sudo install -m 644 nginx.conf /etc/nginx/nginx.conf",
        "sudo nginx -s reload",
    )


def _applies(system: System) -> bool:
    return nginx_of(system) is not None and bool(proxied_parts(system, nginx_of(system)))


TARGET = Target("nginx", "nginx", _applies, render)

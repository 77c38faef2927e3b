"""The target `haproxy`: one configuration for HAProxy 2.6 and later."""

from __future__ import annotations

from outgrow.render.haproxy.configuration import configuration
from outgrow.render.own_proxy import haproxy_of
from outgrow.render.rendered_file import RenderedFile
from outgrow.render.routes import proxied_parts, rate_limit_losses, routes, serves_tls
from outgrow.render.system.model import Part, System
from outgrow.render.target import Loss, Rendering, Target


def render(system: System) -> Rendering:
    """Return haproxy.cfg for everything behind the load balancer of `system`."""
    proxy = haproxy_of(system)
    found = routes(system, proxy)
    if not found:
        return Rendering(files=())
    covered = {part.name for part in (proxy,) if part is not None}
    return Rendering(
        files=(RenderedFile("haproxy.cfg", configuration(system, found)),),
        losses=(*rate_limit_losses(system, "haproxy"), *_losses(proxy)),
        covers=frozenset(covered),
        commands=_commands(system),
    )


def _losses(proxy: Part | None) -> tuple[Loss, ...]:
    count = proxy.instances.maximum if proxy is not None else 1
    if proxy is None or count < 2:
        return ()
    return (
        Loss(
            code="haproxy-several",
            path=proxy.path,
            what=f"{count} instances of {proxy.name}",
            why="one file configures one HAProxy; nothing here moves an address between two",
            instead="Put keepalived or DNS in front of them.",
        ),
    )


def _commands(system: System) -> tuple[str, ...]:
    certificates = ("ls /etc/haproxy/certs/*.pem",) if serves_tls(system) else ()
    return (
        *certificates,
        "haproxy -c -f haproxy.cfg",
        "sudo install -m 644 haproxy.cfg /etc/haproxy/haproxy.cfg",
        "sudo systemctl reload haproxy",
    )


def _applies(system: System) -> bool:
    return haproxy_of(system) is not None and bool(proxied_parts(system, haproxy_of(system)))


TARGET = Target("haproxy", "HAProxy", _applies, render)

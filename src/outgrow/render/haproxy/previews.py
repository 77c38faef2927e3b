"""The text of haproxy.cfg for previews: one host name each, and nobody is reloaded for them.

Every preview has a number, and a server of that number in every backend, on a port that is
known beforehand. What changes is one line of a map: which host name has which number.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from outgrow.render.routes import Route

_PORTS_OF_A_ROUTE = 200

_HEAD = """\
# {title}
# HAProxy 2.6 or later. Kept by outgrow; it is written anew.

global
    log stdout format raw local0 info
    maxconn 2000
    # Host names come and go through this socket.
    stats socket {socket} mode 600 level admin

defaults
    mode http
    log global
    option httplog
    option dontlognull
    option forwardfor
    timeout connect 2s
    timeout client {seconds}s
    timeout server {seconds}s
    timeout http-request 10s
    timeout http-keep-alive 15s
    timeout tunnel 1h

frontend previews
    bind {listen}
    # A header that clients send is not to be believed.
    http-request del-header X-Real-IP
    # No search engine keeps what is gone tomorrow.
    http-response set-header X-Robots-Tag noindex
    http-request set-var(txn.preview) req.hdr(host),host_only,lower,map({map_file})
    http-request return status 404 content-type text/plain string "There is no such preview." \
unless {{ var(txn.preview) -m found }}
"""


@dataclass(frozen=True, slots=True)
class PreviewPlaces:
    """Where the proxy of previews listens, and where its socket and its map lie.

    `first_port` is the first on which previews listen.
    """

    listen: str
    socket: str
    map_file: str
    first_port: int


def preview_port(first_port: int, route_index: int, number: int) -> int:
    """Return the port of this machine on which a part of preview `number` (from 1) listens."""
    return first_port + route_index * _PORTS_OF_A_ROUTE + number - 1


def server_of(number: int) -> str:
    """Return what the proxy calls the servers of preview `number`."""
    return f"p{number}"


def preview_configuration(
    title: str, routes: Sequence[Route], limit: int, places: PreviewPlaces
) -> str:
    """Return haproxy.cfg for up to `limit` previews of what `routes` lead to.

    The last of `routes` takes what none of the others does.
    """
    seconds = max(60, *(route.timeout_seconds for route in routes))
    head = _HEAD.format(
        title=title,
        socket=places.socket,
        listen=places.listen,
        map_file=places.map_file,
        seconds=seconds,
    )
    return "\n".join([head.rstrip("\n"), *_choices(routes), *_backends(routes, limit, places), ""])


def _choices(routes: Sequence[Route]) -> Iterator[str]:
    for route in routes[:-1]:
        yield f"    use_backend {route.name} if {{ path_beg {route.path} }}"
    yield f"    default_backend {routes[-1].name}"


def _backends(routes: Sequence[Route], limit: int, places: PreviewPlaces) -> Iterator[str]:
    for index, route in enumerate(routes):
        yield ""
        yield f"backend {route.name}"
        yield "    use-server %[var(txn.preview)] if TRUE"
        for number in range(1, limit + 1):
            port = preview_port(places.first_port, index, number)
            yield f"    server {server_of(number)} 127.0.0.1:{port}"

"""The text of haproxy.cfg for previews: one host name each, and nobody is reloaded for them.

Every preview has a number, and a server of that number in every backend, on a port that is
known beforehand. What changes is one line of a map: which host name has which number.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from outgrow.render.haproxy.tls import TLS_DEFAULTS, secured_bind
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
{tls}
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
{binds}
    http-request set-header X-Forwarded-Proto https if {{ ssl_fc }}
    http-request set-header X-Forwarded-Proto http unless {{ ssl_fc }}
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

    `plain` and `secured` are the addresses without TLS and with it. `certificates` is the
    folder of those, `certificates_are` a text that changes when they do: only what HAProxy
    loads anew shows new ones. `first_port` is the first on which previews listen.
    """

    plain: tuple[str, ...]
    socket: str
    map_file: str
    first_port: int
    secured: tuple[str, ...] = ()
    certificates: str = ""
    certificates_are: str = ""


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
        tls=TLS_DEFAULTS if places.secured else "",
        binds="\n".join(_binds(places)),
        map_file=places.map_file,
        seconds=seconds,
    )
    return "\n".join([head.rstrip("\n"), *_choices(routes), *_backends(routes, limit, places), ""])


def _binds(places: PreviewPlaces) -> Iterator[str]:
    yield from (f"    bind {one}" for one in places.plain)
    if not places.secured:
        return
    yield "    # Every certificate in the folder serves the names that it is for. A change of it"
    yield f"    # changes this text, so that it is loaded: {places.certificates_are}."
    yield from (secured_bind(one, places.certificates) for one in places.secured)
    yield "    http-request redirect scheme https code 301 unless { ssl_fc }"


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

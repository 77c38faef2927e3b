"""The text of haproxy.cfg.

A deploy never reloads HAProxy: every instance has a blue and a green server here from the
start, and weights move between them through the runtime socket.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from outgrow.render.own_proxy import COLOURS, slot_port
from outgrow.render.routes import TLS_CIPHERS, Route, serves_tls, url_path
from outgrow.render.system.model import System

_TLS_1_3_CIPHERS = ":".join(
    f"TLS_{name}"
    for name in ("AES_128_GCM_SHA256", "AES_256_GCM_SHA384", "CHACHA20_POLY1305_SHA256")
)

_GLOBAL = """\
# {title}
# HAProxy 2.6 or later. Addresses and folders can be set in the environment ("${{NAME-default}}").

global
    log stdout format raw local0 info
    maxconn 4000
    # Weights, drains and new servers go through this socket; no deploy needs a reload.
    stats socket "${{HAPROXY_SOCKET-/run/haproxy/admin.sock}}" {socket}
    # A reload takes over what the socket has changed since the last one.
    server-state-file "${{HAPROXY_STATE-/var/lib/haproxy/server-state}}"
    # Connections of the process before a reload may end by themselves, for so long.
    hard-stop-after {grace}s
{tls}
defaults
    mode http
    option dontlognull
    option forwardfor
    # Another server is tried only where nothing was sent yet: a POST never runs twice.
    option redispatch 1
    retries 2
    retry-on conn-failure
    load-server-state-from-file global
    timeout connect 5s
    timeout client {grace}s
    timeout server 60s
    timeout http-request 10s
    timeout http-keep-alive 15s
    timeout queue 10s
    timeout check 3s
    default-server inter 2s fastinter 500ms downinter 2s fall 2 rise 2 maxconn 500
"""
_SOCKET = "mode 660 level admin expose-fd listeners"
_TLS = """\
    # Mozilla's intermediate profile: TLS 1.2 with forward secrecy, and 1.3.
    ssl-default-bind-options ssl-min-ver TLSv1.2 no-tls-tickets
    ssl-default-bind-ciphers CIPHERS
    ssl-default-bind-ciphersuites CIPHERSUITES
"""
_METRICS = """
# For Prometheus, on this machine only.
frontend metrics
    bind "${HAPROXY_METRICS-127.0.0.1:8404}"
    http-request use-service prometheus-exporter if { path /metrics }
    http-request return status 200 content-type text/plain string "ok" if { path /healthz }
    http-request return status 404
"""


def configuration(system: System, found: Sequence[Route]) -> str:
    """Return haproxy.cfg for the routes of `system`."""
    tls = serves_tls(system)
    grace = max([60, *(route.timeout_seconds for route in found)])
    title = f"{system.name}: phase {system.phase} in {system.environment}."
    parts = [
        _GLOBAL.format(socket=_SOCKET, title=title, grace=grace, tls=_tls() if tls else ""),
        _METRICS,
        "\n".join(_frontend(system, found, tls=tls)) + "\n",
        *("\n".join(_limit_table(index, route)) + "\n" for route in found for index in _own(route)),
        *("\n".join(_backend(system, i, route, tls=tls)) + "\n" for i, route in enumerate(found)),
    ]
    return "".join(parts)


def _tls() -> str:
    return _TLS.replace("CIPHERSUITES", _TLS_1_3_CIPHERS).replace("CIPHERS", TLS_CIPHERS)


def _own(route: Route) -> list[int]:
    return [index for index, _ in route.limits]


def _frontend(system: System, found: Sequence[Route], *, tls: bool) -> Iterator[str]:
    yield ""
    yield "frontend public"
    yield "    log global"
    yield "    option httplog"
    yield '    bind "${HAPROXY_HTTP-:80}"'
    if tls:
        yield "    # Every certificate in the folder serves the names that it is for."
        yield (
            '    bind "${HAPROXY_HTTPS-:443}" ssl crt "${HAPROXY_CERTIFICATES-/etc/haproxy/certs}"'
            " alpn h2,http/1.1"
        )
        yield "    http-request redirect scheme https code 301 unless { ssl_fc }"
        yield '    http-response set-header Strict-Transport-Security "max-age=31536000"'
    yield "    http-request set-header X-Forwarded-Proto https if { ssl_fc }"
    yield "    http-request set-header X-Forwarded-Proto http unless { ssl_fc }"
    yield "    # A header that clients send is not to be believed."
    yield "    http-request del-header X-Real-IP"
    for route in found:
        yield from _limits(system, route)
    for route in found[:-1]:
        yield f"    use_backend {route.name} if {_condition(route)}"
    last = found[-1]
    if last.host is None and last.path == "/":
        yield f"    default_backend {last.name}"
    else:
        yield f"    use_backend {last.name} if {_condition(last)}"


def _condition(route: Route) -> str:
    host = f"{{ req.hdr(host),host_only -i {route.host} }}" if route.host else ""
    path = f"{{ path_beg {route.path} }}" if route.path != "/" else ""
    return " ".join(filter(None, (host, path))) or "TRUE"


def _limits(system: System, route: Route) -> Iterator[str]:
    for index, limit in route.limits:
        path = url_path(limit.route)
        place = system.where("rate_limits", index)
        per_seconds = int(limit.per_seconds)
        yield f"    # {limit.requests} requests in {per_seconds} s from one address: {place}."
        counter, below = index % 3, f"{{ path_beg {path} }}"
        yield f"    http-request track-sc{counter} src table limit_{index} if {below}"
        yield (
            f"    http-request deny deny_status 429 hdr Retry-After {per_seconds} if "
            f"{below} {{ sc_http_req_rate({counter},limit_{index}) gt {limit.requests} }}"
        )


def _limit_table(index: int, route: Route) -> Iterator[str]:
    limit = next(limit for number, limit in route.limits if number == index)
    seconds = int(limit.per_seconds)
    yield ""
    yield f"backend limit_{index}"
    yield (
        f"    stick-table type ipv6 size 100k expire {max(seconds, 10)}s "
        f"store http_req_rate({seconds}s)"
    )


def _backend(system: System, index: int, route: Route, *, tls: bool) -> Iterator[str]:
    part = route.part
    yield ""
    yield f"# {part.name} ({system.where(*part.path)}): two slots for each of its instances."
    yield f"backend {route.name}"
    yield "    balance leastconn"
    yield f"    timeout server {route.timeout_seconds}s"
    if route.tunnel_seconds:
        yield f"    # A WebSocket may be silent for so long ({system.where(*part.path, 'needs')})."
        yield f"    timeout tunnel {route.tunnel_seconds}s"
    path = part.health.path if part.health and part.health.path else None
    if path:
        yield "    option httpchk"
        yield f"    http-check send meth GET uri {url_path(path)} ver HTTP/1.1 hdr Host localhost"
        yield "    http-check expect status 200-399"
    if route.sticky:
        yield f"    # Who came once comes back to the same ({system.where(*part.path, 'needs')})."
        secure = " secure" if tls else ""
        yield f"    cookie SLOT insert indirect nocache httponly{secure}"
    yield from _servers(index, route)


def _servers(index: int, route: Route) -> Iterator[str]:
    host = f"${{{route.name.upper()}_HOST-127.0.0.1}}"
    yield "    # Blue takes the traffic first; green waits, out of rotation, for the next version."
    for colour in COLOURS:
        weight = "weight 100" if colour == "blue" else "weight 0 disabled"
        for instance in range(max(route.part.instances.maximum, 1)):
            name = f"{colour}{instance + 1}"
            cookie = f" cookie {name}" if route.sticky else ""
            port = slot_port(index, instance, colour)
            yield f'    server {name} "{host}":{port} check {weight}{cookie}'

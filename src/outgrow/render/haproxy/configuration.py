"""The text of haproxy.cfg.

A deploy never reloads HAProxy: every instance has a blue and a green server here from the
start, and weights move between them through the runtime socket.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from outgrow.render.haproxy.placing import IN_THE_ENVIRONMENT, Placing
from outgrow.render.haproxy.tls import TLS_DEFAULTS, secured_bind
from outgrow.render.own_proxy import COLOURS, slot_port
from outgrow.render.routes import Route, serves_tls, url_path
from outgrow.render.system.model import System

_GLOBAL = """\
# {title}
# HAProxy 2.6 or later.{places}

global
    log stdout format raw local0 info
    maxconn 4000
    # Weights, drains and new servers go through this socket; no deploy needs a reload.
    stats socket {socket} level admin expose-fd listeners
    # A reload takes over what the socket has changed since the last one.
    server-state-file {state}
    # Connections of the process before a reload may end by themselves, for so long.
    hard-stop-after {grace}s
{tls}
# The last requests, for whoever compares two versions: show events requests.
ring requests
    format raw
    maxlen {line_bytes}
    size 4194304

defaults
    mode http
    option dontlognull
    option forwardfor
    # Another server is tried where nothing was sent yet, and for a GET also where no answer came
    # (the front turns that off for everything else): a POST never runs twice.
    option redispatch 1
    retries 3
    retry-on conn-failure empty-response
    # A connection of its own for each request: none that is kept open can be found closed by a
    # version that has ended, which is how a request gets lost.
    option http-server-close
    http-reuse never
    # On a reload a client's idle connection ends with its next answer, not in its face.
    option idle-close-on-response
    load-server-state-from-file global
    timeout connect 2s
    timeout client {grace}s
    timeout server 60s
    timeout http-request 10s
    timeout http-keep-alive 15s
    timeout queue 10s
    timeout check 3s
    default-server inter 1s fastinter 250ms downinter 500ms fall 2 rise 2 maxconn 500
    # After three refused connections in a row, one more failed check is enough.
    default-server observe layer4 error-limit 3 on-error sudden-death
"""
_PLACES = """ Addresses and folders can be set in the environment ("${NAME-default}")."""
# What `option httplog` writes, with the number of the request where it has captured headers.
_LOG_FORMAT = (
    "%ci:%cp [%tr] %ft %b/%s %TR/%Tw/%Tc/%Tr/%Ta %ST %B %CC %CS %tsc %ac/%fc/%bc/%sc/%rc "
    "%sq/%bq {%rt} %{+Q}r"
)
_LINE_BYTES = 400
_EMPTY = "Nobody takes requests before outgrow has put a version in place."
_BLUE_FIRST = "Blue takes the traffic first; green waits, out of rotation, for the next version."
_METRICS = """
# For Prometheus, on this machine only.
frontend metrics
    bind METRICS
    http-request use-service prometheus-exporter if { path /metrics }
    http-request return status 200 content-type text/plain string "ok" if { path /healthz }
    http-request return status 404
"""


def configuration(
    system: System, found: Sequence[Route], placing: Placing = IN_THE_ENVIRONMENT
) -> str:
    """Return haproxy.cfg for the routes of `system`."""
    secured = _secured(system, placing)
    tls = bool(secured)
    servers = [list(_servers(placing, index, route)) for index, route in enumerate(found)]
    parts = [
        _global(system, found, placing, tls=tls),
        _METRICS.replace("METRICS", placing.metrics) if placing.metrics else "",
        "\n".join(_frontend(system, found, placing, secured)) + "\n",
        *("\n".join(_limit_table(index, route)) + "\n" for route in found for index in _own(route)),
        *(
            "\n".join([*_backend(system, route, tls=tls), *servers[index]]) + "\n"
            for index, route in enumerate(found)
        ),
    ]
    return "".join(parts)


def _secured(system: System, placing: Placing) -> tuple[str, ...]:
    if placing.secured is not None:
        return placing.secured
    return ('"${HAPROXY_HTTPS-:443}"',) if serves_tls(system) else ()


def _global(system: System, found: Sequence[Route], placing: Placing, *, tls: bool) -> str:
    return _GLOBAL.format(
        title=f"{system.name}: phase {system.phase} in {system.environment}.",
        places=_PLACES
        if placing is IN_THE_ENVIRONMENT
        else " Kept by outgrow; it is written anew.",
        socket=placing.socket,
        state=placing.state_file,
        grace=max([60, *(route.timeout_seconds for route in found)]),
        tls=TLS_DEFAULTS if tls else "",
        line_bytes=_LINE_BYTES + 100,
    )


def _own(route: Route) -> list[int]:
    return [index for index, _ in route.limits]


def _frontend(
    system: System, found: Sequence[Route], placing: Placing, secured: Sequence[str]
) -> Iterator[str]:
    yield ""
    yield "frontend public"
    yield "    log global"
    yield f"    log ring@requests len {_LINE_BYTES} format raw local0 info"
    yield f'    log-format "{_LOG_FORMAT}"'
    yield from (f"    bind {one}" for one in placing.plain)
    if secured:
        yield "    # Every certificate in the folder serves the names that it is for."
        for one in secured:
            yield secured_bind(one, placing.certificates)
        yield "    http-request redirect scheme https code 301 unless { ssl_fc }"
        yield '    http-response set-header Strict-Transport-Security "max-age=31536000"'
    yield "    http-request set-header X-Forwarded-Proto https if { ssl_fc }"
    yield "    http-request set-header X-Forwarded-Proto http unless { ssl_fc }"
    yield "    http-request disable-l7-retry unless METH_GET"
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


def _backend(system: System, route: Route, *, tls: bool) -> Iterator[str]:
    part = route.part
    yield ""
    yield f"# {part.name} ({system.where(*part.path)}): two slots for each of its instances."
    yield f"backend {route.name}"
    yield "    # By weight: a canary of 5 % gets one request in twenty, however few there are."
    yield "    balance roundrobin"
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


def _servers(placing: Placing, index: int, route: Route) -> Iterator[str]:
    yield f"    # {_EMPTY if placing.empty else _BLUE_FIRST}"
    for colour in COLOURS:
        first = colour == "blue" and not placing.empty
        weight = "weight 100" if first else "weight 0 disabled"
        for instance in range(max(route.part.instances.maximum, 1)):
            name = f"{colour}{instance + 1}"
            cookie = f" cookie {name}" if route.sticky else ""
            port = slot_port(index, instance, colour, placing.first_port)
            host = _host(placing, route, instance)
            yield f"    server {name} {host}:{port} check {weight}{cookie}"


def _host(placing: Placing, route: Route, instance: int) -> str:
    if placing.hosts:
        return placing.hosts[instance % len(placing.hosts)]
    return f'"${{{route.name.upper()}_HOST-127.0.0.1}}"'

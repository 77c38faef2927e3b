"""The text of nginx.conf."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from outgrow.render.own_proxy import ports_behind_proxy
from outgrow.render.routes import TLS_CIPHERS, Route, serves_tls, url_path
from outgrow.render.system.model import System

_HEAD = """\
# {title}
# nginx 1.22 or later. Where a service answers is a name: of a container, or in /etc/hosts.

worker_processes auto;
error_log /dev/stderr warn;

events {{
    worker_connections 4096;
}}

http {{
    log_format timed '$remote_addr "$request" $status $body_bytes_sent $request_time '
                     '$upstream_addr $upstream_response_time';
    access_log /dev/stdout timed;
    server_tokens off;
    client_max_body_size 10m;
    keepalive_timeout 65s;

    gzip on;
    gzip_comp_level 5;
    gzip_min_length 1024;
    gzip_proxied any;
    gzip_vary on;
    gzip_types text/css text/plain application/javascript application/json image/svg+xml;

    map $http_upgrade $connection_upgrade {{
        default upgrade;
        "" "";
    }}

    proxy_http_version 1.1;
    proxy_set_header Host $host;
    proxy_set_header X-Real-IP $remote_addr;
    # What a client claims to be is not passed on.
    proxy_set_header X-Forwarded-For $remote_addr;
    proxy_set_header X-Forwarded-Proto $scheme;
    proxy_set_header Upgrade $http_upgrade;
    proxy_set_header Connection $connection_upgrade;
    proxy_connect_timeout 5s;
    # Another instance is asked only where nothing was sent yet: a POST never runs twice.
    proxy_next_upstream error timeout;
"""
_SECURITY = """\
    add_header X-Content-Type-Options nosniff always;
    add_header Referrer-Policy strict-origin-when-cross-origin always;
"""
_TLS = """\
    # Mozilla's intermediate profile.
    ssl_certificate certs/fullchain.pem;
    ssl_certificate_key certs/privkey.pem;
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_ciphers CIPHERS;
    ssl_prefer_server_ciphers off;
    ssl_session_cache shared:tls:10m;
    ssl_session_tickets off;
    add_header Strict-Transport-Security "max-age=31536000" always;

    server {
        listen 80 default_server;
        server_name _;
        return 301 https://$host$request_uri;
    }
"""


def configuration(system: System, found: Sequence[Route]) -> str:
    """Return nginx.conf for the routes of `system`."""
    tls = serves_tls(system)
    title = f"{system.name}: phase {system.phase} in {system.environment}."
    parts = [
        _HEAD.format(title=title),
        _SECURITY,
        *("\n".join(_zones(system, route)) for route in found),
        *("\n".join(_upstream(system, route)) + "\n" for route in found),
        "\n" + _TLS.replace("CIPHERS", TLS_CIPHERS) if tls else "",
        *("\n".join(_server(system, host, found, tls=tls)) + "\n" for host in _hosts(found)),
        "}\n",
    ]
    return "".join(parts)


def _hosts(found: Sequence[Route]) -> list[str | None]:
    """Return the host names that differ, any host last; routes without one join every host."""
    named = list(dict.fromkeys(route.host for route in found if route.host))
    return [*named, None] if any(route.host is None for route in found) else [*named]


def _zones(system: System, route: Route) -> Iterator[str]:
    for index, limit in route.limits:
        per_minute = int(limit.requests * 60 / limit.per_seconds) or 1
        yield ""
        yield (
            f"    # {limit.requests} requests in {int(limit.per_seconds)} s from one address: "
            f"{system.where('rate_limits', index)}."
        )
        zone = f"zone=limit_{index}:10m rate={per_minute}r/m"
        yield f"    limit_req_zone $binary_remote_addr {zone};\n"


def _upstream(system: System, route: Route) -> Iterator[str]:
    part = route.part
    yield ""
    yield f"    # {part.name}: {system.where(*part.path)}."
    yield f"    upstream {route.name} {{"
    if part.instances.maximum > 1:
        yield f"        {'ip_hash' if route.sticky else 'least_conn'};"
    port = ports_behind_proxy(system).get(part.name)
    # A container here is reached through a port of the machine, anything else by its name.
    address = f"127.0.0.1:{port}" if port else f"{part.name}:{part.listens}"
    yield f"        server {address} max_fails=2 fail_timeout=5s;"
    yield "        keepalive 32;"
    yield "    }"


def _server(
    system: System, host: str | None, found: Sequence[Route], *, tls: bool
) -> Iterator[str]:
    yield ""
    yield "    server {"
    default = " default_server" if host is None else ""
    yield f"        listen {'443 ssl http2' if tls else '80'}{default};"
    yield f"        server_name {host or '_'};"
    yield ""
    yield "        location = /healthz {"
    yield "            access_log off;"
    yield "            default_type text/plain;"
    yield '            return 200 "ok\\n";'
    yield "        }"
    for route in found:
        if route.host in (host, None):
            yield from _location(system, route)
    yield "    }"


def _location(system: System, route: Route) -> Iterator[str]:
    # The limits first: nginx takes the longest prefix, whatever the order.
    for index, limit in route.limits:
        yield from _block(system, route, url_path(limit.route), limit_index=index)
    if all(url_path(limit.route) != route.path for _, limit in route.limits):
        yield from _block(system, route, route.path, limit_index=None)


def _block(system: System, route: Route, path: str, limit_index: int | None) -> Iterator[str]:
    yield ""
    yield f"        location {path} {{"
    if limit_index is not None:
        limit = next(one for index, one in route.limits if index == limit_index)
        yield f"            limit_req zone=limit_{limit_index} burst={limit.requests} nodelay;"
        yield "            limit_req_status 429;"
    if route.tunnel_seconds:
        place = system.where(*route.part.path, "needs")
        yield f"            # A WebSocket may be silent for so long: {place}."
    seconds = max(route.timeout_seconds, route.tunnel_seconds or 0)
    yield f"            proxy_read_timeout {seconds}s;"
    yield f"            proxy_send_timeout {seconds}s;"
    yield f"            proxy_pass http://{route.name};"
    yield "        }"

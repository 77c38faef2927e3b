"""nginx in the place of a load balancer: one address, requests by path to each part."""

from __future__ import annotations

from outgrow.render.compose.plan import PROXY_PORT, Plan
from outgrow.render.system.model import Part
from outgrow.strategy.components import ComponentKind

_NGINX = """\
# What stands in the place of `{name}` ({offering}): one address for {targets}.
worker_processes auto;
pid /tmp/nginx.pid;  # a folder that needs no root
error_log /dev/stderr warn;

events {{
    worker_connections 1024;
}}

http {{
    access_log /dev/stdout;
    server_tokens off;
    client_max_body_size 10m;

    # The root file system is read-only; what nginx buffers goes to /tmp.
    client_body_temp_path /tmp/client_body;
    proxy_temp_path /tmp/proxy;
    fastcgi_temp_path /tmp/fastcgi;
    uwsgi_temp_path /tmp/uwsgi;
    scgi_temp_path /tmp/scgi;

    # Docker's own DNS. A container that was replaced has another address, so nginx asks again
    # instead of keeping what it found when it started.
    resolver 127.0.0.11 valid=5s;

    map $http_upgrade $connection_upgrade {{
        default upgrade;
        "" "";
    }}

    proxy_http_version 1.1;
    proxy_set_header Host $http_host;
    proxy_set_header X-Real-IP $remote_addr;
    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    proxy_set_header X-Forwarded-Proto $scheme;
    proxy_set_header Upgrade $http_upgrade;
    proxy_set_header Connection $connection_upgrade;
    proxy_connect_timeout 5s;
    # {timeout_why}
    proxy_read_timeout {timeout}s;
    proxy_send_timeout {timeout}s;

    server {{
        listen {port};
        server_name _;

        location = /healthz {{
            access_log off;
            default_type text/plain;
            return 200 "ok\\n";
        }}
{locations}    }}
}}
"""
_LOCATION = """
        location {path} {{
            set $target http://{name}:{port};
            proxy_pass $target;
        }}
"""


def proxy_conf(plan: Plan, proxy: Part) -> str:
    """Return the nginx.conf of a load balancer's stand-in."""
    targets = proxied(plan, proxy)
    longest = max((_seconds(part) for part in targets), default=0)
    return _NGINX.format(
        name=proxy.name,
        offering=_safe(proxy.resource.offering_id),
        targets=", ".join(part.name for part in targets),
        timeout=max(longest, 60),
        timeout_why=_why(plan, targets, longest),
        port=PROXY_PORT,
        locations="".join(
            _LOCATION.format(path=path, name=part.name, port=part.listens)
            for path, part in _paths(targets)
        ),
    )


def proxied(plan: Plan, proxy: Part) -> list[Part]:
    """Return the parts that a load balancer sends requests to."""
    linked = [plan.part(name) for name in proxy.links]
    return [part for part in linked if part is not None and part.listens is not None]


def _paths(targets: list[Part]) -> list[tuple[str, Part]]:
    """Return the path of each part: pages at the top, the first service below /api/."""
    if len(targets) == 1:
        return [("/", targets[0])]
    front = next((one for one in targets if one.kind is ComponentKind.FRONTEND), None)
    services = [one for one in targets if one is not front]
    first = [("/" if front is None else "/api/", services[0])]
    others = [(f"/{one.name}/", one) for one in services[1:]]
    return [*others, *first, *([("/", front)] if front else [])]


def _seconds(part: Part) -> int:
    needs = part.spec.needs
    longest = int(needs.longest_request_seconds or 0)
    return max(longest + 5 if longest else 0, 3600 if needs.websockets else 0)


def _why(plan: Plan, targets: list[Part], longest: int) -> str:
    if not longest:
        return "nginx's own default."
    slowest = max(targets, key=_seconds)
    place = plan.system.where(*slowest.path, "needs")
    kind = "WebSockets are silent" if slowest.spec.needs.websockets else "requests take"
    return f"As long as {kind} at `{slowest.name}` ({place})."


def _safe(text: str) -> str:
    return "".join(one for one in text if one.isalnum() or one in "/._-")

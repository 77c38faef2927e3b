"""What Prometheus can ask of a part: its own /metrics, an exporter beside it, a probe."""

from __future__ import annotations

from outgrow.render.system.defaults import is_static
from outgrow.render.system.model import Part, Role, System
from outgrow.strategy.components import ComponentKind

# Where our own code runs as processes that answer on a port for as long as they live.
_PROCESSES = ("aws/fargate", "aws/ec2")
_EXPORTERS = {
    ComponentKind.POSTGRES: "postgres",
    ComponentKind.REDIS: "redis",
    ComponentKind.MONGODB: "mongodb",
}
EXPORTER_PORTS = {"node": 9100, "postgres": 9187, "redis": 9121, "mongodb": 9216}
BLACKBOX = "blackbox:9115"


def scrapes_application(part: Part) -> bool:
    """Return whether `part` is our code with a /metrics of its own.

    A serverless function has none: there is no process to ask twice. Nor have plain files.
    """
    ours = part.service in _PROCESSES or part.provider in ("self-hosted", "digitalocean")
    return (
        part.role is Role.APPLICATION
        and part.kind is not ComponentKind.SANDBOX_POOL
        and part.listens is not None
        and ours
        and not is_static(part.spec)
        and part.kind is not ComponentKind.FRONTEND
    )


def exporter_of(part: Part) -> str | None:
    """Return the exporter that speaks for `part`: `node`, `postgres`, `redis`, or None."""
    if part.role is Role.MACHINE or part.service == "aws/ec2":
        return "node"
    return _EXPORTERS.get(part.kind)


def probe_of(system: System, part: Part) -> str | None:
    """Return the address at which a probe asks for `part`, or None where there is none.

    The public one where the environment has it; else, for what runs in containers of our
    own, the one within their network.
    """
    if part.role not in (Role.APPLICATION, Role.EDGE):
        return None
    path = part.health.path if part.health and part.health.path else "/"
    if part.host:
        url = system.settings.urls.get(part.component, f"https://{part.host}")
        return str(url).rstrip("/") + path
    if part.provider == "self-hosted" and part.listens is not None:
        return f"http://{part.name}:{part.listens}{path}"
    return None

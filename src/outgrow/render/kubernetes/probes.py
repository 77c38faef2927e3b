"""How the cluster sees that a container has started, is ready, and still works."""

from __future__ import annotations

from decimal import Decimal

from outgrow.render.kubernetes.facts import Object, service_port, whole_seconds
from outgrow.render.system.model import Part
from outgrow.render.writers.yaml_text import Commented, Yaml
from outgrow.strategy.containers import HealthCheck

_PERIOD_SECONDS = Decimal(10)
_TIMEOUT_SECONDS = Decimal(3)
_START_SECONDS = Decimal(120)
_STARTUP_PERIOD_SECONDS = 5


def probes(part: Part) -> Object:
    """Return the three probes of the part's container."""
    health = part.health or HealthCheck()
    check = _check(part)
    period = whole_seconds(health.interval_seconds or _PERIOD_SECONDS)
    timeout = whole_seconds(health.timeout_seconds or _TIMEOUT_SECONDS)
    start = whole_seconds(health.start_seconds or _START_SECONDS)
    startup = {
        **check,
        "periodSeconds": _STARTUP_PERIOD_SECONDS,
        "timeoutSeconds": timeout,
        "failureThreshold": -(-start // _STARTUP_PERIOD_SECONDS),
    }
    readiness = {
        **check,
        "periodSeconds": period,
        "timeoutSeconds": timeout,
        "failureThreshold": health.retries or 3,
    }
    liveness = {
        **check,
        "periodSeconds": period,
        "timeoutSeconds": timeout,
        "failureThreshold": (health.retries or 3) * 2,
    }
    return {
        "startupProbe": _noted(part, startup, start),
        "readinessProbe": readiness,
        "livenessProbe": Commented(
            liveness,
            "Slower than readiness: a container that is only busy leaves the Service and comes "
            "back, it is not restarted.",
        ),
    }


def _noted(part: Part, startup: Object, start: int) -> Yaml:
    if part.listens is None and _command(part) is None:
        return Commented(
            startup,
            "Nobody connects to it and the strategy gives no check (run.health): this sees that "
            "the first process is there, and no more.",
        )
    return Commented(startup, f"Up to {start} s to start; the other two probes wait for it.")


def _check(part: Part) -> Object:
    health = part.health
    command = _command(part)
    if health is not None and health.path and not health.disabled and part.listens is not None:
        path = health.path if health.path.startswith("/") else f"/{health.path}"
        return {"httpGet": {"path": path, "port": service_port(part)}}
    if command is not None:
        return {"exec": {"command": command}}
    if part.listens is not None:
        return {"tcpSocket": {"port": service_port(part)}}
    return {"exec": {"command": ["sh", "-c", "kill -0 1"]}}


def _command(part: Part) -> list[Yaml] | None:
    health = part.health
    if health is None or health.disabled or not health.command:
        return None
    words = [escaped(word.replace("$$", "$")) for word in health.command]
    return [*words] if len(words) > 1 else ["sh", "-c", words[0]]


def escaped(word: str) -> str:
    """Return `word` such that Kubernetes leaves `$(...)` in it to the shell."""
    return word.replace("$(", "$$(")

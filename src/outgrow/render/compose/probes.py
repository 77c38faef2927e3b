"""Health checks of services: the strategy's, the image's of ours, or the store's own."""

from __future__ import annotations

import json
from collections.abc import Mapping

from outgrow.render.compose.plan import PROXY_PORT, is_proxy
from outgrow.render.compose.values import literal, seconds, with_secrets
from outgrow.render.dockerfile.probe import probe_of
from outgrow.render.system.model import Part
from outgrow.render.writers.yaml_text import Flow, Yaml
from outgrow.strategy.components import ComponentKind
from outgrow.strategy.containers import HealthCheck

# Prettier breaks a list that ends past column 80; `test:` and its indentation take 12.
_LONGEST = 68
# It answers whoever asks, signed in or not.
_MYSQL = "mysqladmin ping -h 127.0.0.1 --silent"


def is_ours(part: Part) -> bool:
    """Return whether the part's image comes from a Dockerfile that outgrow renders."""
    return part.image is None and part.build is not None and part.build.dockerfile is None


def has_check(part: Part) -> bool:
    """Return whether Docker can tell that the part is healthy."""
    health = part.run.health
    return not (health is not None and health.disabled) and _test(part, {}) is not None


def health_check(part: Part, secrets: Mapping[str, str]) -> dict[str, Yaml] | None:
    """Return the `healthcheck` of a part, or None to leave it to the image.

    `secrets` says what Compose puts in for `${KEY}` where no shell reads the command.
    """
    health = part.health
    if health is not None and health.disabled:
        return {"disable": True}
    test = _test(part, secrets)
    if test is None:
        return None
    times = health or HealthCheck()
    if part.run.as_written:
        return {"test": Flow(test) if len(json.dumps(test)) < _LONGEST else test} | _times(times)
    return {
        "test": Flow(test) if len(json.dumps(test)) < _LONGEST else test,
        "interval": seconds(times.interval_seconds or 10),
        "timeout": seconds(times.timeout_seconds or 5),
        "retries": times.retries or 5,
        "start_period": seconds(times.start_seconds or 20),
    }


def _times(check: HealthCheck) -> dict[str, Yaml]:
    """Return the times that a check states, and none of our own."""
    found: dict[str, Yaml] = {}
    if check.interval_seconds is not None:
        found["interval"] = seconds(check.interval_seconds)
    if check.timeout_seconds is not None:
        found["timeout"] = seconds(check.timeout_seconds)
    if check.retries is not None:
        found["retries"] = check.retries
    if check.start_seconds is not None:
        found["start_period"] = seconds(check.start_seconds)
    return found


def _test(part: Part, secrets: Mapping[str, str]) -> list[str] | None:
    if is_proxy(part) and not part.image:
        url = f"http://127.0.0.1:{PROXY_PORT}/healthz"
        return ["CMD", "wget", "-q", "-O", "/dev/null", url]
    health = part.run.health if part.run.as_written else part.health
    if health is not None and health.command:
        return _command(health.command, secrets)
    if part.run.as_written:
        return None
    if is_ours(part):
        probe = probe_of(part)
        return ["CMD", *map(literal, probe.words)] if probe else None
    if part.kind is ComponentKind.MYSQL and part.run.health is None:
        return ["CMD-SHELL", _MYSQL]
    if health is not None and health.path and part.listens and part.run.health is not None:
        return _asks(part.listens, health.path)
    if health is not None and health.path and part.spec.needs.health_path and part.listens:
        return _asks(part.listens, health.path)
    return None


def _command(command: list[str], secrets: Mapping[str, str]) -> list[str]:
    if len(command) == 1:
        return ["CMD-SHELL", literal(command[0])]
    return ["CMD", *with_secrets(command, secrets)]


def _asks(port: int, path: str) -> list[str]:
    """Return a check by HTTP for an image of which nobody knows which client it holds."""
    safe = "".join(one for one in path if one.isalnum() or one in "/._-~%?=&+")
    url = f"'http://127.0.0.1:{port}/{safe.lstrip('/')}'"
    return ["CMD-SHELL", f"wget -q -O /dev/null {url} || curl -fsS -o /dev/null {url}"]

"""How to ask a part whether it works, with nothing but what its image holds."""

from __future__ import annotations

from dataclasses import dataclass

from outgrow.render.dockerfile.base_images import runtime_of
from outgrow.render.dockerfile.instructions import command_words
from outgrow.render.system.model import Part


@dataclass(frozen=True, slots=True)
class Probe:
    """The words of a check that ends with 0, and its times in seconds."""

    words: tuple[str, ...]
    interval_seconds: int = 10
    timeout_seconds: int = 3
    start_seconds: int = 30
    retries: int = 3


def probe_of(part: Part) -> Probe | None:
    """Return the check of a part that is built here; None where there is nothing to ask."""
    health = part.health
    words = _words(part)
    if words is None or (health is not None and health.disabled):
        return None
    if health is None:
        return Probe(tuple(words))
    return Probe(
        tuple(words),
        interval_seconds=int(health.interval_seconds or 10),
        timeout_seconds=int(health.timeout_seconds or 3),
        start_seconds=int(health.start_seconds or 30),
        retries=health.retries or 3,
    )


def _words(part: Part) -> list[str] | None:
    health, port = part.health, part.listens
    if health is not None and health.command:
        return command_words(health.command)
    if port is None:
        return None
    if health is None or health.path is None:
        return _connects(part, port)
    return _asks(part, port, health.path)


def _connects(part: Part, port: int) -> list[str]:
    """Return a check that the port accepts connections, all that can be known without a path."""
    runtime = runtime_of(part)
    if runtime == "python":
        code = f"import socket; socket.create_connection(('127.0.0.1', {port}), 2).close()"
        return ["python", "-c", code]
    if runtime == "node":
        # Node itself ends with 1 when nobody catches that the connection is refused.
        code = f"require('net').connect({port}, '127.0.0.1', () => process.exit(0))"
        return ["node", "-e", code]
    return ["wget", "-q", "-O", "/dev/null", f"http://127.0.0.1:{port}/healthz"]


def _asks(part: Part, port: int, path: str) -> list[str]:
    """Return a check that `path` answers 2xx or 3xx; neither curl nor a shell is needed."""
    runtime = runtime_of(part)
    url = f"http://127.0.0.1:{port}{_path_of(path)}"
    if runtime == "python":
        code = f"import urllib.request as r; r.urlopen({url!r}, timeout=3)"
        return ["python", "-c", code]
    if runtime == "node":
        code = f"fetch({url!r}).then(r => process.exit(r.ok ? 0 : 1), () => process.exit(1))"
        return ["node", "-e", code]
    # The server answers /healthz itself, whatever files there are.
    return ["wget", "-q", "-O", "/dev/null", f"http://127.0.0.1:{port}/healthz"]


def _path_of(path: str) -> str:
    """Return `path` as a URL carries it, with no character that ends a string of code."""
    safe = "".join(one if one.isascii() and one.isprintable() else "" for one in path)
    for unsafe, code in (("\\", "%5C"), ("'", "%27"), ('"', "%22"), (" ", "%20"), ("$", "%24")):
        safe = safe.replace(unsafe, code)
    return safe if safe.startswith("/") else f"/{safe}"

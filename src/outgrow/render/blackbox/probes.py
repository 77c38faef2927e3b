"""Which addresses are asked, by which module, and which of them cannot be."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from outgrow.diagnostics import Path
from outgrow.render.compose.selection import self_hosted
from outgrow.render.system.model import Part, Role, System

_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")
# A path as a URL may hold it; anything else would have to be guessed at.
_PATH = re.compile(r"/[A-Za-z0-9/._~!$&'()*+,;=:@%?-]*")


@dataclass(frozen=True, slots=True)
class Probe:
    """One address, the part that it stands for, and the module that asks it."""

    part: str
    module: str
    address: str
    source: str


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An address of the environment that is no address."""

    part: Part
    path: Path


def public_probes(system: System) -> tuple[Probe, ...]:
    """Return a probe for every public address, and for its plain-text redirect where it has TLS."""
    return tuple(probe for part in system.parts for probe in _public(system, part))


def internal_probes(system: System) -> tuple[Probe, ...]:
    """Return a probe for every health endpoint within the containers' own network."""
    return tuple(
        Probe(
            part.name,
            "http_2xx",
            f"http://{part.name}:{part.listens}{path}",
            system.where(*part.path),
        )
        for part in self_hosted(system).parts
        if part.listens is not None and part.role in (Role.APPLICATION, Role.EDGE)
        for path in [_health_path(part)]
        if path is not None
    )


def store_probes(system: System) -> tuple[Probe, ...]:
    """Return a probe for the port of every store in a container of our own."""
    return tuple(
        Probe(part.name, "tcp_connect", f"{part.name}:{part.listens}", system.where(*part.path))
        for part in self_hosted(system).parts
        if part.listens is not None and part.role is Role.STORE
    )


def unasked(system: System) -> tuple[Part, ...]:
    """Return what is public and has no address in this environment, itself or before it."""
    addresses = system.settings.urls.keys()
    named = {part.name for part in system.parts if part.component in addresses}
    return tuple(
        part
        for part in system.parts
        if part.public and part.role in (Role.APPLICATION, Role.EDGE)
        if part.name not in named and not named & set(part.linked_from)
    )


def unreadable(system: System) -> tuple[Unreadable, ...]:
    """Return the addresses and health paths that no probe can be given."""
    return tuple(_unreadable(system))


def _unreadable(system: System) -> Iterator[Unreadable]:
    for part in system.parts:
        written = system.settings.urls.get(part.component)
        if written is not None and _origin(written) is None:
            yield Unreadable(part, ("environments", system.environment, "urls", part.component))
        elif _has_odd_path(part) and (written is not None or part in self_hosted(system).parts):
            yield Unreadable(part, part.path)


def _public(system: System, part: Part) -> Iterator[Probe]:
    written = system.settings.urls.get(part.component)
    base = _origin(written) if written is not None else None
    if base is None:
        return
    source = system.where("environments", system.environment, "urls", part.component)
    scheme, host, path = base
    wanted = path.rstrip("/") + (_health_path(part) or "/")
    module = "https_2xx" if scheme == "https" else "http_2xx"
    yield Probe(part.name, module, f"{scheme}://{host}{wanted}", source)
    if scheme == "https" and ":" not in host:
        yield Probe(part.name, "http_redirects_to_https", f"http://{host}/", source)


def _origin(url: str) -> tuple[str, str, str] | None:
    """Return scheme, host with port, and path of an address, or None for what is none."""
    try:
        found = urlsplit(url)
        port = found.port
    except ValueError:
        return None
    host = found.hostname or ""
    plain = not (found.username or found.password or found.query or found.fragment)
    if found.scheme not in ("http", "https") or not plain or not _HOST.fullmatch(host):
        return None
    if found.path and not _PATH.fullmatch(found.path):
        return None
    return found.scheme, f"{host}:{port}" if port else host, found.path


def _health_path(part: Part) -> str | None:
    path = part.health.path if part.health is not None else None
    return path if path and _PATH.fullmatch(path) else None


def _has_odd_path(part: Part) -> bool:
    path = part.health.path if part.health is not None else None
    return bool(path) and _health_path(part) is None

"""Where a proof may send its load: to what the strategy says is the team's own, nowhere else."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from outgrow.errors import InputError
from outgrow.strategy.deploys import DeployProxy
from outgrow.strategy.environments import Environment

_PORTS = {"http": 80, "https": 443}
_HERE = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class LoadTarget:
    """An address and a port, and the host that requests ask for there."""

    address: str
    port: int
    name: str
    tls: bool


def load_target(settings: Environment, environment: str, component: str) -> LoadTarget:
    """Return where the users of `component` come in.

    That is the proxy of the environment where it has machines of the team's own, else the
    address of the component under `urls`. Raises InputError where the strategy names neither.
    """
    url = settings.urls.get(component)
    if settings.proxy is not None or settings.machines:
        return _of_proxy(settings, settings.proxy or DeployProxy(), url)
    if url is None:
        raise InputError(
            f"the strategy does not say where users of {component} come in in {environment}",
            f"Write it under environments/{environment}/urls/{component}.",
        )
    return _of_url(url, f"environments/{environment}/urls/{component}")


def _of_proxy(settings: Environment, proxy: DeployProxy, url: str | None) -> LoadTarget:
    address = settings.machines[proxy.host].address if proxy.host in settings.machines else _HERE
    bound, _, port = proxy.listen.rpartition(":")
    if proxy.host is None and bound not in ("", "*", "0.0.0.0", "[::]"):
        address = bound.strip("[]")
    if not port.isdigit():
        raise InputError(
            f"the proxy listens at {proxy.listen!r}, which has no port",
            "Write it as :80 or as 127.0.0.1:8080.",
        )
    name = urlsplit(url).hostname if url else None
    return LoadTarget(address, int(port), name or "localhost", proxy.certificates is not None)


def _of_url(url: str, place: str) -> LoadTarget:
    parts = urlsplit(url)
    if parts.scheme not in _PORTS or not parts.hostname:
        raise InputError(f"{place}: {url!r} is no address of a site", "Begin it with https://.")
    port = parts.port or _PORTS[parts.scheme]
    return LoadTarget(
        parts.hostname, port, parts.netloc.rpartition("@")[2], parts.scheme == "https"
    )

"""The way to a cluster: a named context of a kubeconfig that must lead where it is meant to.

The context that happens to be current is never used: a deploy to staging must not land in
production because somebody looked something up there. Nothing is sent before the address of
the context has been compared with the one that the environment is bound to.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from outgrow.errors import InputError, OutsideError

if TYPE_CHECKING:
    from collections.abc import Callable

_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Access:
    """What an environment says about the way to its cluster.

    `kubeconfig` is None for the usual place (KUBECONFIG, or ~/.kube/config).
    """

    environment: str
    context: str
    server: str
    kubeconfig: str | None = None


def connected(access: Access) -> Any:
    """Return the official client's `ApiClient` for `access`; nothing has been sent with it.

    Raises InputError for a context that is not there or leads elsewhere, and OutsideError when
    the program that it asks for credentials fails.
    """
    kubernetes = _library()
    settings = type.__call__(kubernetes.client.Configuration)
    _load(access, settings, kubernetes.config)
    if not same_server(settings.host, access.server):
        raise InputError(
            f"the context {access.context!r} leads to {shown(settings.host)}, but the environment "
            f"{access.environment!r} is bound to {shown(access.server)}; nothing was sent there",
            f"Name another context under environments/{access.environment}/cluster/context, or "
            "mend the address of the cluster in the kubeconfig.",
        )
    settings.retries = False  # what may be tried again is decided one call at a time
    return kubernetes.client.ApiClient(configuration=settings)


def same_server(one: str, other: str) -> bool:
    """Return whether two addresses are those of one server: scheme, host, port and path."""
    return _parts(one) == _parts(other)


def shown(address: str) -> str:
    """Return an address without user, password and query."""
    scheme, host, port, path = _parts(address)
    usual = _PORTS.get(scheme) == port
    return f"{scheme}://{host}{'' if usual or port is None else f':{port}'}{path}"


def _parts(address: str) -> tuple[str, str, int | None, str]:
    try:
        found = urlsplit(address.strip())
        port = found.port or _PORTS.get(found.scheme)
    except ValueError:
        raise InputError(
            "the address of a cluster cannot be read", "Write it as https://HOST:PORT."
        ) from None
    return found.scheme, (found.hostname or "").lower(), port, found.path.rstrip("/")


def _library() -> Any:
    try:
        import kubernetes
        import kubernetes.config
    except ImportError:
        raise InputError(
            "deploys to Kubernetes need its official client, which is not installed",
            "pip install 'outgrow[kubernetes]'",
        ) from None
    return kubernetes


def _load(access: Access, settings: Any, config: Any) -> None:
    where = access.kubeconfig and str(Path(access.kubeconfig).expanduser())
    load: Callable[..., None] = config.load_kube_config
    try:
        contexts, _ = config.list_kube_config_contexts(where)
        names = [str(one["name"]) for one in contexts]
        if access.context not in names:
            raise InputError(
                f"the kubeconfig has no context {access.context!r}",
                f"It has: {', '.join(names) or 'none'}. The environment "
                f"{access.environment!r} names one under cluster/context.",
            )
        load(where, access.context, settings, persist_config=False)
    except (config.ConfigException, OSError, ValueError, TypeError, KeyError) as problem:
        # Its own words may hold what a program for credentials printed.
        raise OutsideError(
            f"the context {access.context!r} cannot be used: {type(problem).__name__}",
            f"Try `kubectl --context {access.context} version`, which says why.",
        ) from None

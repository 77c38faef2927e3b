"""What a kit part tells those who call it: limits, whose tokens it takes, headers, origins."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from outgrow.render.kit.variables import KitVariables
from outgrow.render.system.model import Part, System
from outgrow.strategy.bindings import in_environment
from outgrow.strategy.components import ComponentKind

Json = Mapping[str, object]


def rate_limits(system: System, part: Part) -> list[Json]:
    """Return the limits that a service holds, in the strategy's order: the first match counts.

    A route without a `*` means what begins with it, as it does to a proxy.
    """
    return [
        {
            "route": one.route if "*" in one.route else f"{one.route}*",
            "requests": one.requests,
            "per_seconds": one.per_seconds,
            "by": one.by,
            "when_out": one.when_out,
        }
        for one in system.strategy.rate_limits
        if one.component in (None, part.component)
    ]


def sign_in(system: System, variables: KitVariables) -> Json:
    """Return whose tokens are accepted here; {} where nobody signs in."""
    section = in_environment(system.strategy.sign_in, system.settings.sign_in)
    if section.issuer is None:
        return {}
    found: dict[str, object] = {
        "issuer": section.issuer,
        "audience": section.audience,
        "authorized_parties": section.authorized_parties,
        "jwks_url": section.jwks_url,
        "leeway_seconds": section.leeway_seconds,
    }
    if variables.webhook_secret is not None:
        found["webhook_secret_from"] = variables.webhook_secret[0]
    return {key: value for key, value in found.items() if value not in (None, [])}


def http(system: System, part: Part) -> Json:
    """Return what browsers are told by `part`."""
    section = in_environment(system.strategy.http, system.settings.http)
    found: dict[str, object] = {
        "allowed_origins": section.allowed_origins or list(_pages_of(system, part)),
        "trusted_proxies": section.trusted_proxies,
        "secure": _is_secure(system) if section.secure is None else section.secure,
        "headers": section.headers,
    }
    return {key: value for key, value in found.items() if value not in ([], {})}


def _pages_of(system: System, part: Part) -> Iterable[str]:
    """Return the origins of the frontends that call `part` from another one than its own."""
    urls = system.settings.urls
    own = _origin(urls.get(part.component, ""))
    pages = (
        _origin(urls.get(one.component, ""))
        for one in system.parts
        if one.kind is ComponentKind.FRONTEND and part.name in one.links
    )
    return dict.fromkeys(page for page in pages if page and page != own)


def _origin(url: str) -> str:
    try:
        found = urlsplit(url)
    except ValueError:  # no address at all: nobody calls from there
        return ""
    known = found.scheme in ("http", "https") and found.netloc
    return f"{found.scheme}://{found.netloc}" if known else ""


def _is_secure(system: System) -> bool:
    """Return whether users come over TLS, by the addresses of the environment."""
    schemes = {url.partition("://")[0] for url in system.settings.urls.values()}
    return "https" in schemes or ("http" not in schemes and system.is_production)

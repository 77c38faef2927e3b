"""What an application imports so that its code stays the same while its infrastructure grows.

Importing this package imports nothing else: each name is loaded when it is first used.
"""

from __future__ import annotations

from importlib import import_module

# What `typing` costs is more than all the rest of this import; type checkers know the name.
TYPE_CHECKING = False

__version__ = "0.1.0"

if TYPE_CHECKING:
    from outgrow_kit.cache import Cache
    from outgrow_kit.databases import AsyncDatabase, Database, ReadYourWrites
    from outgrow_kit.errors import InvalidSettings, KitError, StoreUnavailable
    from outgrow_kit.limits import rate_limit_middleware
    from outgrow_kit.secret import Secret
    from outgrow_kit.sessions import session_middleware, session_of, sessions_for
    from outgrow_kit.settings import Settings
    from outgrow_kit.shards import AsyncShards, Shards, id_parts
    from outgrow_kit.web import http_cache, web_middleware

# The public names, and the module each lives in.
_HOMES = {
    "AsyncDatabase": "databases",
    "AsyncShards": "shards",
    "Cache": "cache",
    "Database": "databases",
    "InvalidSettings": "errors",
    "KitError": "errors",
    "ReadYourWrites": "databases",
    "Secret": "secret",
    "Settings": "settings",
    "Shards": "shards",
    "StoreUnavailable": "errors",
    "http_cache": "web",
    "id_parts": "shards",
    "rate_limit_middleware": "limits",
    "session_middleware": "sessions",
    "session_of": "sessions",
    "sessions_for": "sessions",
    "web_middleware": "web",
}
__all__ = [
    "AsyncDatabase",
    "AsyncShards",
    "Cache",
    "Database",
    "InvalidSettings",
    "KitError",
    "ReadYourWrites",
    "Secret",
    "Settings",
    "Shards",
    "StoreUnavailable",
    "__version__",
    "http_cache",
    "id_parts",
    "rate_limit_middleware",
    "session_middleware",
    "session_of",
    "sessions_for",
    "web_middleware",
]


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{home}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)

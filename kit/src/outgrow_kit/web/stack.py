"""The middleware of an application in the order that works."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from starlette.middleware import Middleware
from starlette.types import ASGIApp

from outgrow_kit.settings.model import HttpSettings
from outgrow_kit.web.address import ClientAddressMiddleware
from outgrow_kit.web.caching import HttpCacheMiddleware
from outgrow_kit.web.cors import cors_middleware
from outgrow_kit.web.headers import SecurityHeadersMiddleware


def web_middleware(
    settings: HttpSettings,
    *between: Middleware,
    policies: Mapping[str, str] | None = None,
) -> list[Middleware]:
    """Return the middleware of a FastAPI or Starlette application, the outermost first.

    `between` stands inside of CORS and outside of HTTP caching: sessions, rate limits and
    compression, in this order. Starlette answers an unhandled exception outside of all of
    them; `wrapped` covers that as well.
    """
    return [
        Middleware(SecurityHeadersMiddleware, settings=settings, policies=policies),
        Middleware(ClientAddressMiddleware, settings=settings),
        *cors_middleware(settings),
        *between,
        Middleware(HttpCacheMiddleware),
    ]


def wrapped(app: ASGIApp, layers: Iterable[Middleware]) -> ASGIApp:
    """Return `app` inside of `layers`, the first outermost.

    Around a whole application they see the 500 of an unhandled exception too.
    """
    for layer in reversed(list(layers)):
        app = layer.cls(app, *layer.args, **layer.kwargs)
    return app

"""Which web pages of other origins may call, in terms of Starlette's own middleware."""

from __future__ import annotations

import re
from collections.abc import Sequence

from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware

from outgrow_kit.errors import InvalidSettings
from outgrow_kit.settings.model import HttpSettings

_ORIGIN = re.compile(r"https?://(\*\.)?([a-z0-9.-]+|\[[0-9a-f:]+\])(:\d+)?", re.IGNORECASE)
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
_REQUEST_HEADERS = ("Authorization", "If-None-Match", "Idempotency-Key", "X-CSRF-Token")
_RESPONSE_HEADERS = ("ETag", "RateLimit", "RateLimit-Policy", "Retry-After", "X-Request-ID")


def cors_middleware(
    settings: HttpSettings,
    *,
    methods: Sequence[str] = _METHODS,
    request_headers: Sequence[str] = _REQUEST_HEADERS,
    response_headers: Sequence[str] = _RESPONSE_HEADERS,
    preflight_seconds: int = 600,
) -> list[Middleware]:
    """Return Starlette's CORS middleware for the allowed origins; nothing when there are none.

    An origin may be `https://*.example.com` for its subdomains. With `*` every page may read
    what anyone may read, but no cookie is sent along. Raises InvalidSettings.
    """
    origins = settings.allowed_origins
    problems = [_problem(origin) for origin in origins if not _is_valid(origin)]
    if problems:
        raise InvalidSettings(problems)
    if not origins:
        return []
    return [
        Middleware(
            CORSMiddleware,
            allow_origins=[origin for origin in origins if "*" not in origin or origin == "*"],
            allow_origin_regex=_subdomains(origins),
            # Starlette would answer every origin with leave to send its cookies.
            allow_credentials="*" not in origins,
            allow_methods=methods,
            allow_headers=request_headers,
            expose_headers=response_headers,
            max_age=preflight_seconds,
        )
    ]


def _is_valid(origin: str) -> bool:
    return origin == "*" or _ORIGIN.fullmatch(origin) is not None


def _problem(origin: str) -> str:
    return (
        f"http/allowed_origins: {origin!r} is no origin; write scheme, host and port only, "
        "as `https://app.example.com`"
    )


def _subdomains(origins: Sequence[str]) -> str | None:
    patterns = [
        re.escape(origin).replace(r"\*", r"[a-z0-9-]+(\.[a-z0-9-]+)*", 1)
        for origin in origins
        if "*." in origin
    ]
    return "|".join(patterns) or None

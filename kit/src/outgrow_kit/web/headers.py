"""Headers that every answer of an API carries, so that browsers take no risks with it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from outgrow_kit.errors import InvalidSettings
from outgrow_kit.settings.model import HttpSettings
from outgrow_kit.web.routes import RoutePattern, route_path

HSTS_SECONDS = 365 * 24 * 3600
# An API answers with data: nothing of it is a page that loads, frames or sends anything.
API_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
# What the interactive pages of FastAPI (`/docs`, `/redoc`) load.
FASTAPI_DOCS_POLICY = (
    "default-src 'none'; connect-src 'self'; img-src 'self' data: https://fastapi.tiangolo.com; "
    "script-src 'self' 'unsafe-inline' https://cdn.jsdelivr.net; "
    "style-src 'self' 'unsafe-inline' https://cdn.jsdelivr.net https://fonts.googleapis.com; "
    "font-src https://fonts.gstatic.com; worker-src blob:; frame-ancestors 'none'"
)
_DEFAULTS = {
    "Content-Security-Policy": API_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[\t\x20-\x7e]*")


class SecurityHeadersMiddleware:
    """Adds the headers that an answer does not carry yet.

    `settings.headers` replaces a default, and an empty value leaves it out; what a handler sets
    counts above both. `policies` gives a path (`/docs*`) a Content-Security-Policy of its own.
    """

    def __init__(
        self, app: ASGIApp, settings: HttpSettings, policies: Mapping[str, str] | None = None
    ) -> None:
        self.app = app
        self._headers = _encoded(security_headers(settings))
        self._policies = [
            (RoutePattern(route), _encoded({"Content-Security-Policy": policy}))
            for route, policy in (policies or {}).items()
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = {**self._headers, **self._policy(scope)} if self._policies else self._headers

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = list(message.get("headers", ()))
                present = {name.lower() for name, _ in own}
                own += [pair for pair in headers.items() if pair[0] not in present]
                message = {**message, "headers": own}
            await send(message)

        await self.app(scope, receive, with_headers)

    def _policy(self, scope: Scope) -> Mapping[bytes, bytes]:
        path = route_path(scope)
        for pattern, headers in self._policies:
            if pattern.matches(scope["method"], path):
                return headers
        return {}


def security_headers(settings: HttpSettings) -> dict[str, str]:
    """Return what is added to each answer; raises InvalidSettings."""
    headers = dict(_DEFAULTS)
    if settings.secure:
        headers["Strict-Transport-Security"] = f"max-age={HSTS_SECONDS}"
    problems = []
    for name, value in settings.headers.items():
        if not _NAME.fullmatch(name) or not _VALUE.fullmatch(value):
            problems.append(f"http/headers: {name!r} or its value has characters no header has")
        for default in [known for known in headers if known.lower() == name.lower()]:
            del headers[default]
        if value:
            headers[name] = value
    if problems:
        raise InvalidSettings(problems)
    return headers


def _encoded(headers: Mapping[str, str]) -> dict[bytes, bytes]:
    return {name.lower().encode(): value.encode() for name, value in headers.items()}

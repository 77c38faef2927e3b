"""`Cache-Control`, `Vary` and `ETag` on answers, and 304 for what the client already has."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from outgrow_kit.web.cache_control import SCOPE_KEY, CacheControl, Marks
from outgrow_kit.web.etag import EntityTags, is_listed

# What describes a body; a 304 has none.
_OF_BODY = ("content-length", "content-type", "content-encoding", "content-language",
            "content-range", "transfer-encoding")  # fmt: skip


class HttpCacheMiddleware:
    """Puts caching headers on GET and HEAD, and answers 304 where the ETag matches.

    An answer that nobody marked is `private, no-cache`. Errors are `no-store`, and an answer
    that sets a cookie is never public. Only whole bodies up to `max_body_bytes` are held to be
    hashed; streams and longer bodies pass as they come. `strong` makes tags of the exact bytes,
    for an application whose answers nobody compresses afterwards.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        default: CacheControl | None = None,
        max_body_bytes: int = 256 * 1024,
        strong: bool = False,
    ) -> None:
        self.app = app
        self._default = default or CacheControl()
        self._max_body_bytes = max_body_bytes
        self._strong = strong
        self._tags = EntityTags()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        scope[SCOPE_KEY] = marks = Marks()
        if scope["method"] not in ("GET", "HEAD"):
            await self.app(scope, receive, send)
            return
        answer = _Answer(self, scope, marks, send)
        await self.app(scope, receive, answer.send)

    def control_for(self, marks: Marks, status: int, headers: Headers) -> CacheControl | None:
        """Return what to say about an answer; None leaves what the handler wrote."""
        is_exposed = self.is_exposed(marks, headers)
        if "cache-control" in headers:
            return CacheControl() if is_exposed and not _is_private(headers) else None
        is_marked = marks.control is not None and status in (200, 203, 206, 301, 304, 308)
        control = marks.control if marks.control and is_marked else self._default
        # What is kept for one user may stay fresh in that user's browser, by its Vary.
        is_kept = not control.public and "set-cookie" not in headers
        return control if is_kept or not is_exposed else control.kept_private()

    def is_exposed(self, marks: Marks, headers: Headers) -> bool:
        """Return whether a shared cache that kept the answer would show it to others."""
        return marks.is_personal or "set-cookie" in headers

    def tag_for(self, body: bytes, headers: Headers) -> str | None:
        """Return the ETag of a body, or None when none can be told."""
        if self._strong:
            return self._tags.strong(body)
        encoding = headers.get("content-encoding", "").strip().lower()
        return self._tags.weak(body, headers.get("content-type", ""), encoding)

    def may_hold(self, headers: Headers) -> bool:
        """Return whether a body may wait here until it is whole: its length is told and small."""
        length = headers.get("content-length", "")
        return length.isdecimal() and int(length) <= self._max_body_bytes


def _is_private(headers: Headers) -> bool:
    """Return whether the handler itself keeps shared caches out.

    Leaving `public` away does not: they may keep what has a time (RFC 9111, section 3).
    """
    said = ",".join(headers.getlist("cache-control")).lower().split(",")
    names = {part.partition("=")[0].strip() for part in said}
    return "no-store" in names or ("private" in names and not names & {"public", "s-maxage"})


class _Answer:
    """One response on its way: its start waits until the body's tag is known, or not needed."""

    __slots__ = ("_body", "_cache", "_is_dropped", "_marks", "_scope", "_send", "_start")

    def __init__(
        self, cache: HttpCacheMiddleware, scope: MutableMapping[str, Any], marks: Marks, send: Send
    ) -> None:
        self._cache = cache
        self._scope = scope
        self._marks = marks
        self._send = send
        self._start: Message | None = None
        self._body = bytearray()
        self._is_dropped = False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            await self._started(message)
        elif self._is_dropped:
            return
        elif self._start is not None and message["type"] == "http.response.body":
            await self._continued(message)
        else:
            await self._released()
            await self._send(message)

    async def _started(self, message: Message) -> None:
        message = {**message, "headers": list(message.get("headers", ()))}
        headers = MutableHeaders(raw=message["headers"])
        status = message["status"]
        if status >= 400:
            is_exposed = self._cache.is_exposed(self._marks, headers)
            if "cache-control" not in headers or (is_exposed and not _is_private(headers)):
                headers["cache-control"] = "no-store"
            await self._send(message)
            return
        self._describe(status, headers)
        if status != 200 or "set-cookie" in headers or "no-store" in headers["cache-control"]:
            await self._send(message)
        elif "etag" in headers:
            await self._sent_unless_known(message, headers)
        elif self._cache.may_hold(headers):
            self._start = message
        else:
            await self._send(message)

    def _describe(self, status: int, headers: MutableHeaders) -> None:
        control = self._cache.control_for(self._marks, status, headers)
        if control is not None:
            headers["cache-control"] = control.header()
            for name in control.vary:
                headers.add_vary_header(name)
        for name in sorted(self._marks.vary):
            headers.add_vary_header(name)

    async def _continued(self, message: Message) -> None:
        assert self._start is not None
        self._body += message.get("body", b"")
        headers = MutableHeaders(raw=self._start["headers"])
        # A handler that sends more than it told is passed on; the server will object.
        if len(self._body) > int(headers["content-length"]):
            await self._released(more_body=message.get("more_body", False))
        elif not message.get("more_body", False):
            start, self._start = self._start, None
            body = bytes(self._body)
            if len(body) == int(headers["content-length"]):
                tag = self._cache.tag_for(body, headers)
                if tag is not None:
                    headers["etag"] = tag
            await self._sent_unless_known(start, headers)
            if not self._is_dropped:
                await self._send({"type": "http.response.body", "body": body})

    async def _sent_unless_known(self, start: Message, headers: MutableHeaders) -> None:
        asked = Headers(scope=self._scope).getlist("if-none-match")
        if asked and "etag" in headers and is_listed(headers["etag"], ",".join(asked)):
            self._is_dropped = True
            for name in _OF_BODY:
                del headers[name]
            await self._send({**start, "status": 304})
            await self._send({"type": "http.response.body", "body": b""})
        else:
            await self._send(start)

    async def _released(self, more_body: bool = True) -> None:
        """Send what was held, because it will not be hashed after all."""
        if self._start is None:
            return
        start, self._start = self._start, None
        await self._send(start)
        if self._body or not more_body:
            await self._send(
                {"type": "http.response.body", "body": bytes(self._body), "more_body": more_body}
            )

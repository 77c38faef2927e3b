"""Answers of the kit itself, as RFC 9457 problem documents."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from starlette.types import Send

Header = tuple[bytes, bytes]


async def send_problem(
    send: Send,
    status: int,
    title: str,
    detail: str,
    *,
    kind: str = "about:blank",
    headers: Iterable[Header] = (),
    extra: Mapping[str, object] | None = None,
) -> None:
    """Send a whole `application/problem+json` response that no cache may keep."""
    document = {"type": kind, "title": title, "status": status, "detail": detail, **(extra or {})}
    body = json.dumps(document).encode()
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [
                (b"content-type", b"application/problem+json"),
                (b"content-length", str(len(body)).encode()),
                (b"cache-control", b"no-store"),
                *headers,
            ],
        }
    )
    await send({"type": "http.response.body", "body": body})

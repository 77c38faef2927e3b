"""Asks one instance one question over HTTP, within a deadline, and never asks another host."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from outgrow.deploy.values import Probe

if TYPE_CHECKING:
    import httpx

_MOST_BYTES = 300
_MOST_REDIRECTS = 3
_AGENT = "outgrow-probe"


def http_probe(slot: str, url: str, deadline_seconds: float = 5.0, host: str = "") -> Probe:
    """Return what a GET of `url` is answered; `host` is asked for in its place, if given.

    It is good when its status is 2xx. A redirect within the same address is followed, one to
    another is an answer that is not good. The deadline holds for all of it together.
    """
    began = time.monotonic()
    try:
        ok, said = asyncio.run(_within(deadline_seconds, url, host))
    except TimeoutError:
        ok, said = False, f"no answer within {deadline_seconds:g} s"
    return Probe(slot, ok, said, time.monotonic() - began)


async def _within(deadline_seconds: float, url: str, host: str) -> tuple[bool, str]:
    # httpx knows limits for single reads only; an answer that drips would never end.
    async with asyncio.timeout(deadline_seconds):
        return await _ask(url, host)


async def _ask(url: str, host: str) -> tuple[bool, str]:
    import httpx

    headers = {"user-agent": _AGENT, "accept-encoding": "identity", "connection": "close"}
    if host:
        headers["host"] = host
    try:
        # No proxy of the environment: the instance itself is asked. Its certificate is made out
        # to the name that users know, not to the address of one instance.
        async with httpx.AsyncClient(
            headers=headers, trust_env=False, verify=False, timeout=None
        ) as client:
            return await _followed(client, url)
    except httpx.ConnectError:
        return False, "connection refused"
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        return False, f"no answer: {_words(error)}"


async def _followed(client: httpx.AsyncClient, url: str) -> tuple[bool, str]:
    _address(url)
    for _ in range(_MOST_REDIRECTS):
        async with client.stream("GET", url) as answer:
            target = answer.headers.get("location") if answer.is_redirect else None
            if target is None:
                return answer.is_success, await _said(answer)
        following = urljoin(url, target)
        if _address(following) != _address(url):
            return False, f"{_status(answer)} to another address ({_address(following)[1]})"
        url = following
    return False, f"{_MOST_REDIRECTS} redirects in a row"


async def _said(answer: httpx.Response) -> str:
    """Return the status line and the beginning of the body, on one line."""
    read = b""
    async for piece in answer.aiter_raw():
        read += piece
        if len(read) >= _MOST_BYTES:
            break
    text = read[:_MOST_BYTES].decode("utf-8", "replace")
    body = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return f"{_status(answer)}: {body}" if body else _status(answer)


def _status(answer: httpx.Response) -> str:
    return f"{answer.status_code} {answer.reason_phrase}".strip()


def _address(url: str) -> tuple[str, str]:
    """Return scheme, and host with port; raise ValueError where the port cannot be one."""
    found = urlsplit(url)
    return found.scheme, found.netloc if found.port is None else f"{found.hostname}:{found.port}"


def _words(error: Exception) -> str:
    return str(error).split("\n", 1)[0][:200] or type(error).__name__

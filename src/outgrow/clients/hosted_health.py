"""Asks an address which version answers there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from pydantic import JsonValue, SecretStr

from outgrow.clients.hosted_http import without_logs

_HEADERS = ("x-outgrow-version", "x-version", "x-app-version")
_KEYS = ("version", "release", "commit", "sha", "revision", "digest", "build", "git_sha")
_SECONDS = 5.0
_SHORTEST_COMMIT = 7
_LONGEST_BYTES = 65536


@dataclass(frozen=True, slots=True)
class Answered:
    """What an address said: whether all is well, the versions that it names, and the answer."""

    ok: bool
    versions: tuple[str, ...]
    said: str

    def is_of(self, *marks: str) -> bool:
        """Return whether it names one of `marks`; a commit may be named by its beginning."""
        return any(_same(found, mark) for found in self.versions for mark in marks if mark)


def ask_version(address: str) -> Answered:
    """Return which version answers at `address`; an answer that never came is not ok."""
    import httpx

    without_logs()
    try:
        answer = httpx.get(address, timeout=_SECONDS, headers={"Cache-Control": "no-cache"})
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return Answered(False, (), f"no answer ({type(error).__name__})")
    named = tuple(dict.fromkeys([*_of_headers(answer.headers), *_of_body(answer)]))
    return Answered(answer.is_success, named, f"status {answer.status_code}")


def _of_headers(headers: Mapping[str, str]) -> Iterator[str]:
    yield from (headers[name] for name in _HEADERS if name in headers)


def _of_body(answer: object) -> Iterator[str]:
    content = getattr(answer, "content", b"")
    if not content or len(content) > _LONGEST_BYTES:
        return
    try:
        body: JsonValue = answer.json()  # type: ignore[attr-defined]
    except ValueError:
        return
    if isinstance(body, dict):
        for key in _KEYS:
            value = body.get(key)
            if isinstance(value, str) and value:
                yield value


def _same(found: str, mark: str) -> bool:
    if found == mark or found.removeprefix("sha256:") == mark.removeprefix("sha256:"):
        return True
    return len(found) >= _SHORTEST_COMMIT and len(mark) == 40 and mark.startswith(found)


def shown_address(address: str | SecretStr) -> str:
    """Return an address as it may be shown: without its query and credentials."""
    text = address if isinstance(address, str) else address.get_secret_value()
    parts = urlsplit(text)
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{parts.hostname or ''}{port}{parts.path}"

"""Asks the API of a managed host over HTTP, with deadlines, and never shows a key.

An address may itself be a secret (a deploy hook's is), so no error names one: only the host and
what it was asked to do. What may be asked twice (GET) is tried again; what begins something never.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING

from pydantic import JsonValue, SecretStr

from outgrow.deploy.ports import Pause
from outgrow.errors import OutsideError

if TYPE_CHECKING:
    import httpx

Json = Mapping[str, JsonValue]
CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 20.0
ATTEMPTS = 4
_FIRST_WAIT_SECONDS = 1.0
_LONGEST_WAIT_SECONDS = 30.0
_LONGEST_WORD = 200
_NEVER_ARRIVED = ("ConnectError", "ConnectTimeout", "InvalidURL", "UnsupportedProtocol")


def without_logs() -> None:
    """Keep httpx from logging: it writes whole addresses, and its core the headers with the key."""
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)


class HostRefusal(OutsideError):
    """An answer that is no success; `status` is its number, None without an answer.

    `may_have_begun` says that what was asked for may have happened all the same.
    """

    def __init__(
        self, reason: str, remedy: str, status: int | None = None, may_have_begun: bool = False
    ) -> None:
        super().__init__(reason, remedy)
        self.status = status
        self.may_have_begun = may_have_begun or (status is not None and status >= 500)


class HostApi:
    """One host: its name for people, where it answers, and the key that it takes."""

    def __init__(
        self,
        name: str,
        base: str,
        pause: Pause,
        headers: Mapping[str, SecretStr] | None = None,
        answer_seconds: float = ANSWER_SECONDS,
    ) -> None:
        self.name = name
        self._base = base.rstrip("/")
        self._pause = pause
        self._headers = dict(headers or {})
        self._answer_seconds = answer_seconds

    def get(self, path: str, to: str, query: Mapping[str, str] | None = None) -> Json:
        """Return what is at `path`; tried again while the host is busy or away."""
        return _body(self._tried(path, to, query or {}), self.name, to)

    def post(
        self, path: str, to: str, body: Json | None = None, query: Mapping[str, str] | None = None
    ) -> Json:
        """Let something begin, once. Without an answer it may have begun all the same."""
        return self._sent("POST", path, to, body, query)

    def patch(self, path: str, to: str, query: Mapping[str, str] | None = None) -> Json:
        """Change something, once."""
        return self._sent("PATCH", path, to, None, query)

    def ask(self, path: str, to: str, body: Json) -> Json:
        """Return the answer to a question that is sent as a POST, as GraphQL has it."""
        return _body(self._tried(path, to, {}, body), self.name, to)

    def _tried(
        self, path: str, to: str, query: Mapping[str, str], body: Json | None = None
    ) -> httpx.Response:
        wait = _FIRST_WAIT_SECONDS
        for left in reversed(range(ATTEMPTS)):
            try:
                method = "GET" if body is None else "POST"
                answer = self._once(method, path, to, body, query)
                _check(answer, self.name, to)
                return answer
            except HostRefusal as refusal:
                if not left or not _passes(refusal):
                    raise
                asked = refusal.wait_seconds if isinstance(refusal, Busy) else None
                if asked is not None and asked > _LONGEST_WAIT_SECONDS:
                    raise
                self._pause.wait(wait if asked is None else asked)
                wait = min(2 * wait, _LONGEST_WAIT_SECONDS)
        raise AssertionError

    def _sent(
        self, method: str, path: str, to: str, body: Json | None, query: Mapping[str, str] | None
    ) -> Json:
        answer = self._once(method, path, to, body, query or {})
        _check(answer, self.name, to)
        return _body(answer, self.name, to)

    def _once(
        self, method: str, path: str, to: str, body: Json | None, query: Mapping[str, str]
    ) -> httpx.Response:
        import httpx

        without_logs()
        timeout = httpx.Timeout(self._answer_seconds, connect=CONNECT_SECONDS)
        headers = {name: value.get_secret_value() for name, value in self._headers.items()}
        try:
            return httpx.request(
                method, f"{self._base}{path}", json=body, params=dict(query) or None,
                headers=headers, timeout=timeout, follow_redirects=False,
            )  # fmt: skip
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise self._silent(method, to, type(error).__name__) from None

    def _silent(self, method: str, to: str, kind: str) -> HostRefusal:
        begun = method != "GET" and kind not in _NEVER_ARRIVED
        return HostRefusal(
            f"{self.name} does not answer ({kind}); it was asked to {to}",
            "It may have begun all the same: look there before you run it again."
            if begun
            else "Check the network and the address, and run it again.",
            may_have_begun=begun,
        )


class Busy(HostRefusal):
    """The host asks for fewer requests; `wait_seconds` is how long it says, None if it does not."""

    def __init__(self, reason: str, remedy: str, wait_seconds: float | None) -> None:
        super().__init__(reason, remedy, 429)
        self.wait_seconds = wait_seconds


def _passes(refusal: HostRefusal) -> bool:
    return refusal.status is None or refusal.status in (408, 425, 429, 500, 502, 503, 504)


def _check(answer: httpx.Response, name: str, to: str) -> None:
    """Raise HostRefusal for an answer that is no success."""
    status = answer.status_code
    if status < 300:
        return
    said = f"{name} answers {status}; it was asked to {to}"
    if status in (401, 403):
        raise HostRefusal(
            f"{name} does not accept the token ({status}); it was asked to {to}",
            "Make a token there that may deploy this project, and put it where `token` says.",
            status,
        )
    if status == 429:
        seconds = _retry_after(answer)
        when = "a minute" if seconds is None else f"{seconds:.0f} s"
        raise Busy(
            f"{name} asks for fewer requests; it was asked to {to}",
            f"Wait {when}, and run it again.",
            seconds,
        )
    if status == 404:
        raise HostRefusal(
            said, "Check `project` and `service` below `deploy.hosted`: the ids, or the names.", 404
        )
    if status >= 500:
        raise HostRefusal(said, f"Look at the status page of {name}, and run it again.", status)
    raise HostRefusal(
        f"{said}: {_word(answer)}", "Correct what it names, and run it again.", status
    )


def _retry_after(answer: httpx.Response) -> float | None:
    """Return how long the answer says to wait; dates and nonsense are None."""
    try:
        return max(0.0, float(answer.headers.get("retry-after", "")))
    except ValueError:
        return None


def _word(answer: httpx.Response) -> str:
    """Return what an answer of 4xx says is wrong: its `message`, and nothing else of it."""
    try:
        body = answer.json()
    except ValueError:
        return "it does not say why"
    error = body.get("error", body) if isinstance(body, dict) else None
    said = error.get("message") if isinstance(error, dict) else error
    return str(said)[:_LONGEST_WORD] if isinstance(said, str) else "it does not say why"


def _body(answer: httpx.Response, name: str, to: str) -> Json:
    """Return an answer's JSON object; an empty one for an answer without a body."""
    if not answer.content.strip():
        return {}
    try:
        body = answer.json()
    except ValueError:
        body = None
    if isinstance(body, list):
        return {"items": body}
    if not isinstance(body, dict):
        raise HostRefusal(
            f"{name} answers in another form than its documentation; it was asked to {to}",
            "Run it again later. If it stays so, outgrow needs mending.",
            answer.status_code,
        )
    return body


def at(value: JsonValue | Json, *path: str | int) -> JsonValue:
    """Return what lies at `path` within an answer, None where nothing does."""
    found: object = value
    for step in path:
        if isinstance(step, int):
            found = found[step] if isinstance(found, list) and len(found) > step else None
        else:
            found = found.get(step) if isinstance(found, Mapping) else None
    return found  # type: ignore[return-value]


def text(value: JsonValue | Json, *path: str | int) -> str:
    """Return the text at `path` within an answer, "" where there is none."""
    found = at(value, *path)
    return found if isinstance(found, str) else ""


def rows(value: JsonValue | Json, *path: str | int) -> list[JsonValue]:
    """Return the list at `path` within an answer, empty where there is none."""
    found = at(value, *path)
    return found if isinstance(found, list) else []

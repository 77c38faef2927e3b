"""Asks an HTTP endpoint whether it is there and takes a credential.

The credential goes to the one address that was given. A redirect within it is followed, one
that leads anywhere else is not. Nothing of an answer but its status is read.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import SplitResult, urljoin, urlsplit

from pydantic import SecretStr

from outgrow.environments.live import Answer

_MOST_REDIRECTS = 3
_TOO_MANY_REQUESTS = 429


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: an address, and with which credential; None asks only whether it is there."""

    url: str
    header: str = "Authorization"
    scheme: str = "Bearer"
    credential: SecretStr | None = None


class _Deadline:
    """Ends a connection when its time is over, however slowly the other side answers."""

    def __init__(self) -> None:
        self.connection: http.client.HTTPConnection | None = None
        self.is_over = False

    def end(self) -> None:
        """Cut the connection; whoever reads from it gets an error."""
        self.is_over = True
        opened = self.connection.sock if self.connection else None
        if opened is not None:
            try:
                opened.shutdown(socket.SHUT_RDWR)
            except OSError:
                return


def ask(question: Question, deadline_seconds: float) -> tuple[Answer, str]:
    """Return how the endpoint answers, and in words why."""
    with _deadline(deadline_seconds) as deadline:
        late = Answer.FAILED, f"did not answer within {deadline_seconds:g} s"
        try:
            answered = _asked(question, deadline, deadline_seconds)
        except (OSError, http.client.HTTPException, ValueError) as error:
            if deadline.is_over or isinstance(error, TimeoutError):
                return late
            return Answer.FAILED, f"cannot be asked: {_told(error)}"
        # What was cut off in the middle can look like an answer that ended.
        return late if deadline.is_over else answered


@contextmanager
def _deadline(seconds: float) -> Iterator[_Deadline]:
    deadline = _Deadline()
    timer = threading.Timer(seconds, deadline.end)
    timer.daemon = True
    timer.start()
    try:
        yield deadline
    finally:
        timer.cancel()
        timer.join()


def _asked(question: Question, deadline: _Deadline, seconds: float) -> tuple[Answer, str]:
    url = question.url
    for _ in range(_MOST_REDIRECTS + 1):
        status, location = _status(question, url, deadline, seconds)
        if not (300 <= status < 400 and location):
            return _judged(status, asked_with_credential=question.credential is not None)
        onward = urljoin(url, location)
        if _origin(urlsplit(onward)) != _origin(urlsplit(url)):
            host = urlsplit(onward).hostname or "another place"
            told = f"redirects to {host}; nothing was sent there"
            return Answer.ELSEWHERE, told
        url = onward
    return Answer.FAILED, "redirects again and again"


def _status(
    question: Question, url: str, deadline: _Deadline, seconds: float
) -> tuple[int, str | None]:
    parts = urlsplit(url)
    connection = _connection(parts, seconds)
    deadline.connection = connection
    try:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("GET", path, headers=_headers(question))
        answer = connection.getresponse()
        return answer.status, answer.getheader("Location")
    finally:
        deadline.connection = None
        connection.close()


def _connection(parts: SplitResult, seconds: float) -> http.client.HTTPConnection:
    host = parts.hostname or ""
    if parts.scheme == "https":
        context = ssl.create_default_context()
        return http.client.HTTPSConnection(host, parts.port, timeout=seconds, context=context)
    return http.client.HTTPConnection(host, parts.port, timeout=seconds)


def _headers(question: Question) -> dict[str, str]:
    headers = {"User-Agent": "outgrow", "Accept": "*/*", "Connection": "close"}
    if question.credential is not None:
        secret = question.credential.get_secret_value()
        headers[question.header] = f"{question.scheme} {secret}".strip()
    return headers


def _judged(status: int, *, asked_with_credential: bool) -> tuple[Answer, str]:
    told = f"answers {status}"
    if not asked_with_credential:
        return (Answer.REACHED, told) if status < 500 else (Answer.FAILED, told)
    if status in {401, 403}:
        return Answer.REFUSED, f"{told}: it does not take the credential"
    if 200 <= status < 300:
        return Answer.ACCEPTED, told
    if status == _TOO_MANY_REQUESTS:
        return Answer.FAILED, f"{told}: too many requests, so it does not say"
    return Answer.FAILED, f"{told}, which says nothing about the credential"


def _origin(parts: SplitResult) -> tuple[str, str, int]:
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return parts.scheme, parts.hostname or "", port


def _told(error: Exception) -> str:
    # Not str(error) of ValueError: that repeats a header with its value.
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted ({error.verify_message})"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return type(error).__name__

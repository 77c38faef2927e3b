"""Asks a PostgreSQL or Redis server whether it is there and takes the password of an address."""

from __future__ import annotations

import contextlib
import socket
import ssl
from urllib.parse import unquote, urlsplit

from pydantic import SecretStr

from outgrow.environments.live import Answer

POSTGRES = frozenset({"postgres", "postgresql"})
REDIS = frozenset({"redis", "rediss"})
_INVALID_PASSWORD = ("28P01", "28000")
_LONGEST_ANSWER = 4096


def can_ask(url: SecretStr) -> bool:
    """Return whether `url` is that of a server that can be asked."""
    return _scheme(url) in POSTGRES | REDIS


def ask_store(url: SecretStr, deadline_seconds: float) -> tuple[Answer, str]:
    """Return how the server answers, and in words why."""
    if _scheme(url) in POSTGRES:
        return _ask_postgres(url, deadline_seconds)
    try:
        return _ask_redis(url, deadline_seconds)
    except (OSError, ValueError) as error:
        told = error.strerror if isinstance(error, OSError) else None
        return Answer.FAILED, f"cannot be asked: {told or type(error).__name__}"


def _scheme(url: SecretStr) -> str:
    return url.get_secret_value().partition("://")[0].partition("+")[0].lower()


def _ask_postgres(url: SecretStr, deadline_seconds: float) -> tuple[Answer, str]:
    import psycopg

    _, _, rest = url.get_secret_value().partition("://")
    seconds = max(2, round(deadline_seconds))  # libpq takes whole seconds, and no less than two
    try:
        with psycopg.connect(f"postgresql://{rest}", connect_timeout=seconds) as connection:
            connection.execute("select 1")
    except psycopg.OperationalError as error:
        # Not its text: libpq may repeat parts of the address.
        if error.sqlstate in _INVALID_PASSWORD or "authentication failed" in str(error):
            return Answer.REFUSED, "does not take the password"
        return Answer.FAILED, "cannot be connected to"
    except psycopg.Error as error:
        return Answer.FAILED, f"cannot be asked: {type(error).__name__}"
    return Answer.ACCEPTED, "takes the password"


def _ask_redis(url: SecretStr, deadline_seconds: float) -> tuple[Answer, str]:
    parts = urlsplit(url.get_secret_value())
    host, port = parts.hostname or "", parts.port or 6379
    with contextlib.ExitStack() as stack:
        plain = stack.enter_context(socket.create_connection((host, port), deadline_seconds))
        server = plain
        if parts.scheme == "rediss":
            context = ssl.create_default_context()
            server = stack.enter_context(context.wrap_socket(plain, server_hostname=host))
        if parts.password:
            words = ["AUTH", *([unquote(parts.username)] if parts.username else [])]
            answer = _command(server, *words, unquote(parts.password))
            if not answer.startswith(b"+OK"):
                return Answer.REFUSED, "does not take the password"
        answer = _command(server, "PING")
        if answer.startswith(b"+PONG"):
            return (Answer.ACCEPTED if parts.password else Answer.REACHED), "answers PING"
        if answer.startswith(b"-NOAUTH"):
            return Answer.REFUSED, "wants a password, and the address has none"
        return Answer.FAILED, "does not answer PING"


def _command(server: socket.socket, *words: str) -> bytes:
    encoded = [word.encode() for word in words]
    parts = [b"*%d\r\n" % len(encoded)]
    parts += [b"$%d\r\n%s\r\n" % (len(word), word) for word in encoded]
    server.sendall(b"".join(parts))
    answer = b""
    while not answer.endswith(b"\r\n") and len(answer) < _LONGEST_ANSWER:
        block = server.recv(_LONGEST_ANSWER)
        if not block:
            break
        answer += block
    return answer

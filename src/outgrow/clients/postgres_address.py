"""The address of a PostgreSQL server as libpq takes it, or refused without repeating any of it."""

from __future__ import annotations

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict
from pydantic import SecretStr

from outgrow.errors import InputError


def libpq_address(url: SecretStr) -> str:
    """Return an address without the driver that SQLAlchemy wants (`postgresql+psycopg://`).

    Raises InputError for one that cannot be read. Of a password with a bare `@` or `/` libpq
    takes a piece for the host or the port, and shows it when that does not answer.
    """
    scheme, separator, rest = url.get_secret_value().strip().partition("://")
    text = f"{scheme.partition('+')[0]}://{rest}" if separator else scheme
    try:
        found = conninfo_to_dict(text)
    except ProgrammingError:  # its text shows the address
        raise _unreadable() from None
    ports = str(found.get("port") or "").split(",")
    places = (str(found.get(key) or "") for key in ("host", "dbname"))
    misread = separator and any("@" in one for one in places)
    if misread or not all(_is_port(port) for port in ports):
        raise _unreadable()
    return text


def _is_port(text: str) -> bool:
    return not text or (text.isdecimal() and int(text) < 65536)


def _unreadable() -> InputError:
    return InputError(
        "the address of the database cannot be read",
        "Write postgresql://user@host/database; encode `@` (%40), `/` and `:` of a password.",
    )

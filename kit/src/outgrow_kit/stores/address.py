"""The address of PostgreSQL as libpq takes it, and never in an error."""

from __future__ import annotations

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

from outgrow_kit.errors import InvalidSettings
from outgrow_kit.secret import Secret


def libpq_address(url: Secret) -> str:
    """Return an address without the driver that SQLAlchemy wants (`postgresql+psycopg://`).

    Raises InvalidSettings for one that cannot be read. libpq itself would repeat it, password
    included, and a pool would log that at every try.
    """
    scheme, separator, rest = url.reveal().partition("://")
    text = f"{scheme.partition('+')[0]}://{rest}" if separator else scheme
    try:
        ports = str(conninfo_to_dict(text).get("port") or "")
    except ProgrammingError:
        raise _unreadable() from None
    if (separator and _is_misread(rest)) or not all(_is_port(one) for one in ports.split(",")):
        raise _unreadable()
    return text


def _is_misread(rest: str) -> bool:
    """Return whether `@` or `/` in a password moved a piece of it to the host or the name."""
    authority, _, name = rest.partition("/")
    hosts, query, _ = authority.partition("@")[2].partition("?")
    return "@" in hosts or (not query and "@" in name.partition("?")[0])


def _is_port(text: str) -> bool:
    return not text or text.isdecimal()


def _unreadable() -> InvalidSettings:
    return InvalidSettings(
        [
            "database/url_from: the address of PostgreSQL cannot be read; write it as "
            "postgresql://user:password@host:5432/name, other characters percent-encoded"
        ]
    )

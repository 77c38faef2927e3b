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
        conninfo_to_dict(text)
    except ProgrammingError:
        raise InvalidSettings(
            [
                "database/url_from: the address of PostgreSQL cannot be read; write it as "
                "postgresql://user:password@host:5432/name, other characters percent-encoded"
            ]
        ) from None
    return text

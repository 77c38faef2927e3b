"""What a preview is, and what a strategy says about previews."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from pydantic import JsonValue, TypeAdapter

from outgrow.errors import InputError

OwnData = Literal["database", "schema", "none"]


@dataclass(frozen=True, slots=True)
class PreviewPart:
    """One component of a preview: the image that it runs, and its command for migrations.

    `image` never changes what it means. `database_keys` are the variables that hold the
    address of the preview's own database.
    """

    component: str
    image: str
    migrate: tuple[str, ...] = ()
    database_keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Preview:
    """A preview of one branch. `cost_usd_hour` is None where a price is not known.

    `number` (from 1) is its own among those that live at the same time: its ports follow.
    `database` is what its database or schema is called, and the role that owns it.
    """

    name: str
    number: int
    branch: str
    environment: str
    host: str
    own_data: OwnData
    database: str
    parts: tuple[PreviewPart, ...]
    made: datetime
    expires: datetime | None
    cost_usd_hour: Decimal | None = None

    def is_over(self, now: datetime) -> bool:
        """Return whether its time has come."""
        return self.expires is not None and self.expires <= now

    def facts(self) -> dict[str, JsonValue]:
        """Return it as the journal keeps it; `preview_from` reads it back."""
        return {
            "name": self.name,
            "number": self.number,
            "branch": self.branch,
            "environment": self.environment,
            "host": self.host,
            "own_data": self.own_data,
            "database": self.database,
            "parts": [
                {
                    "component": one.component,
                    "image": one.image,
                    "migrate": list(one.migrate),
                    "database_keys": list(one.database_keys),
                }
                for one in self.parts
            ],
            "made": self.made.isoformat(),
            "expires": self.expires.isoformat() if self.expires else None,
            "cost_usd_hour": None if self.cost_usd_hour is None else str(self.cost_usd_hour),
        }


def free_number(taken: Collection[int], limit: int) -> int:
    """Return the lowest number that no living preview has; raise InputError at the limit."""
    number = next((one for one in range(1, limit + 1) if one not in taken), None)
    if number is None:
        raise InputError(
            f"there are {limit} previews already, as many as there may be",
            "Remove one (`outgrow preview remove`), or raise `previews/limit` of the environment.",
        )
    return number


def preview_from(facts: Mapping[str, JsonValue]) -> Preview:
    """Return the preview that the journal keeps."""
    # The first previews had databases that were called after the branch alone.
    before = f"preview_{str(facts.get('name', '')).replace('-', '_')}"
    return TypeAdapter(Preview).validate_python({"database": before, **facts}, strict=False)

"""What a rule says of a statement, before it is known where that stands."""

from __future__ import annotations

from dataclasses import dataclass

from outgrow.migrations.findings import Harm


@dataclass(frozen=True, slots=True)
class Hit:
    """A statement does `harm` to `table`; the fields are those of a Finding."""

    rule: str
    table: str
    harm: Harm
    lock: str
    why: str
    safe: tuple[str, ...]

"""What is said of a statement: which lock it takes, what that stops, and the safe form."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Harm(StrEnum):
    """What a statement does to the application that runs meanwhile."""

    LOCKS = "locks"  # others wait while the table is read or rewritten
    BREAKS = "breaks"  # the version that still runs asks for what is gone
    FAILS = "fails"  # the statement itself ends with an error


@dataclass(frozen=True, slots=True)
class Finding:
    """One statement that should not run as it stands.

    `lock` is the lock that it holds while it works, as PostgreSQL names it, or "". `safe`
    are the statements to write instead, one an entry; comments begin with `--`.
    """

    rule: str
    file: str
    line: int
    table: str
    harm: Harm
    statement: str
    lock: str
    why: str
    safe: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A file that PostgreSQL's own parser does not take."""

    file: str
    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of all files: what to mend, what was allowed in writing, what is unreadable.

    `small` are findings on tables that are known to be small, where nothing waits for long.
    """

    findings: tuple[Finding, ...]
    allowed: tuple[Finding, ...]
    small: tuple[Finding, ...]
    unreadable: tuple[Unreadable, ...]
    statements: int

    @property
    def ok(self) -> bool:
        """Return whether the migration may run as it is."""
        return not self.findings and not self.unreadable

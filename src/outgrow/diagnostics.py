"""What is wrong, where, and what to do about it: one shape for every finding."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

Path = tuple[str | int, ...]


class Severity(StrEnum):
    """How much a finding matters: an error makes the strategy unusable or untrue."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Location:
    """A place in a file; lines and columns count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding, complete enough to act on without reading anything else.

    `code` is stable and lower-case with hyphens (`unknown-key`, `claim-does-not-hold`);
    `path` is the place inside the document (`phases/growth/use/db`); `source` names the
    price row or document that contradicts the strategy, where there is one.
    """

    severity: Severity
    code: str
    reason: str
    remedy: str = ""
    path: Path = ()
    location: Location | None = None
    source: str = ""

    @property
    def path_text(self) -> str:
        """Return the path with slashes, as the user reads it."""
        return "/".join(str(part) for part in self.path)


def format_diagnostic(diagnostic: Diagnostic) -> str:
    """Return the finding as text: where, path and reason on a line, the remedy below it."""
    subject = ": ".join(
        part
        for part in (
            "" if diagnostic.severity is Severity.ERROR else str(diagnostic.severity),
            _shortened(diagnostic.path),
            diagnostic.reason,
        )
        if part
    )
    lines = [f"{diagnostic.location}  {subject}" if diagnostic.location else subject]
    lines += [f"  {line}" for line in diagnostic.remedy.splitlines()]
    if diagnostic.source:
        lines.append(f"  Source: {diagnostic.source}")
    return "\n".join(_printable(line) for line in lines)


def _shortened(path: Path) -> str:
    parts = (str(part) for part in path)
    return "/".join(part if len(part) <= 80 else part[:79] + "…" for part in parts)


def _printable(line: str) -> str:
    # A file can hold terminal escape sequences; they are shown, never obeyed.
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in line)

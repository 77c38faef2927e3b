"""Findings that the team accepts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from outgrow.diagnostics import Diagnostic, Path, Severity
from outgrow.strategy.strategy import Waiver

UNUSED = "unused-waiver"
GAP = "gap-"  # what the codes of gaps begin with; gaps are found and waived apart


def without_waived(
    found: Iterable[Diagnostic], waivers: Sequence[Waiver], elsewhere: tuple[str, ...] = ()
) -> tuple[Diagnostic, ...]:
    """Return what no waiver covers, and a note for each waiver that covers nothing.

    A waiver covers a code at its path and everything below; without a path, everywhere.
    Codes that begin with one of `elsewhere` are found and waived by others.
    """
    kept: list[Diagnostic] = []
    used: set[int] = set()
    for one in found:
        covering = [i for i, waiver in enumerate(waivers) if covers(waiver, one.code, one.path)]
        used.update(covering)
        if not covering:
            kept.append(one)
    unused = (
        _unused(index, waiver)
        for index, waiver in enumerate(waivers)
        if index not in used and not waiver.code.startswith((GAP, *elsewhere))
    )
    return (*kept, *unused)


def covers(waiver: Waiver, code: str, path: Path) -> bool:
    """Return whether `waiver` accepts the finding `code` at `path`."""
    accepted = waiver.path.strip("/")
    found = "/".join(str(part) for part in path)
    inside = not accepted or found == accepted or found.startswith(f"{accepted}/")
    return waiver.code == code and inside


def _unused(index: int, waiver: Waiver) -> Diagnostic:
    where = f" at {waiver.path}" if waiver.path else ""
    reason = f"nothing is found for {waiver.code!r}{where} that would have to be waived"
    return Diagnostic(Severity.NOTE, UNUSED, reason, "Remove the waiver.", ("waivers", index))

"""Findings that the team accepts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from outgrow.diagnostics import Diagnostic, Severity
from outgrow.strategy.strategy import Waiver

UNUSED = "unused-waiver"


def without_waived(
    found: Iterable[Diagnostic], waivers: Sequence[Waiver]
) -> tuple[Diagnostic, ...]:
    """Return what no waiver covers, and a note for each waiver that covers nothing.

    A waiver covers a code at its path and everything below; without a path, everywhere.
    """
    kept: list[Diagnostic] = []
    used: set[int] = set()
    for one in found:
        covering = [index for index, waiver in enumerate(waivers) if covers(waiver, one)]
        used.update(covering)
        if not covering:
            kept.append(one)
    unused = (_unused(index, waivers[index]) for index in range(len(waivers)) if index not in used)
    return (*kept, *unused)


def covers(waiver: Waiver, one: Diagnostic) -> bool:
    """Return whether `waiver` accepts the finding `one`."""
    path = waiver.path.strip("/")
    inside = not path or one.path_text == path or one.path_text.startswith(f"{path}/")
    return waiver.code == one.code and inside


def _unused(index: int, waiver: Waiver) -> Diagnostic:
    where = f" at {waiver.path}" if waiver.path else ""
    reason = f"nothing is found for {waiver.code!r}{where} that would have to be waived"
    return Diagnostic(Severity.NOTE, UNUSED, reason, "Remove the waiver.", ("waivers", index))

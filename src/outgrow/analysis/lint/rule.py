"""A rule, and what it finds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from outgrow.analysis.lint.inspection import Inspection
from outgrow.catalog.rates import Provenance
from outgrow.diagnostics import Diagnostic, Path, Severity


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule found at a place: why, and what to do."""

    path: Path
    reason: str
    remedy: str = ""
    source: str = ""


Check = Callable[[Inspection], Iterable[Finding]]


@dataclass(frozen=True, slots=True)
class Rule:
    """A code of docs/check.md with its severity and the function that finds it."""

    code: str
    severity: Severity
    check: Check

    def diagnostics(self, inspection: Inspection) -> tuple[Diagnostic, ...]:
        """Return what the rule finds, each thing once."""
        found = dict.fromkeys(self.check(inspection))
        return tuple(
            Diagnostic(
                self.severity, self.code, one.reason, one.remedy, one.path, source=one.source
            )
            for one in found
        )


def cited(provenance: Provenance | None) -> str:
    """Return where a figure was read and when, with its grade where that is weak."""
    if provenance is None or not provenance.source:
        return ""
    when = f", {provenance.as_of}" if provenance.as_of else ""
    return f"{provenance.source}{when} (grade {provenance.grade.value})"

"""The gaps of a small strategy."""

from __future__ import annotations

from tests.written import catalogue, strategy

from outgrow.analysis.gaps.find import find_gaps
from outgrow.analysis.gaps.gap import Gap
from outgrow.topology.resolve import resolve


def gaps(text: str, phase: str = "one", environment: str | None = None) -> tuple[Gap, ...]:
    """Return what a phase leaves out."""
    written = strategy(text)
    known = catalogue(written)
    return find_gaps(written, resolve(written, known, phase, environment), known)


def codes(text: str, phase: str = "one", environment: str | None = None) -> set[str]:
    """Return the codes of what a phase leaves out."""
    return {one.code for one in gaps(text, phase, environment)}


def gap(code: str, text: str, phase: str = "one", environment: str | None = None) -> Gap:
    """Return the only gap of `code`."""
    (found,) = [one for one in gaps(text, phase, environment) if one.code == code]
    return found

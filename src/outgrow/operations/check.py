"""`outgrow check`: what is wrong, untrue or forgotten in a strategy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from outgrow.analysis.claims.judgement import Judgement
from outgrow.analysis.gaps.find import find_gaps
from outgrow.analysis.lint.check import check
from outgrow.analysis.lint.waivers import GAP
from outgrow.diagnostics import Diagnostic, Severity
from outgrow.errors import EXIT_ANSWER_IS_NO, EXIT_DONE, EXIT_WRONG_INPUT, InvalidStrategy
from outgrow.operations.opened import Opened, open_strategy
from outgrow.render.registry import loss_code_starts
from outgrow.topology.resolve import resolve


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found in one strategy; `readable` is False when it is no strategy at all."""

    path: str
    readable: bool
    findings: tuple[Diagnostic, ...]
    judgements: tuple[Judgement, ...] = ()

    def count(self, severity: Severity) -> int:
        """Return how many findings have `severity`."""
        return sum(1 for finding in self.findings if finding.severity is severity)

    def exit_code(self, strict: bool) -> int:
        """Return 2 for an unreadable file, 1 when something is untrue or wrong, else 0."""
        if not self.readable:
            return EXIT_WRONG_INPUT
        failing = {Severity.ERROR, Severity.WARNING} if strict else {Severity.ERROR}
        found = any(finding.severity in failing for finding in self.findings)
        return EXIT_ANSWER_IS_NO if found else EXIT_DONE


def check_strategies(given: Sequence[str], today: date) -> tuple[Checked, ...]:
    """Return the findings of each strategy as of `today`; of the nearest when none is given.

    A file that cannot be read as a strategy is a result like any other, so that the others
    are still checked. Raises InputError for one that is not there.
    """
    paths: Sequence[str | None] = given or [None]
    return tuple(_check_one(path, today) for path in paths)


def _check_one(given: str | None, today: date) -> Checked:
    try:
        opened = open_strategy(given)
    except InvalidStrategy as error:
        return Checked(given or "outgrow.yaml", False, error.diagnostics)
    report = check(opened.strategy, opened.independent_catalog, today, loss_code_starts())
    both = (*opened.loaded.warnings, *report.diagnostics, *_gap_findings(opened))
    findings = tuple({(one.code, one.path, one.reason): one for one in both}.values())
    return Checked(opened.path, True, _worst_first(opened.located(findings)), report.judgements)


def _gap_findings(opened: Opened) -> tuple[Diagnostic, ...]:
    """Return each gap once, at the first phase that has it, naming the others."""
    found: dict[tuple[str, str], Diagnostic] = {}
    phases: dict[tuple[str, str], list[str]] = {}
    for phase in opened.strategy.phases:
        topology = resolve(opened.strategy, opened.catalog, phase)
        for gap in find_gaps(opened.strategy, topology, opened.catalog):
            key = (gap.code, gap.component)
            phases.setdefault(key, []).append(phase)
            code = GAP + gap.code
            found.setdefault(key, Diagnostic(Severity.NOTE, code, gap.reason, gap.remedy, gap.path))
    return tuple(_named(one, phases[key]) for key, one in found.items())


def _named(finding: Diagnostic, phases: Sequence[str]) -> Diagnostic:
    also = f" (also in {', '.join(phases[1:])})" if len(phases) > 1 else ""
    return replace(finding, reason=finding.reason + also)


def _worst_first(findings: Sequence[Diagnostic]) -> tuple[Diagnostic, ...]:
    severities = list(Severity)

    def place(finding: Diagnostic) -> tuple[int, str, int, int, str]:
        rank = severities.index(finding.severity)
        where = finding.location
        if where is None:
            return (rank, "", 0, 0, finding.code)
        return (rank, where.file, where.line, where.column, finding.code)

    return tuple(sorted(findings, key=place))

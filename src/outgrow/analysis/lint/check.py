"""The whole of `outgrow check`: every rule, and every claim."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from outgrow.analysis.claims.judge import judge_claims
from outgrow.analysis.claims.judgement import Judgement, Verdict
from outgrow.analysis.lint.inspection import inspect
from outgrow.analysis.lint.registry import RULES
from outgrow.analysis.lint.rule import cited
from outgrow.analysis.lint.waivers import UNUSED, without_waived
from outgrow.catalog.load import Catalog
from outgrow.diagnostics import Diagnostic, Severity
from outgrow.strategy.strategy import Strategy

_OF_VERDICTS: Mapping[Verdict, tuple[str, Severity, str]] = MappingProxyType(
    {
        Verdict.DOES_NOT_HOLD: (
            "claim-does-not-hold",
            Severity.ERROR,
            "Correct the figure, or waive this with the reason.",
        ),
        Verdict.RISK: ("claim-at-risk", Severity.WARNING, "Plan for what replaces it."),
        Verdict.NEAR: ("claim-near", Severity.NOTE, "Correct the figure when you touch it next."),
        Verdict.HOLDS_IF: (
            "claim-holds-only-if",
            Severity.NOTE,
            "Write the condition beside the figure.",
        ),
        Verdict.UNKNOWN: (
            "claim-unknown",
            Severity.NOTE,
            "Find a source, and add the figure under `offerings`.",
        ),
    }
)

SEVERITIES: Mapping[str, Severity] = MappingProxyType(
    {rule.code: rule.severity for rule in RULES}
    | {code: severity for code, severity, _ in _OF_VERDICTS.values()}
    | {UNUSED: Severity.NOTE}
)
_ORDER = (Severity.ERROR, Severity.WARNING, Severity.NOTE)


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What is wrong, the gravest first, and the verdict on every claim."""

    diagnostics: tuple[Diagnostic, ...]
    judgements: tuple[Judgement, ...]

    def of(self, severity: Severity) -> tuple[Diagnostic, ...]:
        """Return the findings of one severity."""
        return tuple(one for one in self.diagnostics if one.severity is severity)


def lint(strategy: Strategy, catalog: Catalog, today: date | None = None) -> tuple[Diagnostic, ...]:
    """Return what every rule finds, waivers not applied, in the order of the rules."""
    inspection = inspect(strategy, catalog, today)
    return tuple(one for rule in RULES for one in rule.diagnostics(inspection))


def check(
    strategy: Strategy,
    catalog: Catalog,
    today: date | None = None,
    elsewhere: tuple[str, ...] = (),
) -> CheckReport:
    """Return the findings that no waiver covers, and every judgement.

    `catalog` does not yet carry the strategy's own offerings. Rules about dates need `today`.
    A waiver whose code begins with one of `elsewhere` is for a command that renders.
    """
    judgements = judge_claims(strategy, catalog)
    found = (*lint(strategy, catalog, today), *_of_claims(strategy, judgements))
    kept = without_waived(found, strategy.waivers, elsewhere)
    ordered = sorted(kept, key=lambda one: _ORDER.index(one.severity))
    return CheckReport(tuple(ordered), judgements)


def _of_claims(strategy: Strategy, judgements: Iterable[Judgement]) -> Iterable[Diagnostic]:
    for one in judgements:
        if one.verdict in _OF_VERDICTS:
            code, severity, remedy = _OF_VERDICTS[one.verdict]
            told = dict.fromkeys(cited(source) for source in one.sources)
            source = "; ".join(text for text in told if text)
            path = ("claims", one.claim)
            reason = f'"{strategy.claims[one.claim].says}": {one.reason}'
            yield Diagnostic(severity, code, reason, remedy, path, source=source)

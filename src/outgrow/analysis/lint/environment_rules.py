"""Environments that break their own rules."""

from __future__ import annotations

from collections.abc import Iterator

from outgrow.analysis.lint.inspection import Inspection
from outgrow.analysis.lint.rule import Finding, Rule
from outgrow.diagnostics import Severity


def forbidden_production_data(inspection: Inspection) -> Iterator[Finding]:
    """Find production data where the environment's rules forbid it."""
    for name, setting in inspection.strategy.environments.items():
        if setting.data == "production" and not setting.rules.production_data:
            reason = f"{name} holds production data, and its rules forbid it"
            remedy = "Use synthetic or anonymised data."
            yield Finding(("environments", name, "data"), reason, remedy)


def production_data_without_a_rule(inspection: Inspection) -> Iterator[Finding]:
    """Find copies of production data that no rule speaks of."""
    strategy = inspection.strategy
    for name, setting in strategy.environments.items():
        said = "production_data" in setting.rules.model_fields_set
        if name != strategy.production and setting.data == "production" and not said:
            reason = f"{name} holds production data, and no rule says that it may"
            remedy = "Write `rules: {production_data: true}`, or use anonymised data."
            yield Finding(("environments", name, "data"), reason, remedy)


def previews_without_an_end(inspection: Inspection) -> Iterator[Finding]:
    """Find previews that nothing removes."""
    for name, setting in inspection.strategy.environments.items():
        if setting.preview != "none" and setting.preview_hours is None:
            reason = f"previews of {name} run until somebody removes them"
            remedy = "Give them `preview_hours`."
            yield Finding(("environments", name, "preview"), reason, remedy)


RULES = (
    Rule("production-data-forbidden", Severity.ERROR, forbidden_production_data),
    Rule("production-data-without-rule", Severity.WARNING, production_data_without_a_rule),
    Rule("preview-without-end", Severity.NOTE, previews_without_an_end),
)

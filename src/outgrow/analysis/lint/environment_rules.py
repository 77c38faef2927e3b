"""Environments that break their own rules."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

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


def credentials_of_no_secret(inspection: Inspection) -> Iterator[Finding]:
    """Find bound credentials that are no secrets of their component."""
    everywhere = _of_environments(inspection, "secrets")
    for name, component in inspection.strategy.components.items():
        for key in component.credentials:
            if key not in component.secrets and key not in everywhere:
                reason = f"{key} is no secret of {name}"
                known = ", ".join(component.secrets) or "none"
                remedy = f"Name one of its secrets ({known}), or add {key} to `secrets`."
                yield Finding(("components", name, "credentials", key), reason, remedy)


def unknown_endpoints(inspection: Inspection) -> Iterator[Finding]:
    """Find credentials whose endpoint is neither a variable nor an address."""
    everywhere = {
        *_of_environments(inspection, "secrets"),
        *_of_environments(inspection, "environment"),
    }
    for name, component in inspection.strategy.components.items():
        own = {*component.secrets, *component.environment}
        for key, credential in component.credentials.items():
            if "://" in credential.endpoint or credential.endpoint in own | everywhere:
                continue
            reason = f"{name} has no variable {credential.endpoint!r} for {key} to go to"
            remedy = "Name the variable that holds the address, or write `https://...`."
            yield Finding(("components", name, "credentials", key, "endpoint"), reason, remedy)


def endpoints_without_hosts(inspection: Inspection) -> Iterator[Finding]:
    """Find environments that do not say to which hosts a credential may go."""
    strategy = inspection.strategy
    for component in strategy.components.values():
        for key, credential in component.credentials.items():
            for name, setting in strategy.environments.items():
                secrets = {**component.secrets, **setting.secrets}
                plain = credential.endpoint in setting.environment
                if plain or credential.endpoint not in secrets:
                    continue
                if credential.endpoint not in setting.hosts:
                    reason = f"{name} does not say to which hosts {key} may go"
                    remedy = f"Write `hosts: {{{credential.endpoint}: [api.example.com]}}` there."
                    yield Finding(("environments", name), reason, remedy)


def _of_environments(inspection: Inspection, kind: Literal["secrets", "environment"]) -> set[str]:
    settings = inspection.strategy.environments.values()
    return {
        key for one in settings for key in (one.secrets if kind == "secrets" else one.environment)
    }


RULES = (
    Rule("production-data-forbidden", Severity.ERROR, forbidden_production_data),
    Rule("production-data-without-rule", Severity.WARNING, production_data_without_a_rule),
    Rule("preview-without-end", Severity.NOTE, previews_without_an_end),
    Rule("credential-not-a-secret", Severity.ERROR, credentials_of_no_secret),
    Rule("credential-endpoint-unknown", Severity.ERROR, unknown_endpoints),
    Rule("endpoint-without-hosts", Severity.WARNING, endpoints_without_hosts),
)

"""What the applications and the projects are set to: sampling rates, inbound filters.

Options of the SDKs as in https://docs.sentry.io/platforms/python/configuration/options/, filters
as in https://docs.sentry.io/api/projects/update-an-inbound-data-filter/.
"""

from __future__ import annotations

from outgrow.render.sentry.projects import Project
from outgrow.render.system.model import System
from outgrow.render.writers.json_text import Json, json_text

_SERVER_FILTERS = ("filtered-transaction", "web-crawlers")
_BROWSER_FILTERS = ("browser-extensions", "web-crawlers")


def settings_json(system: System, projects: tuple[Project, ...]) -> str:
    """Return `settings.json`: a rate that nobody states is null, not zero."""
    return json_text(
        {
            "system": system.name,
            "environment": system.environment,
            "projects": {project.slug: _settings(system, project) for project in projects},
        }
    )


def filters_of(system: System, project: Project) -> tuple[str, ...]:
    """Return the inbound filters that a project wants: what nobody will ever repair."""
    found = _BROWSER_FILTERS if project.is_browser else _SERVER_FILTERS
    return (*found, "localhost") if system.is_production else found


def _settings(system: System, project: Project) -> dict[str, Json]:
    rates = project.rates
    found: dict[str, Json] = {
        "source": system.where(*project.part.path),
        "dsn": _reference(project),
        "sampleRate": rates.get("SENTRY_SAMPLE_RATE"),
        "tracesSampleRate": rates.get("SENTRY_TRACES_SAMPLE_RATE"),
        "profilesSampleRate": rates.get("SENTRY_PROFILES_SAMPLE_RATE"),
    }
    if project.is_browser:
        found["replaysSessionSampleRate"] = rates.get("SENTRY_REPLAYS_SESSION_SAMPLE_RATE")
        found["replaysOnErrorSampleRate"] = rates.get("SENTRY_REPLAYS_ON_ERROR_SAMPLE_RATE")
    found["inboundFilters"] = list(filters_of(system, project))
    return found


def _reference(project: Project) -> str | None:
    """Return where the project's address is kept, never the address itself."""
    secrets = project.part.secrets.items()
    return next((ref for key, ref in secrets if "SENTRY" in key and key.endswith("DSN")), None)

"""Which parts report to Sentry, and how much of what they do they report."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from outgrow.render.alerts.coverage import reports_to_sentry
from outgrow.render.system.model import Part, System
from outgrow.strategy.bindings import in_environment
from outgrow.strategy.components import ComponentKind

TRACES = "SENTRY_TRACES_SAMPLE_RATE"
PROFILES = "SENTRY_PROFILES_SAMPLE_RATE"
_RATES = (
    TRACES,
    PROFILES,
    "SENTRY_SAMPLE_RATE",
    "SENTRY_REPLAYS_SESSION_SAMPLE_RATE",
    "SENTRY_REPLAYS_ON_ERROR_SAMPLE_RATE",
)


@dataclass(frozen=True, slots=True)
class Project:
    """A part as Sentry sees it: a project whose slug is the part's name.

    `rates` are the shares (0 to 1) by the variable that states them; `unreadable` are the
    variables whose value is no share.
    """

    part: Part
    rates: dict[str, Decimal]
    unreadable: tuple[str, ...]

    @property
    def slug(self) -> str:
        """Return the name of the project in Sentry's addresses."""
        return self.part.name

    @property
    def is_browser(self) -> bool:
        """Return whether its events come from browsers."""
        return self.part.kind is ComponentKind.FRONTEND

    @property
    def has_traces(self) -> bool:
        """Return whether the part is known to send traces."""
        return self.rates.get(TRACES, Decimal(0)) > 0


def projects_of(system: System) -> tuple[Project, ...]:
    """Return the parts that report to Sentry; every application where none says that it does."""
    return tuple(_project(system, part) for part in reports_to_sentry(system))


def _project(system: System, part: Part) -> Project:
    written = {key: part.environment[key] for key in _RATES if key in part.environment}
    found = {key: _share(text) for key, text in written.items()}
    stated = _of_the_kit(system) if part.spec.kit else {}
    return Project(
        part=part,
        rates={key: share for key, share in found.items() if share is not None} | stated,
        unreadable=tuple(key for key, share in found.items() if share is None),
    )


def _of_the_kit(system: System) -> dict[str, Decimal]:
    """Return the shares that an application with outgrow-kit is told."""
    section = in_environment(system.strategy.tracing, system.settings.tracing)
    found = {"SENTRY_SAMPLE_RATE": section.errors_sample_share, TRACES: section.traces_sample_share}
    return {key: share for key, share in found.items() if share is not None}


def _share(text: str) -> Decimal | None:
    try:
        value = Decimal(text.strip())
    except InvalidOperation:
        return None
    return value if value.is_finite() and 0 <= value <= 1 else None

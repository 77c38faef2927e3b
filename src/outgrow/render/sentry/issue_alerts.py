"""Alerts on what happens: a new kind of error, one that came back, one that is everywhere.

Fields as in https://docs.sentry.io/api/alerts/create-an-issue-alert-rule-for-a-project/ and in
`ProjectRulesPostSerializer` of getsentry/sentry.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from outgrow.render.alerts.define import alerts_of
from outgrow.render.alerts.rule import EventAlert
from outgrow.render.sentry.actions import issue_actions
from outgrow.render.sentry.projects import Project
from outgrow.render.system.model import System
from outgrow.render.writers.json_text import Json

_CONDITIONS = "sentry.rules.conditions"
# What one error may do in an hour before somebody looks; the strategy has no word for it.
_SPIKE_EVENTS = 100
_NEW: dict[str, Json] = {"id": f"{_CONDITIONS}.first_seen_event.FirstSeenEventCondition"}
_BACK: dict[str, Json] = {"id": f"{_CONDITIONS}.regression_event.RegressionEventCondition"}
_SPIKE: dict[str, Json] = {
    "id": f"{_CONDITIONS}.event_frequency.EventFrequencyCondition",
    "value": _SPIKE_EVENTS,
    "interval": "1h",
}
_ERRORS_ONLY: dict[str, Json] = {
    "id": "sentry.rules.filters.level.LevelFilter",
    "match": "gte",
    "level": "40",
}
_PERFORMANCE_ONLY: dict[str, Json] = {
    "id": "sentry.rules.filters.issue_category.IssueCategoryFilter",
    "value": 2,
}


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of happening: its condition, its filter, and the events of a strategy it means."""

    name: str
    condition: Mapping[str, Json]
    only: Mapping[str, Json]
    every_minutes: int
    events: tuple[str, ...]
    always: bool = True


KINDS = (
    Kind("new-issue", _NEW, _ERRORS_ONLY, 60, ("new_issue", "new_error", "first_seen")),
    Kind("regression", _BACK, _ERRORS_ONLY, 60, ("regression", "issue_regression", "reappeared")),
    Kind("spike", _SPIKE, _ERRORS_ONLY, 60, ("spike", "error_spike", "issue_spike")),
    Kind(
        "performance-issue",
        _NEW,
        _PERFORMANCE_ONLY,
        1440,
        ("performance_regression", "performance_issue", "slow_route"),
        always=False,
    ),
)


@dataclass(frozen=True, slots=True)
class IssueAlert:
    """One rule for one project."""

    name: str
    project: Project
    document: Mapping[str, Json]


def issue_alerts(
    system: System, project: Project, events: tuple[EventAlert, ...]
) -> Iterator[IssueAlert]:
    """Yield the rules on issues of one project, in the order of the kinds."""
    for kind in KINDS:
        meant = [event for event in events if event.event in kind.events]
        if meant or kind.always:
            channels = [channel for event in meant for channel in event.channels]
            yield IssueAlert(kind.name, project, _document(system, project, kind, channels))


def events_of(system: System, sentry: str | None, project: Project) -> tuple[EventAlert, ...]:
    """Return the strategy's alerts on events that are about `project` or all of Sentry."""
    about = (sentry, project.part.name)
    return tuple(event for event in alerts_of(system).events if event.part in about)


def is_known(event: EventAlert) -> bool:
    """Return whether a kind of rule stands for the event."""
    return any(event.event in kind.events for kind in KINDS)


def _document(system: System, project: Project, kind: Kind, channels: list[str]) -> dict[str, Json]:
    return {
        "name": f"{system.name} {system.environment} {project.slug}: {kind.name}",
        "environment": system.environment,
        "actionMatch": "any",
        "conditions": [kind.condition],
        "filterMatch": "all",
        "filters": [kind.only],
        "actions": issue_actions(system, channels),
        "frequency": kind.every_minutes,
    }

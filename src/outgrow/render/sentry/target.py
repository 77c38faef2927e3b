"""The target `sentry`: rules, sampling and filters of the projects that report errors."""

from __future__ import annotations

from collections.abc import Iterator

from outgrow.render.alerts.coverage import sentry_part
from outgrow.render.alerts.define import alerts_of
from outgrow.render.alerts.rule import AlertRule
from outgrow.render.rendered_file import RenderedFile
from outgrow.render.sentry import metric_alerts
from outgrow.render.sentry.actions import channel_losses
from outgrow.render.sentry.apply_script import APPLY_SH
from outgrow.render.sentry.issue_alerts import events_of, is_known, issue_alerts
from outgrow.render.sentry.metric_alerts import metric_alert
from outgrow.render.sentry.projects import Project, projects_of
from outgrow.render.sentry.settings import settings_json
from outgrow.render.system.model import System
from outgrow.render.target import Loss, Rendering, Target
from outgrow.render.writers.json_text import json_text


def applies(system: System) -> bool:
    """Return whether errors of this phase go to Sentry."""
    return sentry_part(system) is not None


def render(system: System) -> Rendering:
    """Return the rules of every project, their settings, and the script that applies them."""
    projects, sentry = projects_of(system), sentry_part(system)
    return Rendering(
        files=(
            *_metric_files(system, projects),
            *_issue_files(system, projects),
            RenderedFile("settings.json", settings_json(system, projects)),
            RenderedFile("apply.sh", APPLY_SH),
        ),
        losses=tuple(dict.fromkeys(_losses(system, projects))),
        covers=frozenset({sentry.name} if sentry is not None else ()),
        commands=("bash apply.sh",),
    )


def _rules(system: System, project: Project) -> Iterator[AlertRule]:
    """Yield the alerts on levels that are about a project, or about all that Sentry sees."""
    sentry = sentry_part(system)
    about = {project.part.name, sentry.name if sentry is not None else None}
    return (rule for rule in alerts_of(system).rules if rule.part in about)


def _metric_files(system: System, projects: tuple[Project, ...]) -> Iterator[RenderedFile]:
    for project in projects:
        for rule in _rules(system, project):
            alert = metric_alert(system, rule, project)
            if alert is not None:
                path = f"metric-alerts/{project.slug}/{alert.name}.json"
                yield RenderedFile(path, json_text(alert.document))


def _issue_files(system: System, projects: tuple[Project, ...]) -> Iterator[RenderedFile]:
    sentry = sentry_part(system)
    for project in projects:
        events = events_of(system, sentry.name if sentry is not None else None, project)
        for alert in issue_alerts(system, project, events):
            path = f"issue-alerts/{project.slug}/{alert.name}.json"
            yield RenderedFile(path, json_text(alert.document))


def _losses(system: System, projects: tuple[Project, ...]) -> Iterator[Loss]:
    sentry = sentry_part(system)
    for project in projects:
        yield from _unreadable_rates(project)
        for rule in _rules(system, project):
            yield from metric_alerts.losses_of(system, rule, project)
            if metric_alert(system, rule, project) is not None:
                yield from channel_losses(system, rule.channels)
        for event in events_of(system, sentry.name if sentry is not None else None, project):
            if is_known(event):
                yield from channel_losses(system, event.channels)
            elif sentry is not None and event.part == sentry.name:
                yield Loss(
                    "sentry-event",
                    event.path,
                    f"the alert {event.name} on {event.event}",
                    "Sentry has no rule for it",
                    "use new_issue, regression, spike or performance_regression",
                )


def _unreadable_rates(project: Project) -> Iterator[Loss]:
    for key in project.unreadable:
        yield Loss(
            "sentry-sample-rate",
            (*project.part.path, "environment", key),
            f"{key} of {project.part.component}",
            "it is no share between 0 and 1",
            'write a share, such as "0.1"',
        )


TARGET = Target("sentry", "Sentry alert rules", applies, render)

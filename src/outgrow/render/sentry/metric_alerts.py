"""Alerts on levels, as Sentry's API takes them.

Fields as in https://docs.sentry.io/api/alerts/create-a-metric-alert-rule-for-an-organization/
and in `OrganizationAlertRuleIndexPostSerializer` of getsentry/sentry. Two facts from the same
source: rules on transactions are refused since traces are spans (dataset
`events_analytics_platform`, filter `is_transaction:true`), and `failure_rate()` lies between
0 and 1 (getsentry/sentry#28800).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from outgrow.diagnostics import Path
from outgrow.render.alerts.coverage import has_cloudwatch, has_prometheus, in_cloudwatch
from outgrow.render.alerts.promql import rule_metric
from outgrow.render.alerts.rule import AlertRule
from outgrow.render.sentry.actions import metric_actions
from outgrow.render.sentry.projects import Project
from outgrow.render.system.model import System
from outgrow.render.target import Loss
from outgrow.render.writers.json_text import Json

WINDOWS_MINUTES = (1, 5, 10, 15, 30, 60, 120, 240, 1440)
_LONGEST_NAME = 256
_PERCENTILES = (50, 75, 90, 95, 99, 100)
_BROWSER = {"lcp_ms": "measurements.lcp", "ttfb_ms": "measurements.ttfb"}
_ERRORS = ("events", "errors")
_REQUESTS = "is_transaction:true"


@dataclass(frozen=True, slots=True)
class Query:
    """What a rule counts: Sentry's dataset and aggregate, and a factor for the threshold."""

    aggregate: str
    spans: bool
    factor: Decimal = Decimal(1)
    search: str = ""


@dataclass(frozen=True, slots=True)
class MetricAlert:
    """One rule for one project."""

    name: str
    project: Project
    document: Mapping[str, Json]


def metric_alert(system: System, rule: AlertRule, project: Project) -> MetricAlert | None:
    """Return `rule` for `project`, or None where Sentry cannot measure it."""
    query = query_of(rule)
    if query is None or (query.spans and not project.has_traces):
        return None
    name = f"{system.name} {system.environment} {project.slug}: {rule.name}"
    return MetricAlert(rule.name, project, _document(system, rule, project, query, name))


def query_of(rule: AlertRule) -> Query | None:
    """Return how Sentry measures the metric of `rule`, or None where it does not."""
    if rule.metric in _ERRORS and rule.statistic in ("sum", "count"):
        return Query("count()", spans=False)
    if rule.metric == "error_rate_percent":
        return Query("failure_rate()", spans=True, factor=Decimal("0.01"), search=_REQUESTS)
    if rule.metric in _BROWSER:
        # Web vitals are judged at the 75th percentile: https://web.dev/articles/vitals
        return Query(f"{_percentile(rule) or 'p75'}({_BROWSER[rule.metric]})", spans=True)
    if rule.metric.startswith("latency_p") and rule.metric.endswith("_ms") and _percentile(rule):
        return Query(f"{_percentile(rule)}(span.duration)", spans=True, search=_REQUESTS)
    return None


def losses_of(system: System, rule: AlertRule, project: Project) -> Iterator[Loss]:
    """Yield what Sentry does not keep of a rule; nothing where another keeps it whole."""
    if _is_watched_elsewhere(system, rule):
        return
    query = query_of(rule)
    what = f"the alert {rule.name} for {project.part.component}"
    if query is None:
        if rule.metric.startswith("latency_p"):
            known = ", ".join(f"p{one}" for one in _PERCENTILES)
            yield _loss("percentile", rule.path, what, f"it knows {known} of spans only")
        return
    if query.spans and not project.has_traces:
        why = "nothing says that it sends traces, which the measure is taken from"
        yield _loss("no-traces", rule.path, what, why, "set SENTRY_TRACES_SAMPLE_RATE above 0")
        return
    if rule.windows > 1:
        why = "a rule fires after one window; its API documents no number of windows"
        yield _loss("windows", rule.path, f"{rule.windows} windows in a row of {what}", why)
    if rule.short_window_seconds is not None:
        why = "a rule has one window"
        short = f"the short window of {rule.short_window_seconds} s of {what}"
        yield _loss("windows", rule.path, short, why)
    if rule.window_seconds != window_minutes(rule) * 60:
        why = f"it measures over {', '.join(map(str, WINDOWS_MINUTES))} minutes"
        yield _loss("window", rule.path, f"the window of {rule.window_seconds} s of {what}", why)


def window_minutes(rule: AlertRule) -> int:
    """Return the shortest of Sentry's windows that is no shorter than the rule's."""
    fitting = (one for one in WINDOWS_MINUTES if one * 60 >= rule.window_seconds)
    return next(fitting, WINDOWS_MINUTES[-1])


def _document(
    system: System, rule: AlertRule, project: Project, query: Query, name: str
) -> dict[str, Json]:
    return {
        "name": name[:_LONGEST_NAME],
        "projects": [project.slug],
        "environment": system.environment,
        **_source(query),
        "aggregate": query.aggregate,
        "timeWindow": window_minutes(rule),
        "thresholdType": 0 if rule.comparison == "above" else 1,
        "triggers": [
            {
                "label": "critical",
                "alertThreshold": rule.threshold * query.factor,
                "actions": metric_actions(system, rule),
            }
        ],
    }


def _source(query: Query) -> dict[str, Json]:
    if query.spans:
        return {
            "dataset": "events_analytics_platform",
            "queryType": 1,
            "eventTypes": ["trace_item_span"],
            "query": query.search,
        }
    return {
        "dataset": "events",
        "queryType": 0,
        "eventTypes": ["error", "default"],
        "query": query.search,
    }


def _is_watched_elsewhere(system: System, rule: AlertRule) -> bool:
    if has_prometheus(system) and rule_metric(system, rule) is not None:
        return True
    return has_cloudwatch(system) and in_cloudwatch(system, rule)


def _percentile(rule: AlertRule) -> str | None:
    value = rule.percentile
    return f"p{int(value)}" if value is not None and value in _PERCENTILES else None


def _loss(code: str, path: Path, what: str, why: str, instead: str = "") -> Loss:
    return Loss(f"sentry-{code}", path, what, why, instead or "watch it with Prometheus")

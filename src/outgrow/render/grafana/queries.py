"""What to ask for a canonical metric: Prometheus where it knows it, else CloudWatch."""

from __future__ import annotations

from outgrow.render.alerts.coverage import has_prometheus
from outgrow.render.alerts.define import percentile_of
from outgrow.render.alerts.promql import prom_metric
from outgrow.render.grafana.cloudwatch_queries import cloudwatch_query
from outgrow.render.grafana.panel import JsonObject, Query
from outgrow.render.kubernetes.placement import has_cluster
from outgrow.render.system.model import Part, System

INTERVAL = "$__rate_interval"


def asks_prometheus(system: System) -> bool:
    """Return whether a Prometheus of the team's own watches `system`."""
    return has_prometheus(system) or has_cluster(system)


def query_of(system: System, part: Part, metric: str, legend: str) -> Query | None:
    """Return how to ask for `metric` of `part`, or None where nothing here measures it."""
    percentile = percentile_of(metric)
    if asks_prometheus(system):
        found = prom_metric(system, part, metric, percentile)
        if found is not None:
            return promql(found.expression.replace("WINDOW", INTERVAL), legend)
    return cloudwatch_query(system, part, metric, percentile, legend)


def promql(expression: str, legend: str) -> Query:
    """Return a query of Prometheus over the time that the dashboard shows."""
    return Query("prometheus", (promql_target(expression, legend),))


def promql_target(expression: str, legend: str) -> JsonObject:
    """Return one target; `legend` is a constant, or the name of a label in double braces."""
    return {"editorMode": "code", "expr": expression, "legendFormat": legend, "range": True}

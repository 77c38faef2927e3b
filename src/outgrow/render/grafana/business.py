"""What the application counts itself, and the demand that the phase is made for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from outgrow.render.alerts.promql import number
from outgrow.render.alerts.scraped import scrapes_application
from outgrow.render.grafana.levels import drawn, levels_of, said
from outgrow.render.grafana.panel import FULL_WIDTH, Level, Panel, Query
from outgrow.render.grafana.queries import INTERVAL, asks_prometheus, promql, promql_target
from outgrow.render.grafana.signals import unit_of
from outgrow.render.grafana.text import literal
from outgrow.render.system.model import Part, System
from outgrow.strategy.demand import Demand
from outgrow.strategy.targets import ApplicationMetric

_METRIC = re.compile(r"[A-Za-z_:][A-Za-z0-9_:]*")
_LABEL = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_OPENS, _CLOSES = "([{", ")]}"
# The overview asks for these.
_OF_THE_OVERVIEW = ("http_requests_total", "http_request_duration_seconds")


def metric_panels(system: System) -> Iterator[Panel]:
    """Yield a panel for each metric of the strategy that Prometheus collects."""
    for name, metric in system.strategy.metrics.items():
        part = _owner(system, metric)
        if name in _OF_THE_OVERVIEW or part is None or not is_collected(system, name, metric):
            continue
        query, unit = _metric_query(name, metric, part)
        levels = levels_of(system, part)
        every = " in an hour" if metric.kind == "counter" else ""
        yield Panel(
            title=f"{literal(metric.description) or name}{every}",
            queries=(query,),
            unit=unit,
            levels=(*drawn(levels, (name,)), *_end_of_phase(system, name)),
            description="; ".join(
                filter(None, (f"{name} ({system.where('metrics', name)})", said(levels, (name,))))
            ),
            width=12,
            draws=frozenset({(part.name, name)}),
        )


def demand_panels(system: System) -> Iterator[Panel]:
    """Yield a panel for each demand variable that Prometheus measures, and one in words."""
    for name, demand in system.strategy.demand.items():
        query = prometheus_query(demand)
        if query is None or not asks_prometheus(system):
            continue
        yield Panel(
            title=literal(demand.description) or name,
            queries=(promql(query, name),),
            levels=_end_of_phase(system, name),
            description=f"{name} ({system.where('demand', name)})",
            width=12,
        )
    lines = list(_in_words(system))
    if lines:
        yield Panel(
            title=f"What the phase {system.phase} is made for",
            kind="text",
            width=FULL_WIDTH,
            height=max(4, len(lines) // 2 + 3),
            content="\n".join(lines),
        )


def is_collected(system: System, name: str, metric: ApplicationMetric) -> bool:
    """Return whether Prometheus finds the metric called `name` where it asks."""
    part = _owner(system, metric)
    asked = part is not None and scrapes_application(part) and asks_prometheus(system)
    return asked and _METRIC.fullmatch(name) is not None


def prometheus_query(demand: Demand) -> str | None:
    """Return the PromQL that measures a demand variable, on one line; None for none.

    It is the team's own and goes into the dashboard as it stands, unless its brackets or
    quotes do not close.
    """
    if demand.measured is None or "prometheus" not in demand.measured.system.lower():
        return None
    query = " ".join(demand.measured.query.split())
    return query if query and "$" not in query and _closes(query) else None


def _closes(query: str) -> bool:
    bare = re.sub(r'"(\\.|[^"\\])*"|\'(\\.|[^\'\\])*\'', "", query)
    still_open = []
    for character in bare:
        if character in _OPENS:
            still_open.append(_CLOSES[_OPENS.index(character)])
        elif character in _CLOSES and (not still_open or still_open.pop() != character):
            return False
    return not still_open and not set(bare) & set("\"'`")


def _owner(system: System, metric: ApplicationMetric) -> Part | None:
    return system.part(metric.component) if metric.component else None


def _metric_query(name: str, metric: ApplicationMetric, part: Part) -> tuple[Query, str]:
    selector = f'{{component="{part.name}"}}'
    if metric.kind == "histogram":
        buckets = f"sum by (le) (rate({name}_bucket{selector}[{INTERVAL}]))"
        targets = tuple(
            promql_target(f"histogram_quantile({number(share)}, {buckets})", legend)
            for share, legend in ((Decimal("0.5"), "p50"), (Decimal("0.95"), "p95"))
        )
        return Query("prometheus", targets), unit_of(name)
    label = next((one for one in metric.labels if _LABEL.fullmatch(one)), None)
    summed = f"sum by ({label})" if label else "sum"
    legend = f"{{{{{label}}}}}" if label else name
    if metric.kind == "gauge":
        return promql(f"{summed} ({name}{selector})", legend), unit_of(name)
    return promql(f"{summed} (increase({name}{selector}[1h]))", legend), "short"


def _end_of_phase(system: System, name: str) -> tuple[Level, ...]:
    span = system.strategy.phases[system.phase].serves.get(name)
    if span is None or span.high is None:
        return ()
    words = f"{name}: the phase {system.phase} ends at {number(span.high)}"
    return (Level(span.high, "red", True, words),)


def _in_words(system: System) -> Iterator[str]:
    for name, span in system.strategy.phases[system.phase].serves.items():
        least, most = number(span.low), number(span.high) if span.high is not None else "any"
        demand = system.strategy.demand.get(name)
        measured = demand.measured if demand else None
        source = f"; measured in {literal(measured.system)}" if measured else ""
        yield f"{name}: {least} to {most}{source}"

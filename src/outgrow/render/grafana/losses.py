"""What of the strategy no dashboard shows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from outgrow.diagnostics import Path
from outgrow.render.alerts.coverage import has_cloudwatch, has_prometheus, in_sentry, unwatched
from outgrow.render.alerts.define import alerts_of, metric_name
from outgrow.render.grafana.business import is_collected, prometheus_query
from outgrow.render.grafana.dashboard import Dashboard
from outgrow.render.grafana.queries import asks_prometheus
from outgrow.render.system.model import Part, Role, System
from outgrow.render.target import Loss
from outgrow.strategy.components import ComponentKind

_OURS = ("aws", "self-hosted", "digitalocean")
_MEASURED_STORES = (ComponentKind.POSTGRES, ComponentKind.MONGODB, ComponentKind.REDIS)


def losses_of(system: System, dashboards: Sequence[Dashboard]) -> tuple[Loss, ...]:
    """Return everything that the strategy measures or promises and no panel shows."""
    if not dashboards:
        return (_no_source(system),)
    drawn = frozenset(one for d in dashboards for panel in d.panels for one in panel.draws)
    return (
        *_levels(system, drawn),
        *_parts(system, drawn),
        *_metrics(system),
        *_demand(system),
    )


def _no_source(system: System) -> Loss:
    return Loss(
        "grafana-no-source",
        ("phases", system.phase),
        "dashboards",
        "the phase has no Prometheus of its own and nothing on AWS, so there is nothing to ask",
        "look at the providers' own dashboards, or add a part of kind `monitoring`",
    )


def _levels(system: System, drawn: frozenset[tuple[str, str]]) -> Iterator[Loss]:
    # What Sentry measures is on Sentry's own pages. Of an alert that nothing can evaluate
    # Prometheus tells, or CloudWatch.
    rules = [rule for rule in alerts_of(system).rules if in_sentry(system, rule)]
    if has_prometheus(system) or has_cloudwatch(system):
        rules += unwatched(system)
    elsewhere = {(rule.part, rule.metric) for rule in rules}
    for path, part, metric in dict.fromkeys(_stated(system)):
        if (part, metric) not in drawn | elsewhere:
            yield Loss(
                "grafana-target",
                path,
                f"the level of {metric} of {part}",
                "neither Prometheus nor CloudWatch is told this metric here",
                "look at it where it is measured",
            )


def _stated(system: System) -> Iterator[tuple[Path, str, str]]:
    """Yield the place, the part and the metric of every level that the strategy writes."""
    for name, target in system.strategy.targets.items():
        part = system.part(target.component or target.metric.partition(".")[0])
        if part is not None:
            yield ("targets", name), part.name, metric_name(target.metric, part)
    for rule in alerts_of(system).rules:
        if rule.path[:1] == ("alerts",):
            yield rule.path, rule.part, rule.metric


def _parts(system: System, drawn: frozenset[tuple[str, str]]) -> Iterator[Loss]:
    shown = {name for name, _ in drawn}
    for part in system.parts:
        if part.name not in shown and _is_ours(part):
            yield Loss(
                "grafana-no-signal",
                part.path,
                f"how {part.component} is doing",
                f"nothing that is asked here measures a {part.kind.value} on {part.service}",
                "let it expose /metrics, or count what it does in `metrics` of a service",
            )


def _is_ours(part: Part) -> bool:
    if part.provider not in _OURS or part.runs_on is not None or part.service == "aws/s3":
        return False  # what runs on a machine shows there; files in a bucket are no process
    if part.role is Role.STORE:
        return part.kind in _MEASURED_STORES
    return part.role in (Role.APPLICATION, Role.MACHINE)


def _metrics(system: System) -> Iterator[Loss]:
    for name, metric in system.strategy.metrics.items():
        if not is_collected(system, name, metric):
            yield Loss(
                "grafana-metric",
                ("metrics", name),
                f"the metric {name}",
                "no Prometheus here asks its component for it, or its name is not one that "
                "Prometheus takes",
                "name the `component` that exposes it, and a phase with a Prometheus",
            )


def _demand(system: System) -> Iterator[Loss]:
    for name, demand in system.strategy.demand.items():
        measured = demand.measured
        if measured is None or "prometheus" not in measured.system.lower():
            continue
        if prometheus_query(demand) is None or not asks_prometheus(system):
            yield Loss(
                "grafana-demand",
                ("demand", name, "measured"),
                f"the demand {name}",
                "there is no Prometheus here, or the query is not one that a panel can hold",
                "write the query in PromQL, without `$`",
            )

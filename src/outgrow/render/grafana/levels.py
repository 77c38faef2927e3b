"""The lines on a panel: what the strategy promises, and where its alerts fire."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from outgrow.render.alerts.define import alerts_of, metric_name
from outgrow.render.alerts.promql import number
from outgrow.render.grafana.panel import Level
from outgrow.render.grafana.text import literal
from outgrow.render.system.model import Part, System


def levels_of(system: System, part: Part, metrics: Sequence[str]) -> tuple[Level, ...]:
    """Return the levels of the first of `metrics` that has any.

    A panel with several percentiles has the lines of one: those of p95 before any other.
    """
    ordered = sorted(metrics, key=lambda metric: "_p95_" not in f"{metric}_")
    found = (tuple(_levels(system, part, metric)) for metric in ordered)
    return next((levels for levels in found if levels), ())


def said_of(system: System, part: Part, metrics: Sequence[str]) -> str:
    """Return in words every level of `metrics`, also those that are not drawn."""
    found = [one.said for metric in metrics for one in _levels(system, part, metric)]
    return "; ".join(dict.fromkeys(found))


def _levels(system: System, part: Part, metric: str) -> Iterator[Level]:
    for name, target in system.strategy.targets.items():
        owner = system.part(target.component or target.metric.partition(".")[0])
        aim = target.below if target.below is not None else target.above
        if owner is not part or metric_name(target.metric, part) != metric or aim is None:
            continue
        side = "below" if target.below is not None else "above"
        said = f"{metric}: the target is {side} {number(aim)} ({system.where('targets', name)})"
        yield Level(aim, "orange", target.below is not None, said)
    for rule in alerts_of(system).rules:
        if rule.part == part.name and rule.metric == metric:
            said = (
                f"{metric}: alert {rule.comparison} {number(rule.threshold)} "
                f"({literal(rule.description)}, {rule.source})"
            )
            yield Level(rule.threshold, "red", rule.comparison == "above", said)

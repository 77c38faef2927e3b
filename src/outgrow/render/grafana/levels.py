"""The lines on a panel: what the strategy promises, and where its alerts fire."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from outgrow.render.alerts.define import alerts_of, metric_name
from outgrow.render.alerts.promql import number
from outgrow.render.grafana.panel import Level
from outgrow.render.grafana.text import literal
from outgrow.render.system.model import Part, System

Levels = Mapping[str, Sequence[Level]]
"""The levels of each metric of one part."""


def levels_of(system: System, part: Part) -> Levels:
    """Return the levels of every metric of `part` that a target or an alert speaks of."""
    found: dict[str, list[Level]] = {}
    for metric, level in (*_promised(system, part), *_alerting(system, part)):
        found.setdefault(metric, []).append(level)
    return found


def drawn(levels: Levels, metrics: Sequence[str]) -> tuple[Level, ...]:
    """Return the levels of the first of `metrics` that has any.

    A panel with several percentiles has the lines of one: those of p95 before any other.
    """
    ordered = sorted(metrics, key=lambda metric: "_p95_" not in f"{metric}_")
    return next((tuple(levels[metric]) for metric in ordered if metric in levels), ())


def said(levels: Levels, metrics: Sequence[str]) -> str:
    """Return in words every level of `metrics`, also those that are not drawn."""
    found = [one.said for metric in metrics for one in levels.get(metric, ())]
    return "; ".join(dict.fromkeys(found))


def _promised(system: System, part: Part) -> Iterator[tuple[str, Level]]:
    for name, target in system.strategy.targets.items():
        owner = system.part(target.component or target.metric.partition(".")[0])
        aim = target.below if target.below is not None else target.above
        if owner is not part or aim is None:
            continue
        metric = metric_name(target.metric, part)
        side = "below" if target.below is not None else "above"
        words = f"{metric}: the target is {side} {number(aim)} ({system.where('targets', name)})"
        yield metric, Level(aim, "orange", target.below is not None, words)


def _alerting(system: System, part: Part) -> Iterator[tuple[str, Level]]:
    for rule in alerts_of(system).rules:
        if rule.part == part.name:
            words = (
                f"{rule.metric}: alert {rule.comparison} {number(rule.threshold)} "
                f"({literal(rule.description)}, {rule.source})"
            )
            yield rule.metric, Level(rule.threshold, "red", rule.comparison == "above", words)

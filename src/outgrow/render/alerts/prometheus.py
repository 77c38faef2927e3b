"""Alerts as Prometheus rules: recordings of the canonical metrics, and an alert on each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from outgrow.render.alerts.define import alerts_of
from outgrow.render.alerts.promql import PromMetric, number, recorded, rule_metric
from outgrow.render.alerts.rule import AlertRule
from outgrow.render.system.model import System

_OVER_TIME = {
    "average": "avg_over_time",
    "sum": "sum_over_time",
    "maximum": "max_over_time",
    "minimum": "min_over_time",
    "count": "count_over_time",
}
_UNITS = ((86400, "d"), (3600, "h"), (60, "m"), (1, "s"))
_EVALUATE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording rule: the canonical metric of one part at each moment."""

    record: str
    expression: str
    component: str


@dataclass(frozen=True, slots=True)
class PrometheusRule:
    """One alert as Prometheus evaluates it, every `interval_seconds`.

    An alert on several windows in a row is evaluated once a window: `for` then counts whole
    windows, as CloudWatch does, and not moments within overlapping ones.
    """

    rule: AlertRule
    metric: PromMetric
    alert: str
    expression: str
    for_seconds: int
    interval_seconds: int
    labels: Mapping[str, str]
    annotations: Mapping[str, str]


def prometheus_rules(system: System) -> tuple[PrometheusRule, ...]:
    """Return every alert of `system` that exporters publish a metric for."""
    found = ((rule, rule_metric(system, rule)) for rule in alerts_of(system).rules)
    return tuple(prometheus_rule(rule, metric) for rule, metric in found if metric is not None)


def prometheus_rule(rule: AlertRule, metric: PromMetric) -> PrometheusRule:
    """Return one alert on `metric` in Prometheus' terms."""
    several = rule.windows > 1
    return PrometheusRule(
        rule=rule,
        metric=metric,
        alert=alert_name(rule.name),
        expression=" and ".join(_conditions(rule, metric)),
        for_seconds=(rule.windows - 1) * rule.window_seconds,
        interval_seconds=rule.window_seconds if several else _EVALUATE_SECONDS,
        labels=_labels(rule),
        annotations={
            "summary": without_templates(" ".join(rule.description.split())),
            "source": without_templates(rule.source),
        },
    )


def _conditions(rule: AlertRule, metric: PromMetric) -> Iterator[str]:
    sign = ">" if rule.comparison == "above" else "<"
    for one in rule.of_one_window():
        condition = f"{value_expression(one, metric)} {sign} {number(one.threshold)}"
        yield condition if rule.short_window_seconds is None else f"({condition})"


def value_expression(rule: AlertRule, metric: PromMetric) -> str:
    """Return the expression of the rule's statistic over one window."""
    window = duration(rule.window_seconds)
    if metric.windowed:
        return metric.expression.replace("WINDOW", window)
    series = f'{recorded(rule.metric)}{{component="{rule.part}"}}'
    return f"{_OVER_TIME[rule.statistic]}({series}[{window}])"


def recordings(system: System) -> Iterator[Recording]:
    """Yield the recording rules that the alerts of `system` read, each once."""
    seen = set()
    for found in prometheus_rules(system):
        key = (found.rule.metric, found.rule.part)
        if not found.metric.windowed and key not in seen:
            seen.add(key)
            yield Recording(recorded(key[0]), found.metric.expression, key[1])


def duration(seconds: int) -> str:
    """Return a length of time as Prometheus writes it: `5m`."""
    size, unit = next((s, u) for s, u in _UNITS if seconds % s == 0)
    return f"{seconds // size}{unit}"


def alert_name(name: str) -> str:
    """Return the name of an alert as Prometheus' users write it: `ApiP95`."""
    return "".join(word[:1].upper() + word[1:] for word in name.split("-"))


def without_templates(text: str) -> str:
    """Return `text` so that Prometheus' templates leave it as it is."""
    return text.replace("{{", '{{ "{{" }}')


def firing_value(rule: AlertRule) -> Decimal:
    """Return a value of the metric that is clearly past the rule's threshold."""
    if rule.comparison == "below":
        return (rule.threshold / 2).to_integral_value() if rule.threshold > 1 else Decimal(0)
    if "percent" in rule.metric and rule.threshold < 100:
        return (rule.threshold + 100) / 2
    return rule.threshold * 2 + (0 if rule.threshold else 1)


def barely_firing_value(rule: AlertRule) -> Decimal:
    """Return a value past the threshold that a long window hardly notices for a short while."""
    if rule.comparison == "below":
        return rule.threshold / 2
    return min(rule.threshold * 2, firing_value(rule))


def silent_value(rule: AlertRule) -> Decimal:
    """Return a value of the metric that is clearly not past the rule's threshold."""
    if rule.comparison == "above":
        return rule.threshold / 2
    return rule.threshold * 2 + 2


def _labels(rule: AlertRule) -> dict[str, str]:
    labels = {"component": rule.part, "severity": rule.severity}
    return labels | ({"channels": ",".join(rule.channels)} if rule.channels else {})

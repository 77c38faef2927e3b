"""The rule files, and the cases that show when every alert in them fires."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from outgrow.render.alerts.prometheus import (
    PrometheusRule,
    barely_firing_value,
    duration,
    firing_value,
    prometheus_rules,
    recordings,
    silent_value,
)
from outgrow.render.system.model import System
from outgrow.render.writers.yaml_text import Commented, Yaml, yaml_text

RECORDINGS = "recordings"


def recordings_text(system: System) -> str:
    """Return the file of recording rules."""
    rules: list[Yaml] = [
        {"record": r.record, "labels": {"component": r.component}, "expr": r.expression}
        for r in recordings(system)
    ]
    group: dict[str, Yaml] = {"name": RECORDINGS, "interval": "15s", "rules": rules}
    return yaml_text(
        {"groups": [group] if rules else []},
        header="The metrics of the strategy, in its own words and units. Alerts and dashboards "
        "read these.",
    )


def alerts_text(system: System) -> str:
    """Return the file of alerting rules, a group for each interval."""
    groups = [_group(seconds, rules) for seconds, rules in by_interval(system)]
    return yaml_text(
        {"groups": groups},
        header="Every alert of the strategy, and what these parts must have. CloudWatch's alarms "
        "come from the same definition.",
    )


def by_interval(system: System) -> Iterator[tuple[int, tuple[PrometheusRule, ...]]]:
    """Yield the rules in groups of those that are evaluated equally often."""
    found = prometheus_rules(system)
    for seconds in sorted({rule.interval_seconds for rule in found}):
        yield seconds, tuple(rule for rule in found if rule.interval_seconds == seconds)


def tests_text(system: System) -> str:
    """Return a `promtool test rules` file: each alert with a firing and a silent case.

    One with a short window is silent as well for a moment's trouble, and once it is over.
    """
    groups = [RECORDINGS] if any(recordings(system)) else []
    groups += [_group_name(seconds) for seconds, _ in by_interval(system)]
    cases = [_case(rule, story) for rule in prometheus_rules(system) for story in _stories(rule)]
    return yaml_text(
        {
            "rule_files": ["../rules/recordings.yml", "../rules/alerts.yml"],
            "evaluation_interval": "1m",
            "group_eval_order": list(groups),
            "tests": cases,
        },
        header="promtool test rules tests/alerts.test.yml",
    )


def _group_name(seconds: int) -> str:
    return f"alerts-every-{duration(seconds)}"


def _group(seconds: int, rules: tuple[PrometheusRule, ...]) -> Yaml:
    group: dict[str, Yaml] = {
        "name": _group_name(seconds),
        "interval": duration(seconds),
        "rules": [_rule(rule) for rule in rules],
    }
    if any(rule.for_seconds for rule in rules):
        note = "Evaluated once a window, so that `for` counts windows in a row."
        return Commented(group, note)
    return group


def _rule(found: PrometheusRule) -> Yaml:
    rule: dict[str, Yaml] = {"alert": found.alert, "expr": found.expression}
    if found.for_seconds:
        rule["for"] = duration(found.for_seconds)
    rule["labels"] = dict(found.labels)
    rule["annotations"] = dict(found.annotations)
    return Commented(rule, f"{found.rule.source}")


@dataclass(frozen=True, slots=True)
class _Story:
    """What the metric does, level by level for some minutes each, and what the alert does."""

    title: str
    levels: tuple[tuple[Decimal, int], ...]
    fires: bool = False

    @property
    def minutes(self) -> int:
        """Return how long all of it takes."""
        return sum(minutes for _, minutes in self.levels)


def _stories(found: PrometheusRule) -> Iterator[_Story]:
    rule = found.rule
    past, fine = firing_value(rule), silent_value(rule)
    minutes = -(-rule.window_seconds * rule.windows // 60) + 2
    yield _Story("fires", ((past, minutes),), fires=True)
    yield _Story("is silent", ((fine, minutes),))
    if rule.short_window_seconds is not None:
        short = rule.short_window_seconds // 60 + 2
        moment = ((fine, minutes), (barely_firing_value(rule), short))
        yield _Story("is silent for a moment's trouble", moment)
        yield _Story("is silent once it is over", ((past, minutes), (fine, short)))


def _case(found: PrometheusRule, story: _Story) -> Yaml:
    case: dict[str, Yaml] = {
        "name": f"{found.alert} {story.title}",
        "interval": "1m",
        "input_series": _series(found, story),
        "alert_rule_test": [
            {
                "eval_time": f"{story.minutes}m",
                "alertname": found.alert,
                "exp_alerts": [_expected(found)] if story.fires else [],
            }
        ],
    }
    return case


def _series(found: PrometheusRule, story: _Story) -> list[Yaml]:
    written: dict[str, list[str]] = {}
    for number, (value, minutes) in enumerate(story.levels):
        if found.rule.metric == "certificate_days_left":
            value += Decimal(minutes) / 1440  # the clock of a test starts at 0 and goes on
        # `x9` repeats a value nine times more; the first level covers the first moment as well.
        more = minutes + 1 if number == 0 else minutes - 1
        for series, values in found.metric.series(value):
            written.setdefault(series, []).append(f"{values}{more}")
    return [{"series": series, "values": " ".join(runs)} for series, runs in written.items()]


def _expected(found: PrometheusRule) -> Yaml:
    annotations = {key: text.replace('{{ "{{" }}', "{{") for key, text in found.annotations.items()}
    return {"exp_labels": dict(found.labels), "exp_annotations": annotations}

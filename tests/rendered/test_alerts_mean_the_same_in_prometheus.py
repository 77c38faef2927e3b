"""promtool's verdict on a rendered rule is the rule's own, on the same series.

Samples stand in the middle of minutes: a sample on the very border of two windows belongs to
both in Prometheus 2 and to one in CloudWatch, which is the whole of the difference.
"""

from __future__ import annotations

import random
from decimal import Decimal
from pathlib import Path
from typing import get_args

from tests.tools import run_tool, said

from outgrow.render.alerts.prometheus import prometheus_rule
from outgrow.render.alerts.promql import PromMetric, recorded
from outgrow.render.alerts.rule import AlertRule, Sample, Statistic
from outgrow.render.writers.yaml_text import Yaml, yaml_text

_CASES = 120
_SEED = 20261121
_LEVEL = PromMetric("unused", lambda value: ())


def rule(draw: random.Random, number: int) -> AlertRule:
    """A rule of one to three windows, or of a long and a short one, as burn rates are."""
    short = draw.choice([None, None, 60, 120])
    window = draw.choice([60, 120, 300]) if short is None else short * draw.randint(2, 5)
    return AlertRule(
        name=f"case-{number}",
        metric="level",
        part=f"part{number}",
        comparison=draw.choice(["above", "below"]),
        threshold=Decimal(draw.randint(0, 20)) + Decimal("0.25"),
        statistic=draw.choice(get_args(Statistic)),
        window_seconds=window,
        windows=draw.randint(1, 3) if short is None else 1,
        short_window_seconds=short,
        severity="warn",
        description="a case",
        source="outgrow.yaml:1",
        path=(),
    )


def values(draw: random.Random, minutes: int) -> list[int | None]:
    """A value in the middle of each minute; none in a quarter of them."""
    return [None if draw.random() < 0.25 else draw.randint(0, 30) for _ in range(minutes)]


def written_series(found: list[int | None]) -> str:
    """Return the series as promtool reads it, one entry each half minute."""
    halves: list[str] = []
    for value in found:
        halves += ["_", "_" if value is None else str(value)]
    return " ".join([*halves, "_"])


def samples_of(found: list[int | None]) -> list[Sample]:
    return [(60.0 * i + 30, v) for i, v in enumerate(found) if v is not None]


def step(one: AlertRule) -> int:
    """Return how often the verdict is asked for, in seconds."""
    return one.short_window_seconds or one.window_seconds


def case(one: AlertRule, found: list[int | None]) -> tuple[dict[str, Yaml], dict[str, Yaml]]:
    """Return the group of a rule, and the test that asks for its verdict after each window."""
    rendered = prometheus_rule(one, _LEVEL)
    alert: dict[str, Yaml] = {"alert": rendered.alert, "expr": rendered.expression}
    if rendered.for_seconds:
        alert["for"] = f"{rendered.for_seconds}s"
    group: dict[str, Yaml] = {
        "name": one.name,
        "interval": f"{step(one)}s",
        "rules": [alert],
    }
    verdicts = one.verdicts(samples_of(found), 60 * len(found))
    asked = [
        {
            "eval_time": f"{step(one) * (index + 1)}s",
            "alertname": rendered.alert,
            "exp_alerts": [{"exp_labels": {"component": one.part}}] if fires else [],
        }
        for index, fires in enumerate(verdicts)
    ]
    series = f'{recorded(one.metric)}{{component="{one.part}"}}'
    test: dict[str, Yaml] = {
        "name": one.name,
        "interval": "30s",
        "input_series": [{"series": series, "values": written_series(found)}],
        "alert_rule_test": list(asked),
    }
    return group, test


def files(folder: Path, moved: int = 0) -> list[Path]:
    """Write rules and tests; `moved` adds to what the verdicts are about, to see them fail.

    A file for each length of window: promtool asks every group at the interval of the file,
    where Prometheus asks each at its own.
    """
    draw = random.Random(_SEED)
    groups: dict[int, list[Yaml]] = {}
    tests: dict[int, list[Yaml]] = {}
    shapes: set[tuple[bool, bool]] = set()
    for number in range(_CASES):
        one = rule(draw, number)
        found = values(draw, one.window_seconds // 60 * draw.randint(2, 6))
        group, test = case(one, found)
        fired = one.verdicts(
            [(60.0 * i + 30, v) for i, v in enumerate(found) if v], 60 * len(found)
        )
        shapes |= {(one.short_window_seconds is not None, fires) for fires in fired}
        if moved:
            wrong = case(one, [None if v is None else v + moved for v in found])[1]
            test["alert_rule_test"] = wrong["alert_rule_test"]
        groups.setdefault(step(one), []).append(group)
        tests.setdefault(step(one), []).append(test)
    assert {one for one, _ in shapes} == {True, False}
    assert {fires for short, fires in shapes if short} == {True, False}
    return [_written(folder, seconds, groups[seconds], tests[seconds]) for seconds in groups]


def _written(folder: Path, seconds: int, groups: list[Yaml], tests: list[Yaml]) -> Path:
    rules = folder / f"rules-{seconds}.yml"
    rules.write_text(yaml_text({"groups": groups}))
    asked: Yaml = {
        "rule_files": [rules.name],
        "evaluation_interval": f"{seconds}s",
        "tests": tests,
    }
    path = folder / f"test-{seconds}.yml"
    path.write_text(yaml_text(asked))
    return path


def test_promtool_agrees_on_every_window_of_every_case(tmp_path: Path) -> None:
    done = run_tool("promtool", "test", "rules", *files(tmp_path))
    assert done.returncode == 0, said(done)[:3000]


def test_promtool_disagrees_with_another_series(tmp_path: Path) -> None:
    assert run_tool("promtool", "test", "rules", *files(tmp_path, moved=15)).returncode == 1

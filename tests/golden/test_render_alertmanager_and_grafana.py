"""What the targets `alertmanager` and `grafana` write, byte for byte."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.systems import system

from outgrow.render.alertmanager.target import TARGET as ALERTMANAGER
from outgrow.render.grafana.target import TARGET as GRAFANA

Golden = Callable[[str, str], None]
ALERTED = [("nexod", "production"), ("sprint-one", "compose")]


@pytest.mark.parametrize(("example", "phase"), ALERTED)
def test_who_is_told(example: str, phase: str, golden: Golden) -> None:
    for file in ALERTMANAGER.render(system(example, phase)).files:
        golden(f"tests/golden/render/alertmanager/{example}-{phase}/{file.path}", file.text)


def test_dashboards_over_prometheus_and_what_provisions_them(golden: Golden) -> None:
    for file in GRAFANA.render(system("nexod", "production")).files:
        if not file.path.endswith(("machines.json", "store-cache.json", "overview.json")):
            golden(f"tests/golden/render/grafana/nexod-production/{file.path}", file.text)


def test_a_dashboard_over_cloudwatch(golden: Golden) -> None:
    for file in GRAFANA.render(system("sample-app", "aws")).files:
        if file.path.endswith(("store-queue.json", "datasources/outgrow.yml")):
            golden(f"tests/golden/render/grafana/sample-app-aws/{file.path}", file.text)


def test_the_overview_of_one_server(golden: Golden) -> None:
    for file in GRAFANA.render(system("sprint-one", "compose")).files:
        if file.path.endswith("overview.json"):
            golden(f"tests/golden/render/grafana/sprint-one-compose/{file.path}", file.text)

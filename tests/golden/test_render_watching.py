"""What the targets `prometheus` and `cloudwatch` write, byte for byte."""

from __future__ import annotations

from collections.abc import Callable

from tests.systems import system

from outgrow.render.cloudwatch.target import TARGET as CLOUDWATCH
from outgrow.render.prometheus.target import TARGET as PROMETHEUS

Golden = Callable[[str, str], None]
FOLDER = "tests/golden/render"


def test_prometheus_of_one_server(golden: Golden) -> None:
    for file in PROMETHEUS.render(system("sample-app", "one-server", "production")).files:
        golden(f"{FOLDER}/prometheus/sample-app-one-server-production/{file.path}", file.text)


def test_prometheus_of_a_phase_on_aws(golden: Golden) -> None:
    for file in PROMETHEUS.render(system("nexod", "production", "production")).files:
        if file.path in ("prometheus.yml", "rules/alerts.yml"):
            golden(f"{FOLDER}/prometheus/nexod-production-production/{file.path}", file.text)


def test_cloudwatch_of_a_machine_with_little_memory(golden: Golden) -> None:
    for file in CLOUDWATCH.render(system("pocketable", "scale-start")).files:
        golden(f"{FOLDER}/cloudwatch/pocketable-scale-start/{file.path}", file.text)

"""The function that stops an idle machine, run as it is rendered, on a fake of EC2."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from types import ModuleType
from typing import Any

import pytest

from outgrow.render.aws.idle_source import IDLE_SOURCE

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
NOT_YET = datetime(9000, 1, 1, tzinfo=UTC)


class FakeAws:
    """EC2 with one machine, and CloudWatch with the points of one metric."""

    def __init__(self, points: list[float], launched: datetime, state: str) -> None:
        self.points = points
        self.launched = launched
        self.state = state
        self.stopped: list[str] = []

    def describe_instances(self, InstanceIds: list[str]) -> dict[str, Any]:  # noqa: N803
        machine = {"State": {"Name": self.state}, "LaunchTime": self.launched}
        return {"Reservations": [{"Instances": [machine for _ in InstanceIds]}]}

    def get_metric_statistics(self, **_: Any) -> dict[str, Any]:
        return {"Datapoints": [{"Sum": point} for point in self.points]}

    def stop_instances(self, InstanceIds: list[str]) -> None:  # noqa: N803
        self.stopped += InstanceIds


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    values = {
        "INSTANCE_ID": "i-1",
        "METRIC": "NetworkIn",
        "STATISTIC": "Sum",
        "BELOW": "1000",
        "WINDOW_SECONDS": "1800",
        "NO_DATA_IS_IDLE": "true",
        "DRY_RUN": "false",
    }
    for key, value in values.items():
        monkeypatch.setenv(key, value)
    return monkeypatch


def _stop(aws: FakeAws, settings: pytest.MonkeyPatch) -> str:
    boto3 = ModuleType("boto3")
    boto3.client = lambda _: aws  # type: ignore[attr-defined]
    settings.setitem(sys.modules, "boto3", boto3)
    names: dict[str, Any] = {}
    exec(compile(IDLE_SOURCE, "idle.py", "exec"), names)
    result: str = names["stop"]({}, None)["result"]
    return result


def test_it_stops_a_machine_below_the_level(settings: pytest.MonkeyPatch) -> None:
    aws = FakeAws([400, 500], LONG_AGO, "running")
    assert _stop(aws, settings) == "idle: 900; stopped"
    assert aws.stopped == ["i-1"]


@pytest.mark.parametrize(
    ("points", "launched", "state"),
    [([600, 500], LONG_AGO, "running"), ([], NOT_YET, "running"), ([], LONG_AGO, "stopped")],
    ids=["in use", "just started", "already stopped"],
)
def test_it_leaves_a_machine_alone(
    points: list[float], launched: datetime, state: str, settings: pytest.MonkeyPatch
) -> None:
    aws = FakeAws(points, launched, state)
    _stop(aws, settings)
    assert aws.stopped == []


def test_no_data_is_idle_only_where_the_strategy_says_so(settings: pytest.MonkeyPatch) -> None:
    aws = FakeAws([], LONG_AGO, "running")
    settings.setenv("NO_DATA_IS_IDLE", "false")
    _stop(aws, settings)
    assert aws.stopped == []
    settings.setenv("NO_DATA_IS_IDLE", "true")
    _stop(aws, settings)
    assert aws.stopped == ["i-1"]


def test_a_rehearsal_only_says_what_it_would_do(settings: pytest.MonkeyPatch) -> None:
    settings.setenv("DRY_RUN", "true")
    aws = FakeAws([], LONG_AGO, "running")
    assert "would be stopped" in _stop(aws, settings)
    assert aws.stopped == []

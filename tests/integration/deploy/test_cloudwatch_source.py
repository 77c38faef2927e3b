"""Counting two target groups in CloudWatch: against moto, and botocore's stubber.

moto keeps and adds up what is put into it but knows no percentiles; those are stubbed. The
requests themselves are checked by botocore against the model of the service in both.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.stub import ANY, Stubber
from tests.rendered.moto_server import moto_server

from outgrow.clients.cloudwatch import CloudWatchSource, TargetGroups, cloudwatch_client
from outgrow.deploy.values import Counted, Side
from outgrow.errors import InputError, OutsideError

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient

BALANCER = "app/shop/50dc6c495c0c9188"
GROUPS: Mapping[Side, str] = {
    "old": "targetgroup/shop-blue/73e2d6bc24d8a067",
    "new": "targetgroup/shop-green/8f1c3a5e7b9d2460",
}
BOTH = TargetGroups(BALANCER, GROUPS)
BEGAN = datetime(2026, 5, 4, 12, 0, 30, tzinfo=UTC)
LATER = datetime(2026, 5, 4, 12, 5, 10, tzinfo=UTC)


class Clock:
    def __init__(self, moment: datetime = BEGAN) -> None:
        self.moment = moment

    def __call__(self) -> datetime:
        return self.moment


def client(address: str | None = None) -> CloudWatchClient:
    made: CloudWatchClient = boto3.client(
        "cloudwatch",
        region_name="eu-west-1",
        endpoint_url=address,
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
    )
    return made


def put(to: CloudWatchClient, group: str, metric: str, moment: datetime, value: float) -> None:
    names = {"LoadBalancer": BALANCER, "TargetGroup": group}
    to.put_metric_data(
        Namespace="AWS/ApplicationELB",
        MetricData=[
            {
                "MetricName": metric,
                "Dimensions": [{"Name": name, "Value": text} for name, text in names.items()],
                "Timestamp": moment,
                "Value": value,
            }
        ],
    )


def test_full_minutes_of_both_target_groups_are_added_up_by_moto() -> None:
    # The client and the server have to speak the same protocol, so both are of one installation.
    with moto_server(Path(sys.executable).with_name("moto_server")) as address:
        aws, clock = client(address), Clock()
        source = CloudWatchSource(aws, lambda: BOTH, quantiles=(), clock=clock)
        source.begin()
        minute = timedelta(minutes=1)
        noon = BEGAN.replace(second=0)
        for number in range(5):  # 12:00, the minute that is left out, to 12:04
            put(aws, GROUPS["old"], "RequestCount", noon + number * minute, 100)
            put(aws, GROUPS["new"], "RequestCount", noon + number * minute, 5)
        put(aws, GROUPS["new"], "HTTPCode_Target_5XX_Count", noon + 2 * minute, 3)
        put(aws, GROUPS["new"], "TargetConnectionErrorCount", noon + 3 * minute, 1)
        clock.moment = LATER
        assert source.read() == {"old": Counted(400), "new": Counted(20, 4)}
        aws.close()


def test_before_the_first_full_minute_nothing_is_counted_and_nobody_asked() -> None:
    clock = Clock()
    source = CloudWatchSource(client(), lambda: BOTH, clock=clock)
    source.begin()
    clock.moment = BEGAN + timedelta(seconds=45)
    assert source.read() == {"old": Counted(), "new": Counted()}


def test_latencies_are_percentiles_over_the_whole_time_from_a_stub() -> None:
    aws = client()
    answer = {
        "MetricDataResults": [
            {"Id": "q_requestcount_sum", "Values": [300.0, 200.0]},
            {"Id": "q_targetresponsetime_p95", "Values": [0.25]},
        ]
    }
    expected = {"MetricDataQueries": ANY, "StartTime": ANY, "EndTime": ANY}
    clock = Clock()
    source = CloudWatchSource(
        aws, lambda: TargetGroups(BALANCER, {"new": GROUPS["new"]}), clock=clock
    )
    source.begin()
    clock.moment = LATER
    with Stubber(aws) as stub:
        stub.add_response("get_metric_data", answer, expected)
        found = source.read()["new"]
    assert found == Counted(500, 0, quantiles_seconds={0.95: 0.25})


def test_what_aws_refuses_is_said_without_its_words() -> None:
    aws, clock = client(), Clock()
    source = CloudWatchSource(aws, lambda: BOTH, clock=clock)
    source.begin()
    clock.moment = LATER
    with Stubber(aws) as stub:
        stub.add_client_error("get_metric_data", "AccessDenied", "arn:aws:iam::123:user/hunter")
        with pytest.raises(OutsideError) as caught:
            source.read()
    assert caught.value.reason == "CloudWatch refused to tell the requests (AccessDenied)"
    assert "cloudwatch:GetMetricData" in caught.value.remedy


def test_a_missing_boto3_says_what_to_install() -> None:
    def missing(name: str) -> object:
        raise ModuleNotFoundError(name)

    with pytest.raises(InputError) as caught:
        cloudwatch_client("eu-west-1", missing)  # type: ignore[arg-type]
    assert "outgrow[aws]" in caught.value.remedy

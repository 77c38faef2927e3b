"""Counts requests of two versions by what an Application Load Balancer tells CloudWatch.

Old and new are target groups of one load balancer, as ECS has them for blue-green and canary.
CloudWatch counts whole minutes and is some minutes behind. A target that does not answer in
time is counted for the load balancer alone (`HTTPCode_ELB_504_Count`), so it is not seen here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

from outgrow.clients.clock import now
from outgrow.deploy.values import Counted, Side
from outgrow.errors import InputError, OutsideError

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_cloudwatch.type_defs import MetricDataQueryTypeDef

_NAMESPACE = "AWS/ApplicationELB"
_MINUTE = timedelta(minutes=1)
_REQUESTS = ("RequestCount",)
_ERRORS = ("HTTPCode_Target_5XX_Count", "TargetConnectionErrorCount")
_SECONDS = "TargetResponseTime"
_ALLOW = "Allow `cloudwatch:GetMetricData`, sign in (`aws sso login`), and try again."


@dataclass(frozen=True, slots=True)
class TargetGroups:
    """A load balancer with the target groups of both versions.

    They are the ends of their ARNs, as CloudWatch names them: `app/shop/50dc6c495c0c9188`,
    `targetgroup/shop-blue/73e2d6bc24d8a067`.
    """

    load_balancer: str
    sides: Mapping[Side, str]


@dataclass(slots=True)
class CloudWatchSource:
    """Requests of both versions, by target group.

    `find` tells which groups those are, once that is known; it raises OutsideError until then.
    Latencies come as `quantiles` (0 to 1) over the whole time; single ones are not kept there.
    """

    client: CloudWatchClient
    find: Callable[[], TargetGroups]
    quantiles: Sequence[float] = (0.95,)
    clock: Callable[[], datetime] = now
    name: str = "cloudwatch"
    _since: datetime | None = None
    _found: TargetGroups | None = None

    def begin(self) -> None:
        """Count from the next full minute on: before it, a minute holds both."""
        moment = self.clock()
        minute = _minute(moment)
        self._since = minute if minute == moment else minute + _MINUTE

    def read(self) -> Mapping[Side, Counted]:
        """Return what is known of the full minutes since `begin`. Raises OutsideError."""
        if self._since is None:
            raise OutsideError("nothing was counted: `begin` was not called")
        if self._found is None:
            self._found = self.find()
        until, sides = _minute(self.clock()), self._found.sides
        if until <= self._since:
            return {side: Counted() for side in sides}
        dimensions = {"LoadBalancer": self._found.load_balancer}
        return {
            side: self._counted({**dimensions, "TargetGroup": group}, self._since, until)
            for side, group in sides.items()
        }

    def _counted(self, dimensions: Mapping[str, str], since: datetime, until: datetime) -> Counted:
        whole_seconds = int((until - since).total_seconds())
        queries = [_query(dimensions, name, "Sum", 60) for name in (*_REQUESTS, *_ERRORS)]
        stats = {f"p{quantile * 100:g}": quantile for quantile in self.quantiles}
        queries += [_query(dimensions, _SECONDS, stat, whole_seconds) for stat in stats]
        found = self._ask(queries, since, until)
        # No data point means none: a target group without errors has no series of them.
        seconds = {
            quantile: max(found[_id(_SECONDS, stat)])
            for stat, quantile in stats.items()
            if found.get(_id(_SECONDS, stat))
        }
        return Counted(
            requests=_total(found, _REQUESTS),
            errors=_total(found, _ERRORS),
            quantiles_seconds=seconds,
        )

    def _ask(
        self, queries: Sequence[MetricDataQueryTypeDef], since: datetime, until: datetime
    ) -> Mapping[str, list[float]]:
        from botocore.exceptions import BotoCoreError, ClientError

        found: dict[str, list[float]] = {}
        try:
            pages = self.client.get_paginator("get_metric_data").paginate(
                MetricDataQueries=queries, StartTime=since, EndTime=until
            )
            for page in pages:
                for result in page["MetricDataResults"]:
                    found.setdefault(result["Id"], []).extend(result["Values"])
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            raise OutsideError(
                f"CloudWatch refused to tell the requests ({code})", _ALLOW
            ) from None
        except BotoCoreError as error:
            raise OutsideError(
                f"CloudWatch cannot be asked ({type(error).__name__})", _ALLOW
            ) from None
        return found


def cloudwatch_client(
    region: str, load: Callable[[str], ModuleType] = import_module
) -> CloudWatchClient:
    """Return boto3's client for the metrics of a region.

    Raises InputError when boto3 is not installed, OutsideError when it cannot be set up.
    """
    try:
        boto3, config = load("boto3"), load("botocore.config")
    except ModuleNotFoundError:
        raise InputError(
            "reading CloudWatch needs boto3, which is not installed",
            "Install it: pip install 'outgrow[aws]'",
        ) from None
    from botocore.exceptions import BotoCoreError

    patience = config.Config(connect_timeout=5, read_timeout=10, retries={"max_attempts": 3})
    try:
        client: CloudWatchClient = boto3.client("cloudwatch", region_name=region, config=patience)
    except BotoCoreError as error:
        raise OutsideError(f"CloudWatch cannot be asked ({type(error).__name__})", _ALLOW) from None
    return client


def _query(
    dimensions: Mapping[str, str], metric: str, stat: str, period_seconds: int
) -> MetricDataQueryTypeDef:
    return {
        "Id": _id(metric, stat),
        "MetricStat": {
            "Metric": {
                "Namespace": _NAMESPACE,
                "MetricName": metric,
                "Dimensions": [{"Name": n, "Value": v} for n, v in dimensions.items()],
            },
            "Period": period_seconds,
            "Stat": stat,
        },
        "ReturnData": True,
    }


def _total(found: Mapping[str, list[float]], metrics: Sequence[str]) -> int:
    return round(sum(sum(found.get(_id(metric, "Sum"), ())) for metric in metrics))


def _id(metric: str, stat: str) -> str:
    """Return a name that CloudWatch takes: letters, digits and `_`, the first one small."""
    return f"q_{metric}_{stat}".replace(".", "_").lower()


def _minute(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(second=0, microsecond=0)

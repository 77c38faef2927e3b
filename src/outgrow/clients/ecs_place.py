"""Which service of ECS is meant, and boto3's clients for what is asked about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from outgrow.errors import InputError

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch.client import CloudWatchClient
    from mypy_boto3_ecs.client import ECSClient

ATTEMPTS = 5
_CONNECT_SECONDS = 5
_READ_SECONDS = 30


@dataclass(frozen=True, slots=True)
class PairNames:
    """What Terraform calls that between which ECS shifts users: two target groups, and a role.

    Listener rules have no names: theirs are those that forward to these groups, the rule for
    testers on `test_port`.
    """

    blue: str
    green: str
    role: str
    test_port: int


@dataclass(frozen=True, slots=True)
class EcsPlace:
    """A service in a cluster, and the container of it whose image a deploy changes.

    `alarms` are names of CloudWatch alarms that stop a deploy; those that do not exist are left
    out. `block` is what Terraform calls the service: `api_worker`. `pair` is None for what no
    load balancer of the strategy's stands before.
    """

    cluster: str
    service: str
    container: str
    region: str
    alarms: tuple[str, ...] = ()
    block: str = ""
    pair: PairNames | None = None


@dataclass(frozen=True, slots=True)
class EcsClients:
    """boto3's clients for one region; `registry` gives the one of ECR in any region.

    Only those of ECS and CloudWatch have typed stubs here.
    """

    ecs: ECSClient
    alarms: CloudWatchClient
    logs: Any
    balancers: Any
    identity: Any
    registry: Callable[[str], Any]


def open_clients(region: str, attempts: int = ATTEMPTS) -> EcsClients:
    """Return the clients for `region`, with the credentials of the environment.

    Raises InputError without boto3, AwsRefusal when AWS_PROFILE names nothing.
    """
    try:
        import boto3
        from botocore.config import Config
    except ImportError:
        raise InputError(
            "a deploy to ECS needs boto3, which is not installed", "pip install 'outgrow[aws]'"
        ) from None
    from outgrow.clients.ecs_refusals import asking

    patience = Config(
        connect_timeout=_CONNECT_SECONDS,
        read_timeout=_READ_SECONDS,
        retries={"mode": "standard", "max_attempts": attempts},
    )
    with asking("AWS", "read the credentials"):
        session = boto3.Session(region_name=region)
        return EcsClients(
            ecs=session.client("ecs", config=patience),
            alarms=session.client("cloudwatch", config=patience),
            logs=session.client("logs", config=patience),
            balancers=session.client("elbv2", config=patience),
            identity=session.client("sts", config=patience),
            registry=lambda where: session.client("ecr", region_name=where, config=patience),
        )

"""A service on the fake of ECS, and moto for what stands around it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import boto3
import pytest
from botocore.config import Config
from moto import mock_aws
from moto.core.config import DefaultConfig
from tests.integration.deploy.ecs.fake_ecs import ACCOUNT, REGION, FakeEcs, fake_ecs

from outgrow.clients.ecs import EcsRollout
from outgrow.clients.ecs_place import EcsClients, EcsPlace, PairNames
from outgrow.deploy.policy import DeployPolicy, deploy_policy
from outgrow.deploy.values import Version
from outgrow.strategy.deploys import Deploy

REPOSITORY = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/shop/api"
KEY_ID = "AKIAPLANTED000000000"
ONCE = Config(retries={"mode": "standard", "max_attempts": 1})
PAIR = PairNames("b", "g", "shop-api-shift", 8443)
PLACE = EcsPlace("shop", "api", "api", REGION, ("shop-api-errors",), "api", PAIR)
PLANTED = "planted-secret-value-7f3a"


def image(letter: str) -> str:
    """Return an image by its digest."""
    return f"{REPOSITORY}@sha256:{letter * 64}"


def version(letter: str) -> Version:
    """Return a version of its own."""
    return Version(f"v{letter}", image(letter), f"release {letter}", "c0ffee")


@dataclass
class Pause:
    """Time that passes only for the fake."""

    fake: FakeEcs
    waited: list[float] = field(default_factory=list)

    def seconds(self) -> float:
        return self.fake.seconds

    def wait(self, seconds: float) -> None:
        self.waited.append(seconds)
        self.fake.pass_seconds(seconds)


@dataclass
class Shop:
    """One service with the version `a`, and the clients that ask about it."""

    fake: FakeEcs
    clients: EcsClients
    pause: Pause
    place: EcsPlace = field(default_factory=lambda: PLACE)

    def rollout(self, policy: DeployPolicy | None = None) -> EcsRollout:
        """Return the service as outgrow sees it."""
        return EcsRollout(self.place, policy or policy_of("rolling"), self.clients, self.pause)

    def until_still(self, rollout: EcsRollout, name: str) -> list[str]:
        """Let time pass until nothing more happens; return the phases that were seen."""
        seen: list[str] = []
        for _ in range(2000):
            phase = rollout.progress(name).phase
            if not seen or seen[-1] != phase:
                seen.append(phase)
            if phase not in ("running", "reverting"):
                return seen
            self.pause.wait(5)
        raise AssertionError(f"it goes on for ever: {seen}")


def policy_of(strategy: str, **more: object) -> DeployPolicy:
    """Return the policy of a `deploy:` block."""
    return deploy_policy(Deploy.model_validate({"strategy": strategy, **more}))


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """The credentials of nobody, with a secret that no output may hold."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY_ID)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", PLANTED)
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.delenv("AWS_PROFILE", raising=False)


@pytest.fixture
def around() -> Iterator[None]:
    """What stands around ECS, in moto: registry, logs, alarms, balancers, identities."""
    urls = [r"http://127\.0\.0\.1:.*"]
    config: DefaultConfig = {"core": {"mock_credentials": False, "passthrough": {"urls": urls}}}
    with mock_aws(config=config):
        yield


@pytest.fixture(scope="session")
def session() -> boto3.Session:
    """One session for all tests: it has read the models of the services once."""
    return boto3.Session(
        aws_access_key_id=KEY_ID, aws_secret_access_key=PLANTED, region_name=REGION
    )


@pytest.fixture
def open_clients(session: boto3.Session, around: None) -> Callable[[str], EcsClients]:
    """Clients whose ECS is at an address, and that try a refused call once."""

    def opened(address: str) -> EcsClients:
        return EcsClients(
            ecs=session.client("ecs", endpoint_url=address, config=ONCE),
            alarms=session.client("cloudwatch", config=ONCE),
            logs=session.client("logs", config=ONCE),
            balancers=session.client("elbv2", config=ONCE),
            identity=session.client("sts", config=ONCE),
            registry=lambda where: session.client("ecr", region_name=where, config=ONCE),
        )

    return opened


@pytest.fixture
def shop(open_clients: Callable[[str], EcsClients]) -> Iterator[Shop]:
    """A service that runs the version `a`, registered by Terraform, with an alarm on errors."""
    with fake_ecs() as fake:
        clients = open_clients(fake.address)
        made = clients.ecs.register_task_definition(
            family="shop-api",
            networkMode="awsvpc",
            requiresCompatibilities=["FARGATE"],
            cpu="256",
            memory="512",
            executionRoleArn=f"arn:aws:iam::{ACCOUNT}:role/shop-api-execution",
            containerDefinitions=[
                {
                    "name": "api",
                    "image": image("a"),
                    "essential": True,
                    "environment": [{"name": "LOG_LEVEL", "value": "info"}],
                    "secrets": [{"name": "DATABASE_URL", "valueFrom": "arn:aws:secret:db"}],
                    "portMappings": [{"containerPort": 8000}],
                    "logConfiguration": {
                        "logDriver": "awslogs",
                        "options": {
                            "awslogs-group": "/ecs/shop/api",
                            "awslogs-region": REGION,
                            "awslogs-stream-prefix": "app",
                        },
                    },
                },
                {"name": "sidecar", "image": "envoy:1", "essential": False},
            ],
            tags=[{"key": "Component", "value": "api"}],
        )
        fake.definition = made["taskDefinition"]["taskDefinitionArn"]
        fake.configuration = {"maximumPercent": 200, "minimumHealthyPercent": 100}
        fake.asked.clear()
        clients.alarms.put_metric_alarm(
            AlarmName="shop-api-errors", MetricName="errors", Namespace="shop", Period=60,
            EvaluationPeriods=1, Threshold=1, ComparisonOperator="GreaterThanThreshold",
            Statistic="Sum",
        )  # fmt: skip
        yield Shop(fake, clients, Pause(fake))

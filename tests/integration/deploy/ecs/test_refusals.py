"""What stands against a deploy to ECS, and what AWS says no to: each says what to do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from tests.integration.deploy.ecs.conftest import (
    PLANTED,
    REPOSITORY,
    Shop,
    image,
    policy_of,
    version,
)
from tests.integration.deploy.ecs.fake_ecs import ACCOUNT, REGION

from outgrow.clients.ecs_place import EcsClients
from outgrow.deploy.policy import DeployPolicy
from outgrow.deploy.values import Problem, Version
from outgrow.errors import InputError, OutsideError
from outgrow.operations.deploying.providers.ecs import EcrResolver


@pytest.fixture
def pushed(shop: Shop) -> Version:
    """A version whose image lies in ECR, with the tag `v2`."""
    registry = shop.clients.registry(REGION)
    registry.create_repository(repositoryName="shop/api")
    kind = "application/vnd.docker.distribution.manifest.v2+json"
    manifest = f'{{"schemaVersion": 2, "mediaType": "{kind}"}}'
    made = registry.put_image(
        repositoryName="shop/api", imageManifest=manifest, imageTag="v2"
    )["image"]["imageId"]  # fmt: skip
    return Version("vb", f"{REPOSITORY}@{made['imageDigest']}")


def problems(
    shop: Shop, version: Version, policy: DeployPolicy | None = None
) -> tuple[Problem, ...]:
    found = tuple(shop.rollout(policy).preflight(version))
    assert not shop.fake.calls("UpdateService")
    assert not shop.fake.calls("RegisterTaskDefinition")
    assert PLANTED not in str(found)
    return found


def test_nothing_stands_against_a_version_that_is_there(shop: Shop, pushed: Version) -> None:
    assert problems(shop, pushed) == ()
    assert problems(shop, pushed, policy_of("canary", shares=[0.1])) == ()


@pytest.mark.parametrize(
    ("artifact", "reason"),
    [
        ("sha256:" + "0" * 64, "is an image of this machine"),
        ("ghcr.io/shop/api:v2", "names no digest"),
        (image("f"), "ECR has no image"),
    ],
)
def test_an_image_that_ecs_cannot_pull(
    shop: Shop, pushed: Version, artifact: str, reason: str
) -> None:
    (found,) = problems(shop, replace(pushed, artifact=artifact))
    assert reason in found.reason
    assert found.remedy


def test_a_service_that_is_not_there(shop: Shop, pushed: Version) -> None:
    shop.place = replace(shop.place, service="web")
    (found,) = problems(shop, pushed)
    assert found.reason == "there is no service 'web' in the cluster shop of eu-west-1"
    assert "Terraform" in found.remedy


def test_a_cluster_that_is_not_there(shop: Shop, pushed: Version) -> None:
    shop.place = replace(shop.place, cluster="market")
    (found,) = problems(shop, pushed)
    assert "knows no such cluster" in found.reason


@pytest.mark.parametrize(
    ("kind", "said"),
    [("CODE_DEPLOY", "--deployment-controller type=ECS"), ("EXTERNAL", "make the service")],
)
def test_another_controller_is_not_ecs(shop: Shop, pushed: Version, kind: str, said: str) -> None:
    shop.fake.controller = kind
    (found,) = problems(shop, pushed)
    assert said in found.remedy


def test_shifting_needs_a_second_target_group(shop: Shop, pushed: Version) -> None:
    shop.fake.paired = False
    assert problems(shop, pushed) == ()
    (found,) = problems(shop, pushed, policy_of("blue_green"))
    assert "no second target group" in found.reason
    for name in ("aws_lb_target_group.api_green", "aws_lb_listener_rule.api"):
        assert name in found.reason
    assert "`outgrow render --target terraform-aws`" in found.remedy
    assert "aws_iam_role.api_shift" in found.remedy
    shop.place = replace(shop.place, pair=None)
    (found,) = problems(shop, pushed, policy_of("blue_green"))
    assert "no load balancer of the strategy" in found.reason


def test_shares_that_ecs_does_not_know(shop: Shop, pushed: Version) -> None:
    (found,) = problems(shop, pushed, policy_of("canary", shares=[0.1, 0.5]))
    assert found.reason.startswith("ECS cannot shift the shares 0.1, 0.5, 1")


def test_a_service_scaled_to_nothing_proves_nothing(shop: Shop, pushed: Version) -> None:
    shop.fake.desired = 0
    (found,) = problems(shop, pushed)
    assert "scaled to 0" in found.reason


def test_no_room_at_aws_is_said_before_a_deploy(shop: Shop, pushed: Version) -> None:
    shop.fake.events = ["(service api) was unable to place a task. Reason: Capacity is unavailable"]
    (found,) = problems(shop, pushed)
    assert found.reason.startswith("only 0 of 2 tasks run now: (service api) was unable")
    assert "quota" in found.remedy


def test_another_version_on_its_way_is_waited_for_and_ones_own_is_not(
    shop: Shop, pushed: Version
) -> None:
    shop.rollout().begin(pushed, "token")
    shop.fake.asked.clear()
    assert problems(shop, pushed) == ()
    (found,) = problems(shop, Version("vother", pushed.artifact))
    assert found.reason == "ECS is still deploying vb to api"
    assert "d0001" in found.remedy


@pytest.mark.parametrize(
    ("code", "message", "reason", "remedy"),
    [
        ("ThrottlingException", "Rate exceeded", "throttles", "Wait a minute"),
        ("ExpiredTokenException", "expired", "credentials have expired", "aws sso login"),
        (
            "UnrecognizedClientException", "The security token is invalid",
            "does not accept the credentials", "AWS_PROFILE",
        ),
        (
            "AccessDeniedException",
            f"User: arn:aws:iam::{ACCOUNT}:user/ci is not authorized to perform:"
            " ecs:UpdateService on resource: arn:aws:ecs:x because no policy allows it",
            "`ecs:UpdateService`", "docs/deploy/ecs.md",
        ),
        ("ServerException", "internal", "failed", "goes on where it stopped"),
        ("ClientException", "Too many concurrent attempts", "Too many concurrent", "run it again"),
    ],
)  # fmt: skip
def test_a_refusal_says_what_to_do(
    shop: Shop, code: str, message: str, reason: str, remedy: str
) -> None:
    shop.fake.refuse("UpdateService", code, message)
    with pytest.raises(OutsideError) as refused:
        shop.rollout().begin(version("b"), "token-1")
    assert reason in refused.value.reason
    assert remedy in refused.value.remedy
    assert "user/ci" not in refused.value.reason
    assert refused.value.__cause__ is None


def test_expired_credentials_are_one_problem_before_a_deploy(shop: Shop, pushed: Version) -> None:
    shop.fake.refuse("DescribeServices", "ExpiredTokenException", "expired")
    (found,) = problems(shop, pushed)
    assert "credentials have expired" in found.reason


def test_no_credentials_at_all(
    shop: Shop, pushed: Version, monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", f"{tmp_path}/none")
    monkeypatch.setenv("AWS_CONFIG_FILE", f"{tmp_path}/none")
    import boto3

    bare = replace(shop.clients, identity=boto3.Session(region_name=REGION).client("sts"))
    rollout = replace(shop, clients=bare).rollout()
    (found,) = rollout.preflight(pushed)
    assert found.reason == "there are no AWS credentials that can be used"
    assert "account unknown" in rollout.describe()


def test_a_task_that_finds_no_room(shop: Shop) -> None:
    shop.fake.refuse("RunTask", "ClientException", "You've reached the limit on vCPUs")
    with pytest.raises(OutsideError, match="reached the limit"):
        shop.rollout().run_once(version("b"), ["migrate"])


def test_the_tag_of_a_component_is_looked_up(shop: Shop, pushed: Version) -> None:
    resolver = EcrResolver(shop.clients, REGION, "shop/api")
    for said in ("v2", f"{REPOSITORY}:v2", pushed.artifact, pushed.artifact.split("@")[1]):
        assert resolver.resolve(said) == pushed.artifact
    with pytest.raises(InputError, match="has no tag 'v9'") as missing:
        resolver.resolve("v9")
    assert missing.value.remedy == f"Push it: docker push {REPOSITORY}:v9"
    with pytest.raises(InputError, match="not asked here"):
        resolver.resolve("ghcr.io/shop/api:v2")
    elsewhere = "ghcr.io/shop/api@sha256:" + "1" * 64
    assert resolver.resolve(elsewhere) == elsewhere


def test_clients_are_made_for_the_region(
    open_clients: Callable[[str], EcsClients], monkeypatch: pytest.MonkeyPatch
) -> None:
    from outgrow.clients import ecs_place

    monkeypatch.setenv("AWS_PROFILE", "nobody")
    with pytest.raises(OutsideError, match="no AWS credentials"):
        ecs_place.open_clients("eu-west-1")
    monkeypatch.delenv("AWS_PROFILE")
    opened = ecs_place.open_clients("eu-north-1")
    assert opened.ecs.meta.region_name == "eu-north-1"
    assert opened.registry("us-east-1").meta.region_name == "us-east-1"

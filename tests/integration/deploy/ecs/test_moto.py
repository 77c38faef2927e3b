"""What moto can do of ECS: a version registered and put in place, looked at by its own API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tests.integration.deploy.ecs.conftest import Pause, image, policy_of, version
from tests.integration.deploy.ecs.fake_ecs import REGION, FakeEcs

from outgrow.clients.ecs import EcsRollout
from outgrow.clients.ecs_place import EcsClients, EcsPlace
from outgrow.deploy.values import Version
from outgrow.errors import OutsideError


@pytest.fixture
def moto_service(open_clients: Callable[[str], EcsClients]) -> EcsClients:
    """A service in moto that runs the version `a`."""
    clients = open_clients(f"https://ecs.{REGION}.amazonaws.com")
    clients.ecs.create_cluster(clusterName="shop")
    made = clients.ecs.register_task_definition(
        family="shop-api", containerDefinitions=[{"name": "api", "image": image("a"), "memory": 64}]
    )
    clients.ecs.create_service(
        cluster="shop", serviceName="api", desiredCount=1,
        taskDefinition=made["taskDefinition"]["taskDefinitionArn"],
    )  # fmt: skip
    return clients


def test_motos_service_gets_the_new_revision(moto_service: EcsClients) -> None:
    rollout = EcsRollout(
        EcsPlace("shop", "api", "api", REGION), policy_of("rolling"), _Old(moto_service).clients,
        Pause(FakeEcs()),
    )  # fmt: skip
    assert rollout.current() == Version("shop-api-1", image("a"))
    name = rollout.begin(version("b"), "token-1")
    assert rollout.begin(version("b"), "token-1") == name
    service = moto_service.ecs.describe_services(cluster="shop", services=["api"])["services"][0]
    assert service["taskDefinition"].endswith("shop-api:2")
    found = moto_service.ecs.describe_task_definition(
        taskDefinition=service["taskDefinition"], include=["TAGS"]
    )
    assert found["taskDefinition"]["containerDefinitions"][0]["image"] == image("b")
    tags = {one["key"]: one["value"] for one in found["tags"]}
    assert (tags["outgrow:version"], tags["outgrow:token"]) == ("vb", "token-1")
    with pytest.raises(OutsideError, match="no service 'web'"):
        EcsRollout(
            EcsPlace("shop", "web", "api", REGION), policy_of("rolling"),
            _Old(moto_service).clients, Pause(FakeEcs()),
        ).current()  # fmt: skip


class _Old:
    """moto's ECS knows no service deployments, and says so in a way of its own."""

    def __init__(self, clients: EcsClients) -> None:
        from botocore.exceptions import ClientError

        def unsupported(**_: Any) -> None:
            error = {"Error": {"Code": "UnsupportedFeatureException", "Message": "not in moto"}}
            raise ClientError(error, "ListServiceDeployments")  # type: ignore[arg-type]

        clients.ecs.meta.events.register_first(
            "before-call.ecs.ListServiceDeployments", unsupported
        )
        self.clients = clients

"""The same in containers: replaced on real HAProxy and a real Docker engine, none is lost."""

from __future__ import annotations

import pytest
from tests.engines.docker_engine import DockerEngine
from tests.engines.http_app.shop import QUICK, shop
from tests.integration.deploy.under_load import witnessed

pytestmark = pytest.mark.xdist_group("swaps-in-docker")  # one engine for all of them


@pytest.mark.parametrize("kind", ["rolling", "blue_green", "canary"])
def test_a_deploy_of_containers_loses_no_request(engine: DockerEngine, kind: str) -> None:
    with shop(engine) as found:
        found.write(strategy=kind, shares=[0.2], **QUICK)
        found.deploy(found.version("v1"))
        new = found.version("v2")

        seen = witnessed(found, lambda: found.deploy(new))

    assert seen.lost == []
    assert set(seen.proof.versions) == {"v1", "v2"}
    assert seen.versions_at_the_end() == {"v2"}


def test_the_old_container_may_be_killed_as_soon_as_the_weights_have_changed(
    engine: DockerEngine,
) -> None:
    killed = []
    with shop(engine) as found:
        found.write(strategy="blue_green", **QUICK)
        found.deploy(found.version("v1"))
        new = found.version("v2")

        def deploy_and_kill() -> None:
            with found.events(*found.deploying(new)) as events:
                killed.extend(found.kill("v1") for one in events if one["event"] == "weights")

        seen = witnessed(found, deploy_and_kill)

    assert killed == [1]
    assert seen.lost == []
    assert seen.versions_at_the_end() == {"v2"}

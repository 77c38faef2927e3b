"""Versions as containers of a real Docker engine, behind a real HAProxy."""

from __future__ import annotations

import getpass
import json
import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.engines.deploy_steps import get, serve, slot, start_checked, swap
from tests.engines.docker_engine import DockerEngine, base_image
from tests.engines.own_hosts import APPLICATION, OwnSite, Wish, own_site
from tests.engines.replication import wait_until
from tests.engines.sshd import ssh_server
from tests.engines.traffic import Request, traffic
from tests.tools import said

from outgrow.clients.docker_api import DockerApi
from outgrow.deploy.values import Version
from outgrow.errors import InputError, OutsideError

pytestmark = pytest.mark.xdist_group("docker")


def image(engine: DockerEngine, folder: Path, name: str, *, healthy: bool = True) -> str:
    """Build a version of the sample application, and return the tag of its image."""
    context = folder / f"image-{name}"
    context.mkdir()
    (context / "versioned.py").write_text(APPLICATION.read_text())
    (context / "healthy").write_text("yes" if healthy else "no")
    lines = [
        f"FROM {base_image(engine)}", "COPY versioned.py healthy /srv/", "WORKDIR /srv",
        "ENV HOST=0.0.0.0", f'CMD ["python3", "versioned.py", "{name}"]',
    ]  # fmt: skip
    (context / "Dockerfile").write_text("\n".join(lines) + "\n")
    tag = f"outgrow-test-versioned:{name}-{folder.name}"
    built = engine.docker("build", "--tag", tag, context)
    assert built.returncode == 0, said(built)
    return tag


@pytest.fixture
def site(
    tmp_path: Path, engine: DockerEngine, monkeypatch: pytest.MonkeyPatch
) -> Iterator[OwnSite]:
    monkeypatch.setenv("API_TOKEN", "planted-c3VwZXJzZWNyZXQ")
    if engine.host:
        monkeypatch.setenv("DOCKER_HOST", engine.host)
    wish = Wish(
        needs={"memory_gib": 0.0625, "vcpu": 0.5},
        run={"command": None},
        secrets={"TOKEN": "env:API_TOKEN"},
        hosts={},
    )
    with own_site(tmp_path, wish) as found:
        yield found


def version(site: OwnSite, engine: DockerEngine, name: str, *, healthy: bool = True) -> Version:
    tag = image(engine, site.folder, name, healthy=healthy)
    return Version(name, site.fleet.resolve(tag), label=tag)


def inspected(engine: DockerEngine, name: str) -> dict:  # type: ignore[type-arg]
    found: dict = json.loads(engine.docker("inspect", name).stdout)[0]  # type: ignore[type-arg]
    return found


def test_a_swap_and_a_kill_of_the_old_container_lose_nothing(
    site: OwnSite, engine: DockerEngine
) -> None:
    fleet = site.fleet
    v1, v2 = version(site, engine, "v1"), version(site, engine, "v2")
    assert v1.artifact.startswith("sha256:")
    assert list(fleet.preflight(v1)) == []
    serve(fleet, "blue1", v1)
    with traffic(site.public) as seen:
        seen.wait_for_more(60)
        start_checked(fleet, "green1", v2)
        swap(fleet, "blue1", "green1")
        wait_until(lambda: slot(fleet, "blue1").open_requests == 0, "blue1 has ended its requests")
        os.kill(inspected(engine, "shop-api-production-blue1")["State"]["Pid"], signal.SIGKILL)
        seen.wait_for_more(60)
        fleet.stop("blue1")
        seen.wait_for_more(20)
    assert seen.failures == []
    assert slot(fleet, "blue1").version is None
    assert slot(fleet, "green1").version == "v2"


def test_a_container_killed_under_traffic_loses_no_get(site: OwnSite, engine: DockerEngine) -> None:
    fleet = site.fleet
    serve(fleet, "blue1", version(site, engine, "v1"))
    serve(fleet, "green1", version(site, engine, "v2"))
    with traffic(site.public, (Request(), Request(), Request("/slow"))) as seen:
        seen.wait_for_more(30)
        os.kill(inspected(engine, "shop-api-production-blue1")["State"]["Pid"], signal.SIGKILL)
        seen.wait_for_more(60)
    assert seen.failures == []


def test_a_container_has_the_limits_and_variables_of_its_component(
    site: OwnSite, engine: DockerEngine
) -> None:
    fleet = site.fleet
    one = version(site, engine, "v1")
    serve(fleet, "blue1", one)
    found = inspected(engine, "shop-api-production-blue1")
    assert found["HostConfig"]["Memory"] == 64 * 1024**2
    assert found["HostConfig"]["NanoCpus"] == 500_000_000
    assert found["HostConfig"]["RestartPolicy"]["Name"] == "unless-stopped"
    assert found["Config"]["Labels"]["outgrow.version"] == "v1"
    assert get(site.public, "/variable/TOKEN")[1] == "planted-c3VwZXJzZWNyZXQ"
    assert "planted" not in json.dumps(found["Config"]["Labels"])
    assert "planted" not in json.dumps(found["Args"]) + found["Path"]
    started = found["State"]["StartedAt"]
    fleet.start("blue1", one)
    assert inspected(engine, "shop-api-production-blue1")["State"]["StartedAt"] == started


def test_a_container_that_never_gets_healthy_explains_itself(
    site: OwnSite, engine: DockerEngine
) -> None:
    fleet = site.fleet
    fleet.start("blue1", version(site, engine, "v1", healthy=False))
    fleet.admit("blue1")
    wait_until(lambda: slot(fleet, "blue1").up is False, "its check has failed")
    wait_until(lambda: "503" in fleet.probe("blue1").said, "it answers")
    found = fleet.evidence("blue1")
    assert found.probe is not None
    assert (found.probe.ok, found.probe.said) == (False, "503 x: the database does not answer")
    assert found.lines == ("v1 listens",)
    assert (found.listening, found.expected_port) == ((8000,), 8000)
    assert found.exit_code is None


def test_a_command_runs_once_in_a_container_that_is_removed(
    site: OwnSite, engine: DockerEngine
) -> None:
    one = version(site, engine, "v1")
    ran = site.fleet.run_once(one, ["echo migrated with $TOKEN; exit 4"])
    assert (ran.exit_code, ran.lines) == (4, ("migrated with planted-c3VwZXJzZWNyZXQ",))
    assert engine.docker("inspect", "shop-api-production-once").returncode != 0


def test_a_health_check_that_is_a_command_runs_inside_of_the_container(
    site: OwnSite, engine: DockerEngine
) -> None:
    fleet = replace(site.fleet, health_path=None, health_command=('test "$TOKEN" = planted',))
    fleet.start("blue1", version(site, engine, "v1"))
    wait_until(lambda: "ended with 1" in fleet.probe("blue1").said, "it is checked")
    good = replace(fleet, health_command=("python3", "-c", "pass"))
    assert good.probe("blue1").ok


def test_an_image_that_nobody_has_is_refused(site: OwnSite) -> None:
    with pytest.raises(InputError, match="no image"):
        site.fleet.resolve("127.0.0.1:1/nobody/has-it:1")


def test_an_engine_that_is_gone_is_an_error_with_a_remedy(tmp_path: Path) -> None:
    engine = DockerApi("here", lambda: f"unix://{tmp_path}/no.sock")
    with pytest.raises(OutsideError, match="no Docker engine") as raised:
        engine.version()
    assert "DOCKER_HOST" in raised.value.remedy


def test_containers_of_another_machine_are_reached_over_ssh(
    tmp_path: Path, engine: DockerEngine
) -> None:
    socket = engine.host or "unix:///var/run/docker.sock"
    (tmp_path / "site").mkdir()
    with ssh_server(tmp_path / "sshd", {"HOME": str(tmp_path), "DOCKER_HOST": socket}) as server:
        wish = Wish(
            needs={"memory_gib": 0.0625, "vcpu": 0.5},
            run={"command": None},
            hosts={"there": {"ssh": server.destination}},
        )
        with own_site(tmp_path / "site", wish) as site:
            one = version(site, engine, "v1")
            serve(site.fleet, "blue1", one)
            assert get(site.public)[1] == "v1"
            assert site.fleet.probe("blue1").ok
            assert "Docker on root@127.0.0.1" in site.fleet.describe().replace(
                getpass.getuser(), "root"
            )

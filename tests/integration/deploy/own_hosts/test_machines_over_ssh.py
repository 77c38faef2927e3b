"""Programs and the proxy on another machine, which is this one through a real sshd."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.engines.deploy_steps import get, serve, slot, start_checked
from tests.engines.own_hosts import OwnSite, Wish, own_site
from tests.engines.replication import wait_until
from tests.engines.sshd import SshServer, ssh_server
from tests.engines.traffic import traffic

from outgrow.clients.ssh import SshHost
from outgrow.errors import OutsideError


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SshServer]:
    folder = tmp_path_factory.mktemp("sshd")
    with ssh_server(folder / "server", {"HOME": str(folder / "home")}) as found:
        (folder / "home").mkdir()
        yield found


@pytest.fixture
def site(tmp_path: Path, server: SshServer) -> Iterator[OwnSite]:
    there = {"ssh": server.destination, "runner": "processes"}
    wish = Wish(instances=2, hosts={"there": there, "near": {"runner": "processes"}},
                secrets={"TOKEN": "env:SSH_TEST_TOKEN"}, proxy={"host": "there"})  # fmt: skip
    with own_site(tmp_path, wish) as found:
        yield found


@pytest.fixture(autouse=True)
def token(monkeypatch: pytest.MonkeyPatch) -> str:
    planted = "planted-b3Zlci1zc2g"
    monkeypatch.setenv("SSH_TEST_TOKEN", planted)
    return planted


def test_a_swap_on_two_machines_loses_nothing(site: OwnSite, server: SshServer, token: str) -> None:
    fleet = site.fleet
    v1, v2 = site.version("v1"), site.version("v2")
    assert list(fleet.preflight(v1)) == []
    assert {one.name: one.host for one in fleet.slots}["blue2"] == "near"
    serve(fleet, "blue1", v1)
    serve(fleet, "blue2", v1)
    assert fleet.probe("blue1").said == "200 x: fine"
    assert get(site.public, "/variable/TOKEN")[1] == token
    with traffic(site.public) as seen:
        seen.wait_for_more(20)
        start_checked(fleet, "green1", v2)
        fleet.weigh({"green1": 100, "blue1": 0})
        fleet.drain("blue1")
        wait_until(lambda: slot(fleet, "blue1").open_requests == 0, "blue1 is idle")
        fleet.stop("blue1")
        seen.wait_for_more(20)
    assert seen.failures == []
    assert [one.version for one in fleet.look()] == [None, "v2", "v1", None]
    there = server.folder.parent / "home" / ".outgrow"
    written = [path for path in there.rglob("*") if path.is_file()]
    assert any(path.name == "haproxy.cfg" for path in written)
    assert not [path for path in written if token.encode() in path.read_bytes()]


def test_evidence_comes_from_the_machine_itself(site: OwnSite) -> None:
    fleet = site.fleet
    fleet.start("blue1", site.version("v1", healthy=False))
    fleet.admit("blue1")
    wait_until(lambda: "503" in fleet.probe("blue1").said, "it answers")
    found = fleet.evidence("blue1")
    assert found.lines == ("v1 listens",)
    assert found.listening == (found.expected_port,)


def test_a_machine_that_cannot_be_reached_says_how_to_see_why() -> None:
    host = SshHost("-F none -p 1 -o ConnectTimeout=2 nobody@127.0.0.1", ".outgrow/deploy/x")
    with pytest.raises(OutsideError, match=r"nobody@127\.0\.0\.1 cannot be reached") as raised:
        host.ask("machine", {})
    assert "ssh -F none -p 1" in raised.value.remedy


def test_a_port_where_nobody_listens_over_there_is_no_answer(site: OwnSite) -> None:
    said = site.fleet.probe("green1")
    assert not said.ok
    assert "no answer" in said.said

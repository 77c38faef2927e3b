from __future__ import annotations

import socket
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from tests.engines.deploy_steps import get, pid_in, serve, slot, start_checked, swap
from tests.engines.own_hosts import OwnSite, Wish, own_site
from tests.engines.replication import wait_until
from tests.rendered.certificates import self_signed
from tests.tools import tool

from outgrow.clients.own_host import Here
from outgrow.errors import OutsideError
from outgrow.operations.deploying.own_hosts.proxy import KeptProxy, their_socket
from outgrow.operations.deploying.own_hosts.take_down import take_down
from outgrow.operations.local_run.prepare import chosen_system
from outgrow.operations.opened import open_strategy


def test_the_proxy_counts_requests_errors_and_latencies_of_each_slot(site: OwnSite) -> None:
    fleet = site.fleet
    serve(fleet, "blue1", site.version("v1"))
    get(site.public)
    mark = fleet.mark()
    for path in ("/", "/", "/fails", "/slow"):
        get(site.public, path)
    wait_until(lambda: fleet.counted(mark)["blue1"].requests == 4, "all are logged")
    found = fleet.counted(mark)["blue1"]
    assert (found.requests, found.errors) == (4, 1)
    assert max(found.seconds) == pytest.approx(1.5, abs=0.4)
    assert fleet.counted(mark)["green1"].requests == 0


def test_a_configuration_that_haproxy_refuses_changes_nothing(site: OwnSite) -> None:
    fleet = site.fleet
    serve(fleet, "blue1", site.version("v1"))
    proxy = fleet.proxy
    assert isinstance(proxy, KeptProxy)
    broken = KeptProxy(proxy.host, proxy.keeper, proxy.text + "nonsense here\n", proxy.pause)
    with pytest.raises(OutsideError, match=r"refuses its configuration.*nonsense"):
        broken.ensure()
    assert get(site.public)[1] == "v1"


def test_a_socket_that_is_gone_is_an_error_with_a_remedy(site: OwnSite) -> None:
    fleet = site.fleet
    serve(fleet, "blue1", site.version("v1"))
    (site.home / "proxy" / "admin.sock").unlink()
    with pytest.raises(OutsideError, match=r"admin\.sock") as raised:
        fleet.look()
    assert raised.value.remedy
    assert get(site.public)[1] == "v1"


def test_a_fleet_of_another_command_finds_everything_again(site: OwnSite) -> None:
    version = site.version("v1")
    serve(site.fleet, "blue1", version)
    before = pid_in(site, "blue1")
    again = site.fleet
    again.start("blue1", version)
    found = slot(again, "blue1")
    assert (found.version, found.running, found.up, found.weight) == ("v1", True, True, 100)
    assert pid_in(site, "blue1") == before


def test_a_folder_that_changes_after_it_was_resolved_is_deployed_as_it_was(site: OwnSite) -> None:
    version = site.version("v1")
    (site.folder / "v1" / "name").write_text("something else")
    serve(site.fleet, "blue1", version)
    assert get(site.public)[1] == "v1"
    assert site.fleet.resolve("v1") != version.artifact


def test_a_command_that_does_not_exist_says_so(tmp_path: Path) -> None:
    with own_site(tmp_path, Wish(run={"command": ["no-such-program", "x"]})) as site:
        with pytest.raises(OutsideError, match="no-such-program: No such file"):
            site.fleet.start("blue1", site.version("v1"))
        assert slot(site.fleet, "blue1").running is False


def test_a_command_runs_once_with_the_version_and_its_variables(site: OwnSite) -> None:
    version = site.version("v1")
    ran = site.fleet.run_once(version, ["cat name; exit 3"])
    assert (ran.exit_code, ran.lines) == (3, ("v1",))


def test_who_came_once_comes_back_until_the_drain_ends(tmp_path: Path) -> None:
    with own_site(tmp_path, Wish(needs={"sticky_sessions": True})) as site:
        fleet = site.fleet
        serve(fleet, "blue1", site.version("v1"))
        cookie = get(site.public)[2]["Set-Cookie"].partition(";")[0]
        start_checked(fleet, "green1", site.version("v2"))
        swap(fleet, "blue1", "green1")
        assert get(site.public, Cookie=cookie)[1] == "v1"
        assert get(site.public)[1] == "v2"
        fleet.rest("blue1")
        assert get(site.public, Cookie=cookie)[1] == "v2"


def test_an_old_cookie_does_not_reach_a_version_before_it_is_healthy(tmp_path: Path) -> None:
    with own_site(tmp_path, Wish(needs={"sticky_sessions": True})) as site:
        fleet = site.fleet
        serve(fleet, "blue1", site.version("v1"))
        fleet.start("green1", site.version("v2", healthy=False))
        fleet.admit("green1")
        answers = {get(site.public, Cookie="SLOT=green1")[1] for _ in range(20)}
        assert answers == {"v1"}


def test_a_websocket_lives_on_until_its_slot_is_put_to_rest(tmp_path: Path) -> None:
    with own_site(tmp_path, Wish(needs={"websockets": True})) as site:
        fleet = site.fleet
        serve(fleet, "blue1", site.version("v1"))
        with socket.create_connection(("127.0.0.1", site.public), 10) as talk:
            upgrade = "GET /socket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket"
            talk.sendall(
                f"{upgrade}\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
            )
            assert talk.recv(4096).startswith(b"HTTP/1.1 101")
            start_checked(fleet, "green1", site.version("v2"))
            swap(fleet, "blue1", "green1")
            found = slot(fleet, "blue1")
            assert (found.open_requests, found.open_websockets) == (0, 1)
            talk.sendall(b"still here")
            assert talk.recv(100) == b"still here"
            fleet.rest("blue1")
            assert talk.recv(100) == b""
        wait_until(lambda: slot(fleet, "blue1").open_websockets == 0, "it is gone")


def test_tls_is_ended_at_the_proxy(tmp_path: Path) -> None:
    certificates = self_signed(tmp_path)
    with own_site(tmp_path, Wish(proxy={"certificates": str(certificates)})) as site:
        serve(site.fleet, "blue1", site.version("v1"))
        url = f"https://127.0.0.1:{site.public}/"
        done = subprocess.run(
            [tool("curl"), "-sk", "-w", " %{http_code} %{http_version}", url],
            capture_output=True, text=True, timeout=20, check=False,
        )  # fmt: skip
        assert done.stdout == "v1 200 2"


def test_two_instances_have_slots_of_their_own(tmp_path: Path) -> None:
    with own_site(tmp_path, Wish(instances=2)) as site:
        fleet, version = site.fleet, site.version("v1")
        for name in ("blue1", "blue2"):
            serve(fleet, name, version)
        mark = fleet.mark()
        for _ in range(10):
            get(site.public)
        wait_until(lambda: sum(c.requests for c in fleet.counted(mark).values()) == 10, "logged")
        found = fleet.counted(mark)
        assert (found["blue1"].requests, found["blue2"].requests) == (5, 5)


def test_an_instance_more_is_declared_to_a_proxy_of_our_own(site: OwnSite) -> None:
    one = site.version("v1")
    serve(site.fleet, "blue1", one)
    path = Path(site.opened.path)
    path.write_text(path.read_text().replace("minimum: 1", "minimum: 2"))
    opened = open_strategy(str(path))
    grown = replace(site, opened=opened, system=chosen_system(opened, "live", None)).fleet
    assert list(grown.preflight(one)) == []
    assert [one.version for one in grown.look()] == ["v1", None, None, None]
    serve(grown, "blue2", one)
    assert get(site.public)[1] == "v1"
    assert [one.name for one in grown.look() if one.has_traffic] == ["blue1", "blue2"]
    assert site.fleet.end_surplus() == ["blue2 on here"]
    assert [one.version for one in grown.look()] == ["v1", None, None, None]


def test_no_secret_lies_in_a_file_or_on_a_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    planted = "planted-c3VwZXJzZWNyZXQ"
    monkeypatch.setenv("API_TOKEN", planted)
    with own_site(tmp_path, Wish(secrets={"TOKEN": "env:API_TOKEN"})) as site:
        fleet = site.fleet
        serve(fleet, "blue1", site.version("v1"))
        assert get(site.public, "/variable/TOKEN")[1] == planted
        written = [path for path in site.folder.rglob("*") if path.is_file()]
        assert not [path for path in written if planted.encode() in path.read_bytes()]
        lines = Path("/proc").glob("[0-9]*/cmdline")
        assert not [one for one in lines if planted.encode() in content(one)]
        assert planted not in repr(fleet)


def content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def test_a_health_check_that_is_a_command_runs_beside_the_version(tmp_path: Path) -> None:
    check = 'test "$(cat healthy)" = yes && test -n "$$PORT" || { echo not yet; exit 3; }'
    wish = Wish(needs={"health_path": None}, run={"health": {"command": check}})
    with own_site(tmp_path, wish) as site:
        fleet = site.fleet
        fleet.start("blue1", site.version("v1", healthy=False))
        wait_until(lambda: "ended with 3: not yet" in fleet.probe("blue1").said, "it is checked")
        fleet.start("green1", site.version("v2", healthy=True))
        wait_until(lambda: fleet.probe("green1").ok, "it is good")
        fleet.stop("green1")
        assert not fleet.probe("green1").ok


def test_a_missing_value_and_an_absent_release_are_problems(tmp_path: Path) -> None:
    with own_site(tmp_path, Wish(secrets={"TOKEN": "env:NOT_SET_ANYWHERE"})) as site:
        gone = site.version("v1")
        for path in (site.home / "api" / "releases").iterdir():
            path.rename(path.with_name("moved"))
        reasons = [one.reason for one in site.fleet.preflight(gone)]
    assert reasons[0] == "no value for TOKEN"
    assert "does not have the release" in reasons[1]


def test_a_proxy_of_the_teams_own_is_only_talked_to(site: OwnSite) -> None:
    fleet = site.fleet
    serve(fleet, "blue1", site.version("v1"))
    theirs = replace(
        fleet, proxy=their_socket(Here(site.home), str(site.home / "proxy/admin.sock"))
    )
    assert list(theirs.preflight(site.version("v1"))) == []
    start_checked(theirs, "green1", site.version("v2"))
    swap(theirs, "blue1", "green1")
    assert get(site.public)[1] == "v2"
    others = replace(theirs, backend="web")
    reasons = []
    with pytest.raises(OutsideError, match="has no backend web"):
        reasons = list(others.look())
    assert reasons == []


def test_a_reload_that_was_cut_short_is_done_by_the_next_command(site: OwnSite) -> None:
    fleet = site.fleet
    serve(fleet, "blue1", site.version("v1"))
    proxy = fleet.proxy
    assert isinstance(proxy, KeptProxy)
    text = proxy.text.replace("timeout queue 10s", "timeout queue 11s")
    (site.home / "proxy" / "haproxy.cfg").write_text(text)  # and killed before HAProxy was told
    before = proxy.runtime.info().identity
    changed = KeptProxy(proxy.host, proxy.keeper, text, proxy.pause)
    changed.ensure()
    after = proxy.runtime.info().identity
    assert after != before
    changed.ensure()
    assert proxy.runtime.info().identity == after


def test_taking_everything_down_leaves_nothing(site: OwnSite) -> None:
    serve(site.fleet, "blue1", site.version("v1"))
    program = pid_in(site, "blue1")
    ended = take_down(site.opened, site.system)
    assert list(ended) == ["HAProxy on this machine", "api v1 in blue1"]
    assert not Path(f"/proc/{program}").exists()
    assert take_down(site.opened, site.system) == []


def test_copies_that_nobody_started_go_before_those_that_run_or_ran(site: OwnSite) -> None:
    fleet, kept = site.fleet, site.system.strategy.deploy.retain + 5
    serve(fleet, "blue1", site.version("v0"))
    fleet.start("green1", site.version("v1"))
    fleet.stop("green1")
    dry = [site.version(f"dry{number}").artifact for number in range(kept + 3)]
    releases = site.home / "api" / "releases"
    assert len(list(releases.iterdir())) == kept + 5
    last = site.version("v2")
    fleet.start("green1", last)
    left = {path.name for path in releases.iterdir()}
    used = [site.version(name).artifact for name in ("v0", "v1")]
    assert {_short(one) for one in [*used, last.artifact]} <= left
    assert len(left & {_short(one) for one in dry}) == kept - 3


def _short(artifact: str) -> str:
    return artifact.partition("sha256:")[2][:16]


def test_a_port_that_somebody_else_has_is_told_before_anything_starts(site: OwnSite) -> None:
    version = site.version("v1")
    port = site.fleet.slots[0].port
    assert site.fleet.preflight(version) == []
    with socket.create_server(("127.0.0.1", port)):
        (problem,) = site.fleet.preflight(version)
    assert problem.reason == f"something else listens on 127.0.0.1:{port} of this machine"
    assert "first_port" in problem.remedy


def test_the_address_of_another_proxy_is_not_shared_with_it(site: OwnSite) -> None:
    version = site.version("v1")
    with socket.create_server(("127.0.0.1", site.public)):
        (problem,) = site.fleet.preflight(version)
    assert problem.reason == f"something else listens on 127.0.0.1:{site.public} of this machine"
    serve(site.fleet, "blue1", version)
    assert site.fleet.preflight(version) == []  # it is its own by now

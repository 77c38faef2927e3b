from __future__ import annotations

import os
import signal
import time
from dataclasses import replace
from pathlib import Path

import pytest
from tests.engines.deploy_steps import get, kill, pid_in, serve, slot, start_checked, swap
from tests.engines.own_hosts import OwnSite
from tests.engines.replication import wait_until
from tests.engines.traffic import Request, traffic

from outgrow.errors import OutsideError
from outgrow.operations.deploying.own_hosts.proxy import KeptProxy


def test_a_swap_under_traffic_loses_nothing(site: OwnSite) -> None:
    fleet = site.fleet
    serve(fleet, "blue1", site.version("v1"))
    with traffic(site.public) as seen:
        seen.wait_for_more(60)
        start_checked(fleet, "green1", site.version("v2"))
        assert seen.bodies["v2"] == 0
        swap(fleet, "blue1", "green1")
        wait_until(lambda: slot(fleet, "blue1").open_requests == 0, "blue1 has ended its requests")
        fleet.rest("blue1")
        fleet.stop("blue1")
        seen.wait_for_more(60)
        before = seen.bodies["v1"]
        seen.wait_for_more(50)
    assert seen.failures == []
    assert seen.bodies["v1"] == before
    assert slot(fleet, "blue1").version is None


def test_the_old_version_killed_after_the_swap_loses_nothing(site: OwnSite) -> None:
    fleet = site.fleet
    serve(fleet, "blue1", site.version("v1"))
    start_checked(fleet, "green1", site.version("v2"))
    with traffic(site.public) as seen:
        seen.wait_for_more(60)
        swap(fleet, "blue1", "green1")
        wait_until(lambda: slot(fleet, "blue1").open_requests == 0, "blue1 has ended its requests")
        kill(site, "blue1")
        seen.wait_for_more(120)
    assert seen.failures == []


def test_an_instance_killed_in_the_middle_of_slow_requests_loses_no_get(site: OwnSite) -> None:
    fleet = site.fleet
    serve(fleet, "blue1", site.version("v1"))
    serve(fleet, "green1", site.version("v2"))
    gets = (Request(), Request("/slow"), Request(), Request())
    with traffic(site.public, gets) as seen:
        seen.wait_for_more(40)
        wait_until(lambda: slot(fleet, "blue1").open_requests > 0, "blue1 answers something")
        kill(site, "blue1")
        seen.wait_for_more(60)
        wait_until(lambda: slot(fleet, "blue1").running, "blue1 was started again")
    assert seen.failures == []


def test_a_version_that_never_gets_healthy_is_never_routed_to(site: OwnSite) -> None:
    fleet = site.fleet
    serve(fleet, "blue1", site.version("v1"))
    with traffic(site.public) as seen:
        fleet.start("green1", site.version("v2", healthy=False))
        fleet.admit("green1")
        wait_until(lambda: slot(fleet, "green1").up is False, "its check has failed")
        fleet.weigh({"green1": 100})  # even when somebody gives it all the weight there is
        seen.wait_for_more(120)
        found = fleet.evidence("green1")
    assert seen.failures == []
    assert seen.bodies["v2"] == 0
    assert found.probe is not None
    assert found.probe.said == "503 x: the database does not answer"
    assert found.lines == ("v2 listens",)
    assert found.listening == (found.expected_port,)


def test_a_canary_gets_its_share_also_when_it_is_quiet(site: OwnSite) -> None:
    fleet = site.fleet
    serve(fleet, "blue1", site.version("v1"))
    start_checked(fleet, "green1", site.version("v2"))
    fleet.weigh({"blue1": 95, "green1": 5})
    answers = [get(site.public)[1] for _ in range(100)]
    assert answers.count("v2") == 5


def test_a_reload_under_traffic_keeps_weights_and_loses_nothing(site: OwnSite) -> None:
    fleet = site.fleet
    serve(fleet, "blue1", site.version("v1"))
    start_checked(fleet, "green1", site.version("v2"))
    fleet.weigh({"blue1": 30, "green1": 70})
    proxy = fleet.proxy
    assert isinstance(proxy, KeptProxy)
    mark = fleet.mark()
    text = proxy.text.replace("timeout queue 10s", "timeout queue 11s")
    changed = KeptProxy(proxy.host, proxy.keeper, text, proxy.pause)
    with traffic(site.public) as seen:
        seen.wait_for_more(50)
        changed.ensure()
        seen.wait_for_more(120)
    assert seen.failures == []
    weights = {one.name: (one.weight, one.taking) for one in fleet.look()}
    assert weights == {"blue1": (30, "ready"), "green1": (70, "ready")}
    with pytest.raises(OutsideError, match="has forgotten"):
        fleet.counted(mark)


def test_a_haproxy_that_dies_comes_back_with_the_same_weights(site: OwnSite) -> None:
    fleet = site.fleet
    serve(fleet, "blue1", site.version("v1"))
    start_checked(fleet, "green1", site.version("v2"))
    swap(fleet, "blue1", "green1")
    place = str(site.home / "proxy")
    proxy = fleet.proxy
    assert isinstance(proxy, KeptProxy)
    pid = proxy.keeper.states([place])[place].pid
    before = proxy.runtime.info().identity
    assert pid is not None
    os.killpg(pid, signal.SIGKILL)

    def has_come_back() -> bool:
        try:
            return proxy.runtime.info().identity != before and get(site.public)[0] == 200
        except (OutsideError, OSError):
            return False

    wait_until(has_come_back, "HAProxy answers again")
    assert get(site.public)[1] == "v2"
    assert slot(fleet, "blue1").taking == "drain"


def test_a_supervisor_that_is_killed_leaves_its_program_running(site: OwnSite) -> None:
    fleet, version = site.fleet, site.version("v1")
    serve(fleet, "blue1", version)
    program = pid_in(site, "blue1")
    assert program is not None
    supervisor = parent_of(program)
    with traffic(site.public) as seen:
        seen.wait_for_more(20)
        os.kill(supervisor, signal.SIGKILL)
        seen.wait_for_more(50)
        fleet.start("blue1", version)  # a new supervisor takes the same program over
        seen.wait_for_more(20)
    assert seen.failures == []
    assert pid_in(site, "blue1") == program
    kill(site, "blue1")
    wait_until(lambda: pid_in(site, "blue1") not in (None, program), "it was started again")


def parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def test_going_back_by_weights_takes_a_tenth_of_a_second_at_most(site: OwnSite) -> None:
    fleet = site.fleet
    serve(fleet, "blue1", site.version("v1"))
    start_checked(fleet, "green1", site.version("v2"))
    swap(fleet, "blue1", "green1")
    fleet.rest("blue1")
    began = time.monotonic()
    fleet.weigh({"blue1": 100, "green1": 0})
    assert get(site.public)[1] == "v1"
    assert time.monotonic() - began < 0.1


def test_other_ports_in_the_strategy_take_effect_slot_by_slot(site: OwnSite) -> None:
    fleet = site.fleet
    serve(fleet, "blue1", site.version("v1"))
    proxy = fleet.proxy
    assert isinstance(proxy, KeptProxy)
    blue, green = fleet.slots
    text = proxy.text
    for one in (green, blue):
        text = text.replace(f":{one.port} ", f":{one.port + 2} ")
    moved = replace(
        fleet,
        slots=(replace(blue, port=blue.port + 2), replace(green, port=green.port + 2)),
        proxy=KeptProxy(proxy.host, proxy.keeper, text, proxy.pause),
    )
    with traffic(site.public) as seen:
        start_checked(moved, "green1", site.version("v2"))
        swap(moved, "blue1", "green1")
        seen.wait_for_more(40)
    assert seen.failures == []
    assert get(site.public)[1] == "v2"
    found = {one.name: one.port for one in proxy.runtime.servers("api")}
    assert found == {"blue1": blue.port, "green1": green.port + 2}

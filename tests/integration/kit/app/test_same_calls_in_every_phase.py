"""The sample application answers alike with one PostgreSQL, and with everything there is.

The code is the same and started the same way, by `outgrow env exec`; only the phase differs.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass

import httpx
import pytest
from tests.engines.replication import lagging, wait_until
from tests.integration.kit.app.suite import Caller, calls
from tests.integration.kit.app.worlds import World, everything, one_postgres, workers_of

# In one process, so that the servers are started once.
pytestmark = pytest.mark.xdist_group("projects")
PHASES = ("start", "growth", "scale")


@dataclass(frozen=True)
class Running:
    """A world, where its application answers, and the process that supervises its workers."""

    world: World
    address: str
    pid: int


@pytest.fixture(scope="module")
def phases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Running]]:
    folder = tmp_path_factory.mktemp("projects")
    with ExitStack() as stack:
        start = stack.enter_context(one_postgres(folder / "start"))
        growth, scale = stack.enter_context(everything(folder))
        yield {world.phase: _served(world, stack) for world in (start, growth, scale)}


def _served(world: World, stack: ExitStack) -> Running:
    address, pid = stack.enter_context(world.served())
    return Running(world, address, pid)


def test_every_phase_gives_the_same_answers(phases: dict[str, Running]) -> None:
    start, growth, scale = (calls(phases[name].address) for name in PHASES)
    assert len(start) > 40
    assert growth == start
    assert scale == start


@pytest.mark.parametrize("phase", PHASES)
def test_several_workers_answer(phases: dict[str, Running], phase: str) -> None:
    assert workers_of(phases[phase].pid) == 2


def test_organizations_lie_on_both_shards_and_every_row_once(phases: dict[str, Running]) -> None:
    world, address = phases["scale"].world, phases["scale"].address
    for number in range(8):
        caller = Caller(address)
        caller.sign_in("Zoe", f"Spread{number}")
        caller.quietly("POST", "/api/projects", json={"name": f"p{number}"})
    found = [_names(world, database) for database in world.shards]
    assert found[0]
    assert found[1]
    assert sorted(found[0] + found[1]) == [f"p{number}" for number in range(8)]


def _names(world: World, database: str) -> list[str]:
    names = "select coalesce(string_agg(name, ','), '') from projects where name like 'p_'"
    return [one for one in str(world.primary.value(names, database)).split(",") if one]


@pytest.mark.parametrize("phase", PHASES)
def test_events_lie_in_the_part_of_their_month(phases: dict[str, Running], phase: str) -> None:
    world, address = phases[phase].world, phases[phase].address
    caller = Caller(address)
    caller.sign_in("Max", "Months")
    caller.quietly("POST", "/api/projects", json={"name": "month"})
    databases = world.shards or ("projects",)
    tables = "select string_agg(distinct tableoid::regclass::text, ',') from events"
    found = {str(world.primary.value(tables, one)) for one in databases} - {"None"}
    assert found
    assert ("events" in found) == (phase == "start")


def test_a_writer_reads_its_own_writes_while_both_replicas_stand_still(
    phases: dict[str, Running],
) -> None:
    growth = phases["growth"]
    caller = Caller(growth.address)
    caller.sign_in("Lag", "Laggards")
    with ExitStack() as stack:
        for replica in growth.world.replicas:
            stack.enter_context(lagging(replica))
        made = caller.quietly("POST", "/api/projects", json={"name": "fresh"}).json()["id"]
        for name in ("one", "two"):
            caller.quietly("POST", f"/api/projects/{made}/tasks", json={"title": name})
        listed = caller.quietly("GET", f"/api/projects/{made}/tasks").json()
        seen = caller.quietly("GET", f"/api/projects/{made}")
        newest = caller.quietly("GET", "/api/events").json()["events"][0]
    assert [task["title"] for task in listed] == ["one", "two"]
    assert seen.status_code == 200
    assert newest["subject"] == "two"


def test_reads_are_answered_by_replicas(phases: dict[str, Running]) -> None:
    growth = phases["growth"]
    caller = Caller(growth.address)
    caller.sign_in("Rea", "Readers")
    before = _reads(growth.world)

    def have_answered() -> bool:
        assert caller.quietly("GET", "/api/events").status_code == 200
        return _reads(growth.world) - before >= 20

    wait_until(have_answered, "the replicas have answered 20 reads")


def _reads(world: World) -> int:
    """Return how many transactions the replicas tell of in the database of the phase."""
    query = (
        f"select xact_commit + xact_rollback from pg_stat_database where datname='{world.phase}'"
    )
    return sum(int(str(one.value(query))) for one in world.replicas)


@pytest.mark.parametrize("phase", PHASES)
def test_callers_at_once_lose_nothing(phases: dict[str, Running], phase: str) -> None:
    address = phases[phase].address
    caller = Caller(address)
    caller.sign_in("Sum", "Sums")
    project = caller.quietly("POST", "/api/projects", json={"name": "many"}).json()["id"]

    def add(number: int) -> int:
        path = f"/api/projects/{project}/tasks"
        cookies = caller._cookies
        return httpx.post(
            address + path, json={"title": f"t{number}"}, cookies=cookies, timeout=20
        ).status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(add, range(40)))
    listed = caller.quietly("GET", f"/api/projects/{project}/tasks").json()
    assert statuses == [201] * 40
    assert sorted(int(one["title"][1:]) for one in listed) == list(range(40))
    assert len({one["id"] for one in listed}) == 40


@pytest.mark.parametrize("phase", PHASES)
def test_figures_add_up_over_the_workers(phases: dict[str, Running], phase: str) -> None:
    caller = Caller(phases[phase].address)
    caller.sign_in("figures", "figures")
    before = _figures(caller)
    for number in range(6):
        made = caller.quietly("POST", "/api/projects", json={"name": f"counted {number}"})
        assert made.status_code == 201, made.text
    after = _figures(caller)
    assert float(after["projects_created_total"]) - float(before["projects_created_total"]) == 6
    assert float(after["sign_ins_total"]) > 2
    assert 'task_changes_total{to="doing"}' in after


def _figures(caller: Caller) -> dict[str, str]:
    text = caller.quietly("GET", "/metrics").text
    lines = (line for line in text.splitlines() if line and not line.startswith("#"))
    return dict(line.rsplit(" ", 1) for line in lines)


@pytest.mark.parametrize("phase", PHASES)
def test_sign_ins_are_limited_and_told_when_to_come_again(
    phases: dict[str, Running], phase: str
) -> None:
    caller = Caller(phases[phase].address)
    answers = [caller.quietly("POST", "/api/session", json={"token": "forged"}) for _ in range(45)]
    refused = [one for one in answers if one.status_code == 429]
    assert refused
    assert 1 <= int(refused[0].headers["retry-after"]) <= 60

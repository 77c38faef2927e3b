"""Leases, on SQLite and on PostgreSQL."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

import pytest
from tests.commands import clean_environment
from tests.integration.store.conftest import Hands

from outgrow.store.errors import LeaseLost, LeaseTaken
from outgrow.store.heartbeat import held
from outgrow.store.leases import Lease, Leases
from outgrow.store.owner import Owner, this_process
from outgrow.store.store import Store, open_store

ANN = Owner("ann", "laptop", 11)
BOB = Owner("bob", "runner", 22)


def test_a_held_lease_names_its_holder(store: Store) -> None:
    Leases(store).take("events", ANN, 60)
    with pytest.raises(LeaseTaken, match=r"ann on laptop \(process 11\) .* 2026-03-29 00:30:00"):
        Leases(store).take("events", BOB, 60)
    holder = Leases(store).holder("events")
    assert holder is not None
    assert holder.owner == ANN


def test_each_taking_has_a_greater_token(store: Store, clock: Hands) -> None:
    leases = Leases(store)
    tokens = []
    for _ in range(3):
        lease = leases.take("events", ANN, 60)
        tokens.append(lease.token)
        leases.release(lease)
    lease = leases.take("events", ANN, 60)
    clock.pass_seconds(61)
    tokens += [lease.token, leases.take("events", BOB, 60).token]
    assert tokens == [1, 2, 3, 4, 5]


def test_a_renewed_lease_holds_past_its_first_end(store: Store, clock: Hands) -> None:
    leases = Leases(store)
    lease = leases.take("events", ANN, 60)
    clock.pass_seconds(50)
    leases.renew(lease, 60)
    clock.pass_seconds(50)
    with pytest.raises(LeaseTaken):
        leases.take("events", BOB, 60)


def test_a_lease_that_ran_out_is_lost_once_another_took_it(store: Store, clock: Hands) -> None:
    leases = Leases(store)
    lease = leases.take("events", ANN, 60)
    clock.pass_seconds(61)
    assert leases.holder("events") is None
    renewed = leases.renew(lease, 60)
    clock.pass_seconds(61)
    taken = leases.take("events", BOB, 60)
    with pytest.raises(LeaseLost, match="bob on runner"):
        leases.renew(renewed, 60)
    leases.release(renewed)
    assert leases.holder("events") == taken


def test_a_lease_of_a_process_that_certainly_ended_is_free_at_once(store: Store) -> None:
    here = this_process()
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait(30)
    Leases(store).take("events", Owner("ann", here.host, ended.pid, here.place), 3600)
    assert Leases(store).take("events", here, 60).token == 2


def test_a_process_of_another_machine_is_never_taken_for_ended(store: Store) -> None:
    Leases(store).take("events", Owner("ann", "elsewhere", 999_999, "another boot"), 3600)
    with pytest.raises(LeaseTaken, match="elsewhere"):
        Leases(store).take("events", this_process(), 60)


def test_of_many_that_ask_at_once_one_gets_it(store: Store) -> None:
    def ask(number: int) -> Lease | None:
        try:
            return Leases(store).take("events", Owner("ann", "laptop", number), 60)
        except LeaseTaken:
            return None

    with ThreadPoolExecutor(8) as pool:
        got = [one for one in pool.map(ask, range(24)) if one is not None]
    assert [one.token for one in got] == [1]


def test_a_heartbeat_keeps_the_lease_while_its_holder_works(place: Path | str) -> None:
    renewed = Event()
    beats = iter(range(10_000))

    def now() -> datetime:
        beat = next(beats)
        if beat > 4:
            renewed.set()
        return datetime(2026, 1, 1, 0, 0, beat // 60, tzinfo=UTC)

    with open_store(place, now) as store:
        with held(Leases(store), "events", ANN, ttl_seconds=0.06) as one:
            assert renewed.wait(20)
            one.check()
        assert Leases(store).holder("events") is None


def test_a_holder_learns_that_its_lease_was_taken(store: Store, clock: Hands) -> None:
    leases = Leases(store)
    with held(leases, "events", ANN, ttl_seconds=0.3) as one:
        clock.pass_seconds(10)
        try:
            leases.take("events", BOB, 3600)
        except LeaseTaken:  # it was renewed in between
            clock.pass_seconds(10)
            leases.take("events", BOB, 3600)
        waiting = Event()
        for _ in range(400):
            if one.lost is not None:
                break
            waiting.wait(0.05)
        with pytest.raises(LeaseLost, match="bob"):
            one.check()
    holder = leases.holder("events")
    assert holder is not None
    assert holder.owner == BOB


COUNTS = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from outgrow.store.errors import LeaseTaken
from outgrow.store.leases import Leases
from outgrow.store.owner import this_process
from outgrow.store.store import open_store

place = Path(sys.argv[1]) if sys.argv[1].startswith("/") else sys.argv[1]
with open_store(place, lambda: datetime.now(UTC)) as store:
    leases, counter, done = Leases(store), Path(sys.argv[2]), 0
    while done < 10:
        try:
            lease = leases.take("counter", this_process(), 60)
        except LeaseTaken:
            continue
        counter.write_text(str(int(counter.read_text()) + 1))
        leases.release(lease)
        done += 1
"""


def test_processes_take_turns(place: Path | str, tmp_path: Path) -> None:
    counter = tmp_path / "counter"
    counter.write_text("0")
    command = [sys.executable, "-c", COUNTS, str(place), str(counter)]
    ran = [subprocess.Popen(command, env=clean_environment(tmp_path)) for _ in range(3)]
    assert [one.wait(60) for one in ran] == [0, 0, 0]
    assert counter.read_text() == "30"

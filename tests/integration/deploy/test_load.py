"""The load counts exactly what a server loses, and ends with whoever started it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.engines.lossy_server import LossyServer, lossy_server
from tests.engines.processes import free_port

from outgrow.clients.load import running_load
from outgrow.deploy.load_plan import LoadPlan
from outgrow.deploy.proof import Proof, Sample, proof_of
from outgrow.errors import OutsideError

_REQUESTS = 150


def plan_for(server: LossyServer, requests: int = _REQUESTS) -> LoadPlan:
    """A load of exactly so many requests."""
    return LoadPlan(
        "127.0.0.1",
        server.port,
        "shop.example",
        post_path="/echo",
        rate_per_second=100,
        longest_seconds=requests / 100,
        timeout_seconds=2,
        echoes=True,
    )


def sampled(server: LossyServer, requests: int = _REQUESTS) -> list[Sample]:
    """Send the whole load and return what it found."""
    with running_load(plan_for(server, requests)) as load:
        return load.finished()


def proof(samples: list[Sample]) -> Proof:
    return proof_of(samples, [], 100)


def test_exactly_the_requests_that_a_server_loses_are_counted_as_lost() -> None:
    server = LossyServer(
        dropped=frozenset({10, 20, 30, 40, 50, 60, 70}),
        cut=frozenset({33, 34}),
        errors=frozenset({80, 81, 82}),
        wrong=frozenset({90, 91, 92, 93}),
        unanswered=frozenset({100, 101}),
    )

    with lossy_server(server):
        samples = sampled(server)

    found = proof(samples)
    told = {one.number for one in samples if one.outcome != "ok"}
    meant = server.dropped | server.cut | server.errors | server.wrong | server.unanswered
    assert told == meant
    assert found.requests == _REQUESTS
    assert found.timeouts == 2
    assert found.stale_resets == len(server.dropped_on_kept)
    assert found.failed == 3 + 4 + 2 + len(server.dropped_on_new)
    assert found.reasons["status 503"] == 3
    assert found.reasons["wrong body"] == 4


def test_a_kept_connection_that_is_closed_under_a_request_is_a_stale_reset() -> None:
    server = LossyServer(dropped=frozenset(range(20, 120)))

    with lossy_server(server):
        samples = sampled(server)

    stale = {one.number for one in samples if one.outcome == "stale"}
    assert stale == set(server.dropped_on_kept)
    assert len(stale) > 10
    assert {one.number for one in samples if one.outcome == "failed"} == set(server.dropped_on_new)


def test_a_connection_that_was_closed_while_it_was_idle_loses_nothing() -> None:
    with lossy_server(LossyServer(closes=True)) as server:
        samples = sampled(server)

    assert proof(samples).lost == 0
    assert not any(one.reused for one in samples)


def test_a_server_that_loses_nothing_is_proved_to_lose_nothing() -> None:
    with lossy_server(LossyServer()) as server:
        samples = sampled(server, 200)

    found = proof(samples)
    assert found.holds
    assert found.requests == 200
    assert sum(one.kind == "post" for one in samples) == 16
    assert 140 < sum(one.reused for one in samples) <= 160


def test_every_request_that_a_stall_holds_up_feels_it() -> None:
    with lossy_server(LossyServer(stalls=frozenset({30}), stall_seconds=0.6)) as server:
        samples = sampled(server)

    held_up = [one for one in samples if one.latency_seconds > 0.2]
    assert proof(samples).lost == 0
    # 0.4 s of the stall at 100 requests/s; a load that waits for answers would count one.
    assert len(held_up) >= 30


def test_nothing_is_sent_where_nothing_answers() -> None:
    plan = LoadPlan("127.0.0.1", free_port(), "shop.example")

    with pytest.raises(OutsideError, match="would prove nothing"), running_load(plan):
        pytest.fail("it began")


def test_the_load_ends_with_a_block_that_fails() -> None:
    with lossy_server(LossyServer()) as server:
        with pytest.raises(RuntimeError), running_load(plan_for(server, 100_000)):
            raise RuntimeError

        assert server.nobody.wait(10)


def test_the_load_ends_when_the_process_that_started_it_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "starts.py"
    script.write_text(
        "import sys, time\n"
        "from outgrow.clients.load import running_load\n"
        "from outgrow.deploy.load_plan import LoadPlan\n"
        "with running_load(LoadPlan('127.0.0.1', int(sys.argv[1]), 'shop.example')):\n"
        "    print('begun', flush=True)\n"
        "    sys.stdin.read()\n"
    )
    with lossy_server(LossyServer()) as server:
        with subprocess.Popen(
            [sys.executable, script, str(server.port)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": "src"},
        ) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"begun\n"
            assert not server.nobody.is_set()
            process.kill()

        assert server.nobody.wait(10)

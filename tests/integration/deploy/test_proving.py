"""A deploy with a load beside it: what `--prove` gives the command."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path

import pytest
from tests.engines.lossy_server import LossyServer, lossy_server

from outgrow.deploy.load_plan import LoadPlan
from outgrow.deploy.proof import proof_from, proof_lines
from outgrow.errors import OutsideError
from outgrow.operations.deploying.prove import LoadProver


def prover_for(server: LossyServer) -> LoadProver:
    plan = LoadPlan("127.0.0.1", server.port, "shop.example", echoes=True)
    return LoadProver(plan, around_seconds=0.5)


def test_a_proof_has_the_time_before_and_after_the_weights() -> None:
    with lossy_server(LossyServer()) as server:
        prover = prover_for(server)
        prover.start()
        prover.event("step-started", {"step": "shift"})
        prover.event("weights", {"weights": {"green1": 100}})
        proof = proof_from(prover.finish())

    assert proof.holds
    assert proof.before.requests >= 30
    assert proof.during.requests >= 30
    assert proof.swap_seconds is None  # the answers tell no version


def test_a_request_that_is_lost_during_a_deploy_is_in_its_proof() -> None:
    with lossy_server(LossyServer(errors=frozenset({20}))) as server:
        prover = prover_for(server)
        prover.start()
        proof = proof_from(prover.finish())

    assert not proof.holds
    assert proof.reasons == {"status 503": 1}
    assert proof.during.requests == 0


def test_no_deploy_begins_where_the_application_answers_with_errors_already() -> None:
    with lossy_server(LossyServer(errors=frozenset({-1}))) as server:
        with pytest.raises(OutsideError, match="status 503"):
            prover_for(server).start()

        assert server.nobody.wait(10)


def test_a_load_that_is_lost_proves_nothing_and_lets_the_deploy_end() -> None:
    with lossy_server(LossyServer()) as server:
        prover = prover_for(server)
        prover.start()
        for pid in _loads_of_this_process():
            os.kill(pid, signal.SIGKILL)

        proof = proof_from(prover.finish())

    assert not proof.holds
    assert "ended without telling" in proof_lines(proof)[0]


def _loads_of_this_process() -> list[int]:
    """Return the processes of loads that this one has started."""
    children = Path(f"/proc/self/task/{threading.get_native_id()}/children").read_text().split()
    return [
        int(pid) for pid in children if b"load_process" in Path(f"/proc/{pid}/cmdline").read_bytes()
    ]

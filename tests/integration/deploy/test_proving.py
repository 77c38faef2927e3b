"""A deploy with a load beside it: what `--prove` gives the command."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from pydantic import JsonValue
from tests.engines.lossy_server import LossyServer, lossy_server

from outgrow.deploy.load_plan import LoadPlan
from outgrow.errors import OutsideError
from outgrow.operations.deploying.prove import proving


class Events:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.kinds: list[str] = []

    def event(self, kind: str, facts: Mapping[str, JsonValue]) -> None:
        self.kinds.append(kind)


def plan_for(server: LossyServer) -> LoadPlan:
    return LoadPlan("127.0.0.1", server.port, "shop.example", echoes=True)


def test_a_proof_has_the_time_before_and_after_the_weights() -> None:
    events = Events()

    with (
        lossy_server(LossyServer()) as server,
        proving(plan_for(server), events, around_seconds=0.5) as proving_it,
    ):
        proving_it.event("step-started", {"step": "shift"})
        proving_it.event("weights", {"weights": {"green1": 100}})
        proof = proving_it.finish()

    assert events.kinds == ["step-started", "weights"]
    assert proof.holds
    assert proof.before.requests >= 30
    assert proof.during.requests >= 30
    assert proof.swap_seconds is None  # the answers tell no version


def test_a_request_that_is_lost_during_a_deploy_is_in_its_proof() -> None:
    with (
        lossy_server(LossyServer(errors=frozenset({20}))) as server,
        proving(plan_for(server), Events(), around_seconds=0.5) as proving_it,
    ):
        proving_it.event("weights", {"weights": {}})
        proof = proving_it.finish()

    assert not proof.holds
    assert proof.reasons == {"status 503": 1}


def test_no_deploy_begins_where_the_application_answers_with_errors_already() -> None:
    with (
        lossy_server(LossyServer(errors=frozenset({-1}))) as server,
        pytest.raises(OutsideError, match="status 503"),
        proving(plan_for(server), Events(), around_seconds=0.5),
    ):
        pytest.fail("it began")

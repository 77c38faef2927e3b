"""Whenever outgrow is killed, the next command brings the system to one version, never between.

A kill may come before and after each call of the fleet, after each single slot of a `weigh`,
and before and after each write of the journal.
"""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from tests.property.deploy.office import Office, Settings
from tests.unit.deploy.fake_fleet import Behaviour, FakeFleet
from tests.unit.deploy.worlds import NEW, NEXT, OLD, Answer

from outgrow.deploy.values import Version
from outgrow.strategy.deploys import DeployKind

KINDS: tuple[DeployKind, ...] = ("rolling", "blue_green", "canary", "manual")
MOMENTS = st.integers(0, 180)
COMMANDS = st.sampled_from([NEW, NEXT, None])
_QUIET = [HealthCheck.too_slow]


def office(
    kind: DeployKind, instances: int, warm: float, judged: Answer, *, healthy: bool
) -> Office:
    behaviours = {"new": Behaviour(healthy=healthy), "old": Behaviour(open_requests=1)}
    fleet = FakeFleet(instances, behaviours=behaviours).running("old")
    rules = Settings(kind, warm, "revert", {"new": judged})
    return Office(fleet, rules)


def one_version(one: Office, instances: int) -> str | None:
    """Return the version that has the traffic of every instance; fail when there are two."""
    versions = set(one.fleet.taking.values())
    assert len(versions) == 1, one.fleet.taking
    assert len(one.fleet.taking) == instances
    assert set(one.fleet.weights.values()) == {100}
    assert one.fleet.without_traffic == []
    return versions.pop()


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=150, suppress_health_check=_QUIET)
@given(
    moments=MOMENTS,
    again=st.lists(st.tuples(COMMANDS, MOMENTS), max_size=2),
    last=COMMANDS,
    instances=st.integers(1, 3),
    warm=st.sampled_from([0.0, 3600.0]),
    judged=st.sampled_from(["pass", "pass", "fail", "undecided"]),
    healthy=st.sampled_from([True, True, False]),
)
def test_the_next_command_ends_with_one_version(
    kind: DeployKind,
    moments: int,
    again: list[tuple[Version | None, int]],
    last: Version | None,
    instances: int,
    warm: float,
    judged: Answer,
    healthy: bool,
) -> None:
    one = office(kind, instances, warm, judged, healthy=healthy)
    one.killed_after(moments, NEW)
    for command, more in again:
        one.killed_after(more, command)
    assert not one.killed_after(None, last)
    found = one_version(one, instances)
    assert found in {OLD.id, NEW.id, NEXT.id}
    if last is NEXT and one.left is None:
        assert found == NEXT.id


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=100, suppress_health_check=_QUIET)
@given(moments=MOMENTS, warm=st.sampled_from([0.0, 3600.0]))
@example(moments=0, warm=0.0)
def test_a_rollback_brings_the_old_version_back_from_anywhere(
    kind: DeployKind, moments: int, warm: float
) -> None:
    one = office(kind, 2, warm, "pass", healthy=True)
    killed = one.killed_after(moments, NEW)
    assert not one.killed_after(None, None)
    found = one_version(one, 2)
    assert found == OLD.id or (not killed and one.left is None and found == NEW.id)
    assert one.left is None


@pytest.mark.parametrize("kind", ["rolling", "blue_green", "canary"])
@settings(max_examples=100, suppress_health_check=_QUIET)
@given(kills=st.lists(st.integers(0, 60), min_size=1, max_size=12))
def test_a_good_version_arrives_however_often_it_is_killed(
    kind: DeployKind, kills: list[int]
) -> None:
    one = office(kind, 2, 3600.0, "pass", healthy=True)
    for moments in kills:
        one.killed_after(moments, NEW)
    assert not one.killed_after(None, NEW)
    assert one_version(one, 2) == NEW.id
    assert "revert" not in one.fates


@pytest.mark.parametrize("kind", ["rolling", "blue_green", "canary"])
def test_every_single_moment_of_a_deploy(kind: DeployKind) -> None:
    whole = office(kind, 2, 0.0, "pass", healthy=True)
    assert not whole.killed_after(None, NEW)
    moments = whole.fuse.counted
    assert moments > 60
    for at in range(moments):
        one = office(kind, 2, 0.0, "pass", healthy=True)
        assert one.killed_after(at, NEW)
        assert not one.killed_after(None, NEXT)
        assert one_version(one, 2) == NEXT.id

"""Which gate a deploy gets: by the policy's sources, and by what can be asked where it runs."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace

import pytest

from outgrow.clients.prometheus import PrometheusSource
from outgrow.deploy.plan import DeployPlan, DeployStep, Placed
from outgrow.deploy.policy import GatePolicy, deploy_policy
from outgrow.deploy.values import Counted, Probe, Side, Version
from outgrow.errors import InputError
from outgrow.operations.deploying.judging import gate_of
from outgrow.strategy.deploys import Deploy

OLD, NEW = (Version(one, f"sha256:{one}") for one in ("old", "new"))
STEPS = tuple(DeployStep(f"shift {one}", "shift", "") for one in range(2))


class OneFleet:
    """The part of a fleet that a gate asks."""

    def __init__(self) -> None:
        self.totals: Mapping[str, Counted] = {}
        self.probed: list[str] = []

    def mark(self) -> str:
        return "now"

    def counted(self, since: str) -> Mapping[str, Counted]:
        return self.totals

    def probe(self, slot: str) -> Probe:
        self.probed.append(slot)
        return Probe(slot, True, "200 OK", 0.01)


class FleetOfPaths(OneFleet):
    def probe_path(self, slot: str, path: str) -> Probe:
        self.probed.append(f"{slot}{path}")
        return Probe(slot, True, "200 OK", 0.01)


class FleetWithoutCounts(OneFleet):
    def counts_nothing(self) -> str:
        return "the HTTPRoute api"


class OneRollout:
    def begin(self, version: Version, token: str) -> str:
        return token


class Source:
    name = "cloudwatch"

    def begin(self) -> None: ...

    def read(self) -> Mapping[Side, Counted]:
        return {}


class Counting(OneRollout):
    """A rollout whose provider counts, or does not while it rolls."""

    def __init__(self, source: Source | None) -> None:
        self.source = source
        self.asked: list[Version] = []

    def traffic(self, version: Version) -> Source | None:
        self.asked.append(version)
        return self.source


def plan(before: Version | None = OLD, **gate: object) -> DeployPlan:
    policy = replace(deploy_policy(Deploy()), gate=GatePolicy(**gate))
    old = (Placed("blue1", OLD),) if before else ()
    return DeployPlan("here", NEW, before, policy, STEPS, (), old=old, new=("green1",))


def test_a_proxy_that_counts_nothing_is_no_source_and_leaves_others() -> None:
    assert gate_of(FleetWithoutCounts(), plan(), "api") is None
    gate = gate_of(FleetWithoutCounts(), plan(sources=("proxy", "probes")), "api")
    assert gate is not None
    assert gate.sources == []


def test_the_proxy_counts_the_slots_of_both_sides() -> None:
    fleet = OneFleet()
    gate = gate_of(fleet, plan(), "api")
    assert gate is not None
    gate.begin_before()
    fleet.totals = {"blue1": Counted(8000, 8)}
    gate.begin()
    fleet.totals = {"blue1": Counted(2000), "green1": Counted(7, 5)}
    verdict = gate.verdict()
    assert verdict.answer == "fail"
    assert verdict.why.startswith("proxy: 5 of 7 requests (71 %) of the new version failed")
    assert fleet.probed == ["green1"]
    assert gate.periods == 2


def test_a_first_deploy_is_judged_by_itself() -> None:
    gate = gate_of(OneFleet(), plan(before=None), "api")
    assert gate is not None
    assert gate.is_first


def test_probes_ask_the_paths_of_the_policy_where_the_fleet_can() -> None:
    fleet, plain = FleetOfPaths(), OneFleet()
    for one in (fleet, plain):
        gate = gate_of(one, plan(sources=("probes",), paths=("/a", "/b")), "api")
        assert gate is not None
        gate.begin()
        gate.verdict()
    assert {"blue1/a", "blue1/b", "green1/a", "green1/b"} < set(fleet.probed)
    assert set(plain.probed) == {"blue1", "green1"}


def test_prometheus_tells_versions_by_their_slots_where_it_knows_slots() -> None:
    wanted = plan(
        sources=("prometheus",), prometheus_url="http://127.0.0.1:1", prometheus_label="slot"
    )
    gate = gate_of(OneFleet(), wanted, "api")
    assert gate is not None
    (source,) = gate.sources
    assert isinstance(source, PrometheusSource)
    with closing(source.http):
        assert source.selectors == {
            "old": {"component": "api", "slot": ["blue1"]},
            "new": {"component": "api", "slot": ["green1"]},
        }


def test_prometheus_is_asked_for_both_versions_without_their_health_checks() -> None:
    sources = ("prometheus",)
    wanted = plan(sources=sources, prometheus_url="http://127.0.0.1:1", prometheus_label="tag")
    gate = gate_of(OneRollout(), wanted, "api", "/health")
    assert gate is not None
    (source,) = gate.sources
    assert isinstance(source, PrometheusSource)
    with closing(source.http):
        assert source.selectors == {
            "new": {"component": "api", "tag": "new"},
            "old": {"component": "api", "tag": "old"},
        }
        assert source.unseen == ("/health",)


def test_without_a_proxy_of_ours_nothing_is_judged_unless_a_source_is_named() -> None:
    assert gate_of(OneRollout(), plan(), "api") is None


def test_cloudwatch_counts_where_each_version_has_a_target_group() -> None:
    place = Counting(Source())
    gate = gate_of(place, plan(sources=("cloudwatch",)), "api")
    assert gate is not None
    assert gate.sources == [place.source]
    assert place.asked == [NEW]


@pytest.mark.parametrize(
    ("place", "gate", "reason"),
    [
        (OneFleet(), {"sources": ("prometheus",)}, "has no address"),
        (OneRollout(), {"sources": ("probes",)}, "asks single instances"),
        (OneFleet(), {"sources": ("cloudwatch",)}, "counts by target groups of AWS"),
        (OneRollout(), {"sources": ("cloudwatch",)}, "counts by target groups of AWS"),
        (Counting(None), {"sources": ("cloudwatch",)}, "both are in one target group"),
    ],
)
def test_a_source_that_cannot_count_there_is_refused_with_another_to_name(
    place: object, gate: Mapping[str, object], reason: str
) -> None:
    with pytest.raises(InputError, match=reason) as caught:
        gate_of(place, plan(**gate), "api")
    assert "deploy/gate" in caught.value.remedy

"""What judges a deploy: the gate of its policy, with the sources that the policy names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from outgrow.clients.prometheus import PrometheusSource, prometheus_client
from outgrow.deploy.gates.gate import Gate
from outgrow.deploy.gates.health import HealthWatch
from outgrow.deploy.gates.sources import ProbeSource, ProxySource
from outgrow.deploy.places import is_rollout
from outgrow.deploy.plan import DeployPlan
from outgrow.deploy.ports import (
    AsksPaths,
    CountsNothing,
    CountsVersions,
    Fleet,
    Judge,
    Rollout,
    TrafficSource,
)
from outgrow.deploy.values import Side, Version
from outgrow.errors import InputError
from outgrow.operations.deploying.session import Judges
from outgrow.operations.deploying.targets import DeployTarget
from outgrow.render.own_proxy import SLOT_LABEL

Place = Fleet | Rollout


def real_judges(target: DeployTarget) -> Judges:
    """Return what makes the judge of a deploy of `target`.

    It raises InputError for a source that cannot count there.
    """

    part = target.part
    health_path = part.health.path if part.health is not None else None

    def judge(place: Place, plan: DeployPlan) -> Judge | None:
        return gate_of(place, plan, part.name, health_path)

    return judge


def gate_of(
    place: Place, plan: DeployPlan, component: str, health_path: str | None = None
) -> Gate | None:
    """Return the gate of one deploy, None where nothing counts the requests of versions.

    `component` is its label in Prometheus; requests for `health_path` are nobody's there. Where
    a provider replaces versions by itself, there is no proxy of ours: another source has to be
    named. Raises InputError for a source that cannot count there.
    """
    policy, fleet = plan.policy.gate, None if is_rollout(place) else place
    sources: list[TrafficSource] = []
    if "cloudwatch" in policy.sources:
        sources.append(_cloudwatch(place, plan.version))
    if "proxy" in policy.sources and fleet is not None and not isinstance(fleet, CountsNothing):
        sources.append(ProxySource(fleet, slots_of(plan)))
    if "prometheus" in policy.sources:
        sources.append(_prometheus(plan, component, health_path))
    probes = _probes(fleet, plan) if "probes" in policy.sources else None
    if not sources and probes is None:
        return None
    return Gate(
        policy=policy,
        sources=sources,
        probes=probes,
        health=HealthWatch(plan.new, fleet.probe) if fleet is not None and plan.new else None,
        is_first=plan.before is None,
        periods=periods_of(plan),
    )


def slots_of(plan: DeployPlan) -> Mapping[Side, Sequence[str]]:
    """Return the slots of both sides."""
    sides: dict[Side, list[str]] = {"old": [], "new": []}
    for slot, side in plan.sides.items():
        sides[side].append(slot)
    return sides


def periods_of(plan: DeployPlan) -> int:
    """Return how often the weights change before a verdict."""
    return max(sum(one.action in ("shift", "watch") for one in plan.steps), 1)


def _probes(fleet: Fleet | None, plan: DeployPlan) -> ProbeSource:
    """Return the source of our own requests, to the paths where the fleet can ask for them."""
    if fleet is None:
        raise InputError(
            "the source `probes` asks single instances, and this provider shows none",
            "Name another one under deploy/gate/sources: prometheus.",
        )
    paths = plan.policy.gate.paths
    if isinstance(fleet, AsksPaths) and paths:
        return ProbeSource(fleet.probe_path, slots_of(plan), paths)
    return ProbeSource(lambda slot, _path: fleet.probe(slot), slots_of(plan))


def _cloudwatch(place: Place, version: Version) -> TrafficSource:
    """Return what CloudWatch counts where each version has a target group of its own."""
    if not isinstance(place, CountsVersions):
        raise InputError(
            "the source `cloudwatch` counts by target groups of AWS, and here are none",
            "Name another one under deploy/gate/sources: proxy or prometheus.",
        )
    found = place.traffic(version)
    if found is None:
        raise InputError(
            "the source `cloudwatch` cannot tell the versions apart: both are in one target group"
            " while ECS rolls",
            "Write `deploy.strategy: canary` or `blue_green`, or name another source under"
            " deploy/gate/sources: prometheus.",
        )
    return found


def _prometheus(plan: DeployPlan, component: str, health_path: str | None) -> PrometheusSource:
    gate = plan.policy.gate
    if gate.prometheus_url is None:
        raise InputError(
            "the source `prometheus` has no address", "Write it: deploy/gate/prometheus_url."
        )
    return PrometheusSource(
        prometheus_client(gate.prometheus_url),
        {
            side: {"component": component, gate.prometheus_label: value}
            for side, value in _label_values(plan).items()
        },
        unseen=(health_path,) if health_path else (),
    )


def _label_values(plan: DeployPlan) -> Mapping[Side, str | Sequence[str]]:
    """Return what Prometheus' label says of both sides: the version, or the slots it runs in."""
    if plan.policy.gate.prometheus_label == SLOT_LABEL:
        slots = {side: found for side, found in slots_of(plan).items() if found}
        if not slots:
            raise InputError(
                "the source `prometheus` is to tell versions by their slots, and this provider"
                " has none",
                "Name the label with the id of the version: deploy/gate/prometheus_label.",
            )
        return slots
    versions: dict[Side, str] = {"new": plan.version.id}
    if plan.before is not None:
        versions["old"] = plan.before.id
    return versions

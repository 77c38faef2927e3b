"""What judges a deploy: the gate of its policy, with the sources that the policy names."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from outgrow.clients.prometheus import PrometheusSource, prometheus_client
from outgrow.deploy.gates.gate import Gate
from outgrow.deploy.gates.health import HealthWatch
from outgrow.deploy.gates.sources import ProbeSource, ProxySource
from outgrow.deploy.places import is_rollout
from outgrow.deploy.plan import DeployPlan
from outgrow.deploy.policy import GatePolicy
from outgrow.deploy.ports import Fleet, Judge, Rollout, TrafficSource
from outgrow.deploy.values import Probe, Side
from outgrow.errors import InputError
from outgrow.operations.deploying.session import Judges
from outgrow.operations.deploying.targets import DeployTarget
from outgrow.render.system.model import Part

Place = Fleet | Rollout


def real_judges(target: DeployTarget) -> Judges:
    """Return what makes the judge of a deploy of `target`.

    It raises InputError for a source that cannot count there.
    """

    def judge(place: Place, plan: DeployPlan) -> Judge | None:
        return gate_of(target.part, place, plan)

    return judge


def gate_of(part: Part, place: Place, plan: DeployPlan) -> Gate | None:
    """Return the gate of one deploy, None where nothing counts the requests of versions.

    Where a provider replaces versions by itself, there is no proxy of ours: another source has
    to be named. Raises InputError for a source that cannot count there.
    """
    policy, fleet = plan.policy.gate, _fleet(place)
    named = tuple(dict.fromkeys(policy.sources))
    makers: Mapping[str, Callable[[], TrafficSource | None]] = {
        "proxy": lambda: None if fleet is None else ProxySource(fleet, slots_of(plan)),
        "prometheus": lambda: _prometheus(part, plan),
        "cloudwatch": lambda: _cloudwatch(place),
    }
    found = (makers[name]() for name in named if name in makers)
    sources = tuple(one for one in found if one is not None)
    probes = _probes(fleet, plan) if "probes" in named else None
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


def _fleet(place: Place) -> Fleet | None:
    return None if is_rollout(place) else place


def _probes(fleet: Fleet | None, plan: DeployPlan) -> ProbeSource:
    """Return the source of our own requests, to the paths where the fleet can ask for them."""
    if fleet is None:
        raise InputError(
            "the source `probes` asks single instances, and this provider shows none",
            "Name another one under deploy/gate/sources: prometheus.",
        )
    asks_for: Callable[[str, str], Probe] | None = getattr(fleet, "probe_path", None)
    paths = plan.policy.gate.paths
    if asks_for is None or not paths:
        return ProbeSource(lambda slot, _path: fleet.probe(slot), slots_of(plan))
    return ProbeSource(asks_for, slots_of(plan), paths)


def _prometheus(part: Part, plan: DeployPlan) -> PrometheusSource:
    gate = plan.policy.gate
    if gate.prometheus_url is None:
        raise InputError(
            "the source `prometheus` has no address", "Write it: deploy/gate/prometheus_url."
        )
    health = part.health.path if part.health is not None else None
    selectors: dict[Side, Mapping[str, str]] = {"new": _series_of(part, gate, plan.version.id)}
    if plan.before is not None:
        selectors["old"] = _series_of(part, gate, plan.before.id)
    return PrometheusSource(
        prometheus_client(gate.prometheus_url), selectors, (health,) if health else ()
    )


def _series_of(part: Part, gate: GatePolicy, version: str) -> Mapping[str, str]:
    return {"component": part.name, gate.prometheus_label: version}


def _cloudwatch(place: Place) -> TrafficSource:
    """Return the source that a place on AWS makes: it alone knows its target groups."""
    makes: Callable[[], TrafficSource] | None = getattr(place, "cloudwatch_source", None)
    if makes is None:
        raise InputError(
            "the source `cloudwatch` counts target groups, and there are no two of them here",
            "Name another one under deploy/gate/sources: proxy or prometheus.",
        )
    return makes()

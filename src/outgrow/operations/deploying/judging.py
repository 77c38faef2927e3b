"""What judges a deploy: the gate of its policy, with the sources that the policy names."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from outgrow.deploy.gates.gate import Gate
from outgrow.deploy.gates.sources import ProbeSource, ProxySource
from outgrow.deploy.places import is_rollout
from outgrow.deploy.plan import DeployPlan
from outgrow.deploy.ports import Fleet, Judge, Rollout, TrafficSource
from outgrow.deploy.values import Probe, Side
from outgrow.errors import InputError
from outgrow.operations.deploying.session import Judges
from outgrow.operations.deploying.targets import DeployTarget

AskPath = Callable[[str, str], Probe]


def real_judges(target: DeployTarget) -> Judges:
    """Return what makes the judge of a deploy of `target`."""

    def judge(place: Fleet | Rollout, plan: DeployPlan) -> Judge | None:
        sources = tuple(_sources(target, place, plan))
        probes = _probes(target, place, plan)
        if not sources and probes is None:
            return None  # the provider's own checks decide
        return Gate(
            policy=plan.policy.gate,
            sources=sources,
            probes=probes,
            is_first=plan.before is None,
            periods=max(1, sum(one.action == "shift" for one in plan.steps)),
        )

    return judge


def _sources(
    target: DeployTarget, place: Fleet | Rollout, plan: DeployPlan
) -> Iterator[TrafficSource]:
    gate = plan.policy.gate
    if "proxy" in gate.sources and not is_rollout(place):
        yield ProxySource(place, _slots(plan))
    if "prometheus" in gate.sources:
        yield _prometheus(target, plan)
    if "cloudwatch" in gate.sources:
        known = getattr(place, "cloudwatch_source", None)
        if known is None:
            raise InputError(
                f"nothing of {target.component} in {target.environment} is counted by CloudWatch",
                "Leave `cloudwatch` out of deploy/gate/sources.",
            )
        yield known()


def _prometheus(target: DeployTarget, plan: DeployPlan) -> TrafficSource:
    from outgrow.clients.prometheus import PrometheusSource, prometheus_client

    gate = plan.policy.gate
    if gate.prometheus_url is None:
        raise InputError("where Prometheus is, nothing says", "Write deploy/gate/prometheus_url.")
    sides: dict[Side, Mapping[str, str]] = {"new": {gate.prometheus_label: plan.version.id}}
    if plan.before is not None:
        sides["old"] = {gate.prometheus_label: plan.before.id}
    health = target.part.health.path if target.part.health else None
    unseen = (health,) if health else ()
    return PrometheusSource(prometheus_client(gate.prometheus_url), sides, unseen)


def _probes(target: DeployTarget, place: Fleet | Rollout, plan: DeployPlan) -> TrafficSource | None:
    if "probes" not in plan.policy.gate.sources or is_rollout(place):
        return None
    health = target.part.health.path if target.part.health else None
    paths = plan.policy.gate.paths or ((health,) if health else ("/",))
    return ProbeSource(_asking(place), _slots(plan), paths)


def _asking(place: Fleet) -> AskPath:
    """Return what asks an instance for a path, or for its health where the place asks no other."""
    ask: AskPath | None = getattr(place, "ask", None)
    return ask if ask is not None else lambda slot, _path: place.probe(slot)


def _slots(plan: DeployPlan) -> Mapping[Side, Sequence[str]]:
    return {"old": [one.slot for one in plan.old], "new": list(plan.new)}

"""What surrounds an application and is easily left out: secrets, tools, whole components."""

from __future__ import annotations

from collections.abc import Iterator

from outgrow.analysis.gaps.gap import Gap, Plan, counted
from outgrow.strategy.components import ComponentKind

_TOOLS = (ComponentKind.MONITORING, ComponentKind.LOGS, ComponentKind.APM)
_IN_SECRETS_MANAGER = "aws-secrets-manager:"


def secrets(plan: Plan) -> Iterator[Gap]:
    """Yield the store of the secrets that components refer to, or that the strategy names."""
    if plan.of_kind(ComponentKind.SECRETS):
        return
    kept = _kept_in_secrets_manager(plan)
    asked = plan.left_out(ComponentKind.SECRETS)
    if kept:
        reason = f"{counted(kept, 'secret')} of this plan are kept in Secrets Manager, billed each"
        lines = plan.price("aws/secrets-manager", count=kept)
    elif asked and plan.machines:
        reason = f"the strategy keeps secrets in {asked!r}, and this phase pays for no store"
        lines = ()
    else:
        return
    yield Gap(
        "secrets",
        asked or "secrets",
        reason,
        "Add a component of kind secrets on aws/secrets-manager with the `count` of secrets.",
        lines,
        plan.path,
    )


def _kept_in_secrets_manager(plan: Plan) -> int:
    environment = plan.strategy.environments.get(plan.topology.environment)
    written = [*environment.secrets.values()] if environment else []
    for resource in plan.resources:
        written += resource.spec.secrets.values()
    # One secret can hold several values; what follows `#` says which of them.
    return len({one.split("#")[0] for one in written if one.startswith(_IN_SECRETS_MANAGER)})


def monitoring_machines(plan: Plan) -> Iterator[Gap]:
    """Yield self-hosted tools that run on no machine of the plan."""
    if not plan.in_production:
        return
    for resource in plan.of_kind(*_TOOLS):
        offering = resource.offering
        if offering is None or offering.provider != "self-hosted":
            continue
        if resource.runs_on or resource.price is not None:
            continue
        yield Gap(
            "monitoring-machine",
            resource.component,
            f"{offering.id} is free to use and runs on a machine that is in no bill",
            "Name the component it shares a machine with (`runs_on`), or give it one.",
            (),
            resource.path,
        )


def component_left_out(plan: Plan) -> Iterator[Gap]:
    """Yield components that others talk to and that are never paid for, or no longer.

    A component that only a later phase has is not missing yet.
    """
    if not plan.in_production:
        return
    phases = list(plan.strategy.phases)
    earlier = phases[: phases.index(plan.topology.phase)]
    planned = {name for phase in plan.strategy.phases.values() for name in phase.use}
    planned |= {name for addon in plan.strategy.addons.values() for name in addon.use}
    here = set(plan.strategy.phases[plan.topology.phase].use)
    here |= {resource.component for resource in plan.topology.resources}
    for name in plan.strategy.components:
        callers = [r.component for r in plan.resources if name in r.spec.talks_to]
        had = any(_uses(plan, phase, name) for phase in earlier)
        if name not in here and callers and (had or name not in planned):
            yield _left_out(plan, name, list(dict.fromkeys(callers)))


def _uses(plan: Plan, phase: str, name: str) -> bool:
    assignment = plan.strategy.phases[phase].use.get(name)
    return assignment is not None and not assignment.leave_out


def _left_out(plan: Plan, name: str, callers: list[str]) -> Gap:
    talk = "talks" if len(callers) == 1 else "talk"
    return Gap(
        "component-left-out",
        name,
        f"{', '.join(callers)} {talk} to it, and the phase gives it no offering",
        f"Add `{name}` to the phase's `use`, or `{name}: {{leave_out: true}}` to say it is not "
        "there.",
        (),
        (*plan.path, name),
    )

"""What a Compose file cannot say: one machine, no schedule, no growing by itself."""

from __future__ import annotations

from outgrow.render.compose.plan import Plan
from outgrow.render.system.model import Part, Role
from outgrow.render.target import Loss
from outgrow.topology.model import InstanceCount


def losses_of(plan: Plan) -> tuple[Loss, ...]:
    """Return everything of the covered parts that the Compose file leaves out."""
    found = [loss for part in plan.parts for loss in _of_part(plan, part)]
    found += [_without_image(part) for part in plan.selection.without_image]
    found += [_copy(part) for part in plan.selection.copies]
    return (*found, *_of_system(plan))


def _of_part(plan: Plan, part: Part) -> list[Loss]:
    found = []
    count, path = part.instances, part.resource.path
    machines = _machines(plan, part)
    if _grows(count) and not _grows_with_its_machines(plan, part):
        found.append(
            Loss(
                "compose-autoscaling",
                path,
                f"{part.component} scales from {count.minimum} to"
                f" {count.maximum + count.peak_extra} instances",
                "Compose starts a fixed number of containers on one machine",
                "use an orchestrator (ECS, Kubernetes) for this part",
            )
        )
    elif not _grows(count) and count.expected > machines:
        found.append(
            Loss(
                "compose-replicas",
                path,
                f"{count.expected} instances of {part.component}",
                f"the file starts one on each of {machines} machine(s)",
                "`docker compose up --scale` where the part publishes no port of its own",
            )
        )
    if part.setting("multi_az") is True or (part.setting("nodes") or 1) != 1:
        found.append(
            Loss(
                "compose-standby",
                path,
                f"the standby of {part.component}",
                "all containers are on one machine and fail with it",
                "rent the part where it is meant to be highly available",
            )
        )
    return found


def _grows(count: InstanceCount) -> bool:
    return count.minimum != count.maximum or bool(count.peak_extra)


def _grows_with_its_machines(plan: Plan, part: Part) -> bool:
    """Return whether each machine runs one, and others come and go with the machines."""
    host = plan.system.part(part.runs_on) if part.runs_on else None
    return host is not None and host.instances == part.instances


def _machines(plan: Plan, part: Part) -> int:
    host = plan.system.part(part.runs_on) if part.runs_on else None
    return host.instances.expected if host is not None else 1


def _without_image(part: Part) -> Loss:
    return Loss(
        "compose-no-image",
        part.path,
        f"{part.component} does not run",
        f"nothing says which image a {part.kind.value} runs",
        "say it in `run.image`, or how it is built in `build`",
    )


def _copy(part: Part) -> Loss:
    return Loss(
        "compose-replication",
        part.path,
        f"{part.component}, a copy of another {part.kind.value}",
        "official images do not replicate by themselves",
        "let the application read from the first one on this machine",
    )


def _of_system(plan: Plan) -> list[Loss]:
    system = plan.system
    found = []
    if len(system.regions) > 1 and plan.parts:
        found.append(
            Loss(
                "compose-regions",
                ("phases", system.phase, "use"),
                f"the regions {', '.join(system.regions[1:])}",
                "a Compose file describes one machine",
                "start the same file on a machine in each region",
            )
        )
    if system.settings.schedule is not None and not _on_rented_machines(plan):
        found.append(
            Loss(
                "compose-schedule",
                ("environments", system.environment, "schedule"),
                "the hours in which the environment runs",
                "Compose has no clock",
                "stop and start it from cron or systemd",
            )
        )
    if system.is_production and not plan.local and _moves_slowly(plan):
        found.append(
            Loss(
                "compose-deploy",
                ("deploy", "strategy"),
                f"{system.strategy.deploy.strategy.replace('_', '-')} deploys",
                "Compose stops a container before it starts the new one",
                "accept a few seconds, or update several machines one after the other",
            )
        )
    return found


def _on_rented_machines(plan: Plan) -> bool:
    """Return whether the machines carry the schedule: they are rented by the hour."""
    return all(part.runs_on for part in plan.parts)


def _moves_slowly(plan: Plan) -> bool:
    """Return whether the strategy itself asks for deploys without a gap, on one machine."""
    deploy = plan.system.strategy.deploy
    ours = [part for part in plan.parts if part.role is Role.APPLICATION]
    one_machine = all(_machines(plan, part) == 1 for part in ours)
    return (
        bool(ours)
        and one_machine
        and "strategy" in deploy.model_fields_set
        and deploy.strategy != "manual"
    )

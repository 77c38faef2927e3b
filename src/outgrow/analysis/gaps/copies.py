"""Copies of data that a strategy needs or asks for: backups, replicas, a second node."""

from __future__ import annotations

from collections.abc import Iterator

from outgrow.analysis.gaps.gap import Gap, Plan, counted, instances, says, setting
from outgrow.analysis.pricing.cost_line import CostLine
from outgrow.strategy.components import DATA_KINDS, ComponentKind
from outgrow.strategy.practices import ReplicaRouting
from outgrow.topology.model import Resource

_REPLICATION = frozenset({"replication", "high availability", "ha"})
_BACKED_UP = ("aws/rds-postgresql", "aws/documentdb")
# Up to the database's own size backups are free. A week of changes stays below that as a
# rule; with a month of them the plan has to say how large they are.
_MANY_DAYS = 30


def backups(plan: Plan) -> Iterator[Gap]:
    """Yield databases with data of users that nothing backs up."""
    if not _holds_production_data(plan) or _mentions_backups(plan):
        return
    for resource in plan.of_kind(ComponentKind.POSTGRES, ComponentKind.MONGODB):
        offering = resource.offering
        if resource.price is not None or offering is None:
            continue  # where it runs and what is in its price is not known
        if _is_run_by_the_team(plan, resource):
            reason = "the team runs this database itself, and nothing in the plan backs it up"
            remedy = "Say in `practices` or `retention.backups_days` how its backups are kept."
        elif offering.capabilities.backups is False:
            reason = f"{resource.offering_id} keeps no backups"
            remedy = "Take dumps to an object store, or choose a tier with backups."
        else:
            continue
        yield Gap("backups", resource.component, reason, remedy, (), resource.path)


def backup_storage(plan: Plan) -> Iterator[Gap]:
    """Yield the backups of managed databases that are kept for so long that they are billed."""
    days = plan.strategy.retention.backups_days
    if days is None or days < _MANY_DAYS or not _holds_production_data(plan):
        return
    for resource in plan.billed_on(*_BACKED_UP):
        if says(resource, "backup_gb"):
            continue
        kept = setting(resource, "storage_gb") or 1
        lines = plan.price_changed(resource, storage_gb=kept, backup_gb=None)
        yield Gap(
            "backup-storage",
            resource.component,
            f"backups are kept for {days} days, and past the size of the database itself they are "
            "billed by the GB; no size is stated",
            "Write `backup_gb` in its usage.",
            tuple(line for line in lines if line.name == "Backup storage"),
            (*resource.path, "usage"),
        )


def replicas(plan: Plan) -> Iterator[Gap]:
    """Yield read replicas that the strategy asks for and the phase does not pay for."""
    if not plan.in_production:
        return
    for routing in plan.strategy.data_growth.replicas:
        if routing.from_phase is not None and not _reached(plan, routing.from_phase):
            continue
        for resource in plan.topology.of(routing.component)[:1]:
            missing = routing.count - _copies(plan, resource)
            if missing > 0 and resource.price is None:
                yield _missing_replicas(plan, resource, routing, missing)


def _missing_replicas(plan: Plan, resource: Resource, routing: ReplicaRouting, missing: int) -> Gap:
    lines: tuple[CostLine, ...] = ()
    if resource in plan.billed_on("aws/rds-postgresql"):
        priced = plan.price_changed(resource, replicas=missing)
        lines = tuple(line for line in priced if "replica" in line.name.lower())
    wanted = counted(routing.count, "replica")
    unpaid = "no bill has it" if routing.count == 1 else f"no bill has {missing} of them"
    unpaid = "no bill has them" if 1 < routing.count == missing else unpaid
    return Gap(
        "replicas",
        resource.component,
        f"the strategy routes reads to {wanted} in this phase, and {unpaid}",
        "Write `replicas` in its settings on RDS, or add the component that is the replica.",
        lines,
        (*resource.path, "settings"),
    )


def _copies(plan: Plan, resource: Resource) -> int:
    """Return how many replicas are paid for: a setting, or components that copy this one."""
    copies = [
        r
        for r in plan.of_kind(resource.spec.kind)
        if resource.component in r.spec.talks_to and "replica" in f"{r.component} {r.offering_id}"
    ]
    elsewhere = len(plan.topology.of(resource.component)) - 1
    return int(setting(resource, "replicas")) + sum(map(instances, copies)) + elsewhere


def replication(plan: Plan) -> Iterator[Gap]:
    """Yield caches that must survive a failure and have one node."""
    for resource in plan.billed_on("aws/elasticache"):
        wanted = {feature.lower() for feature in resource.spec.needs.features}
        nodes = setting(resource, "nodes", unsaid=1) * instances(resource)
        if resource.spec.kind not in DATA_KINDS or not wanted & _REPLICATION or nodes > 1:
            continue
        yield Gap(
            "replication",
            resource.component,
            "replication needs a second node, and the plan pays for one",
            "Write `nodes: 2` in its settings.",
            plan.price_changed(resource, nodes=1, count=1, snapshot_gb=0),
            (*resource.path, "settings"),
        )


def _holds_production_data(plan: Plan) -> bool:
    environment = plan.strategy.environments.get(plan.topology.environment)
    return plan.in_production or (environment is not None and environment.data == "production")


def _mentions_backups(plan: Plan) -> bool:
    if plan.strategy.retention.backups_days:
        return True
    said = (*plan.strategy.practices, *plan.strategy.security)
    return any("backup" in practice.do.lower() for practice in said)


def _is_run_by_the_team(plan: Plan, resource: Resource) -> bool:
    assert resource.offering is not None
    if resource.offering.provider == "self-hosted" or resource.offering.service == "aws/ec2":
        return True
    hosts = plan.topology.of(resource.runs_on) if resource.runs_on else ()
    return any(host.spec.kind is ComponentKind.MACHINE for host in hosts)


def _reached(plan: Plan, phase: str) -> bool:
    order = list(plan.strategy.phases)
    return order.index(plan.topology.phase) >= order.index(phase)

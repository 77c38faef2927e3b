"""What a single Loki and one Alloy a machine cannot do for the strategy."""

from __future__ import annotations

from collections.abc import Iterator

from outgrow.render.loki.plan import LogPlan, log_part, on_a_cluster
from outgrow.render.target import Loss


def losses_of(plan: LogPlan) -> tuple[Loss, ...]:
    """Return everything of the strategy that these files leave out."""
    return tuple([*_of_keeping(plan), *_of_shipping(plan)])


def _of_keeping(plan: LogPlan) -> Iterator[Loss]:
    system, logs = plan.system, log_part(plan.system)
    if logs is not None and logs.instances.maximum > 1:
        yield Loss(
            "loki-replicas",
            logs.resource.path,
            f"{logs.instances.maximum} instances of {logs.component}",
            "a single Loki has no copy of what it has not yet written to its store",
            "run Loki's scalable mode on a cluster, or rent the logs",
        )
    if system.strategy.retention.logs_days == 0:
        yield Loss(
            "loki-retention",
            ("retention", "logs_days"),
            "logs that are not kept at all",
            "Loki keeps what it has for a day at least",
            "ship no logs, or accept a day",
        )
    if len(system.regions) > 1:
        yield Loss(
            "loki-regions",
            ("phases", system.phase, "use"),
            f"logs of {', '.join(system.regions[1:])} in their own region",
            "there is one Loki, in the home region",
            "render and run the same files in each region",
        )


def _of_shipping(plan: LogPlan) -> Iterator[Loss]:
    for part in on_a_cluster(plan.system):
        yield Loss(
            "loki-cluster",
            part.path,
            f"logs of {part.component}",
            "it runs on a cluster, whose containers Docker's interface does not show",
            "install Grafana's chart `k8s-monitoring`, with this Loki as its destination",
        )

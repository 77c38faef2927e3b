"""Runs every rule over a phase."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from outgrow.analysis.gaps import addresses, copies, network, services, storage, usage
from outgrow.analysis.gaps.gap import Gap, Plan, Rule
from outgrow.analysis.lint.waivers import GAP, covers
from outgrow.catalog.load import Catalog
from outgrow.strategy.strategy import Strategy
from outgrow.topology.model import Topology

RULES: Mapping[str, Rule] = MappingProxyType(
    {
        "nat-gateway": addresses.nat_gateway,
        "public-ipv4": addresses.public_ipv4,
        "load-balancer-capacity": network.load_balancer_capacity,
        "egress": network.egress,
        "cross-zone": network.cross_zone,
        "dns": network.dns,
        "usage-not-stated": usage.usage_not_stated,
        "log-ingestion": usage.log_ingestion,
        "machine-disk": storage.machine_disk,
        "database-storage": storage.database_storage,
        "backups": copies.backups,
        "backup-storage": copies.backup_storage,
        "replicas": copies.replicas,
        "replication": copies.replication,
        "secrets": services.secrets,
        "monitoring-machine": services.monitoring_machines,
        "component-left-out": services.component_left_out,
    }
)


def find_gaps(strategy: Strategy, topology: Topology, catalog: Catalog) -> tuple[Gap, ...]:
    """Return what `topology` leaves out, in the order of the rules; waived ones are left out.

    A waiver names a gap as `outgrow check` does, `gap-nat-gateway`.
    """
    plan = Plan(strategy, topology, catalog)
    found = (gap for rule in RULES.values() for gap in rule(plan))
    return tuple(
        gap
        for gap in found
        if not any(covers(one, GAP + gap.code, gap.path) for one in strategy.waivers)
    )

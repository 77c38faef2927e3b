"""Runs every rule over a phase."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from outgrow.analysis.gaps import network, services, storage
from outgrow.analysis.gaps.gap import Gap, Plan, Rule
from outgrow.catalog.load import Catalog
from outgrow.strategy.strategy import Strategy
from outgrow.topology.model import Topology

RULES: Mapping[str, Rule] = MappingProxyType(
    {
        "nat-gateway": network.nat_gateway,
        "public-ipv4": network.public_ipv4,
        "load-balancer-capacity": network.load_balancer_capacity,
        "egress": network.egress,
        "cross-zone": network.cross_zone,
        "usage-not-stated": network.cdn_traffic,
        "machine-disk": storage.machine_disk,
        "database-storage": storage.database_storage,
        "backups": storage.backups,
        "replicas": storage.replicas,
        "replication": storage.replication,
        "log-ingestion": services.log_ingestion,
        "dns": services.dns,
        "secrets": services.secrets,
        "registry": services.registry,
        "monitoring-machine": services.monitoring_machines,
        "component-left-out": services.left_out,
    }
)


def find_gaps(strategy: Strategy, topology: Topology, catalog: Catalog) -> tuple[Gap, ...]:
    """Return what `topology` leaves out, in the order of the rules; waived ones are left out."""
    plan = Plan(strategy, topology, catalog)
    waived = {(waiver.code, waiver.path) for waiver in strategy.waivers}
    return tuple(
        gap
        for rule in RULES.values()
        for gap in rule(plan)
        if not {(gap.code, ""), (gap.code, gap.component)} & waived
    )

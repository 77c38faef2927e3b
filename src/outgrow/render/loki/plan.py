"""What is shipped to Loki, for how long it is kept, and where it is stored."""

from __future__ import annotations

from dataclasses import dataclass

from outgrow.render.compose.selection import everything, self_hosted
from outgrow.render.kubernetes.placement import has_cluster, place
from outgrow.render.system.model import Part, System
from outgrow.strategy.components import ComponentKind

_ASSUMED_DAYS = 30
_OWN_STACK = ("self-hosted/prometheus", "self-hosted/grafana")


@dataclass(frozen=True, slots=True)
class LogPlan:
    """Which parts log in containers and which in units, and how long the lines are kept."""

    system: System
    containers: tuple[Part, ...]
    units: tuple[Part, ...]
    days: int
    days_source: str
    bucket: Part | None

    @property
    def health_paths(self) -> tuple[str, ...]:
        """Return the paths that probes ask for, once each."""
        parts = (*self.containers, *self.units)
        paths = (p.health.path for p in parts if p.health is not None and p.health.path)
        # "/" is also the page that people open: its lines stay.
        return tuple(dict.fromkeys(path for path in paths if path != "/"))


def log_part(system: System) -> Part | None:
    """Return the part that keeps the logs on a machine of our own, or None."""
    return next((part for part in _log_parts(system) if part.provider == "self-hosted"), None)


def keeps_its_own_logs(system: System) -> bool:
    """Return whether the phase has Loki, or watches itself and keeps logs nowhere else.

    What runs on AWS already has its logs in CloudWatch.
    """
    if _log_parts(system):
        return log_part(system) is not None
    return any(part.resource.offering_id in _OWN_STACK for part in system.parts)


def log_plan(system: System) -> LogPlan:
    """Return what is shipped in `system`; where nothing is in containers, all that could be."""
    units = tuple(p for p in system.parts if p.resource.offering_id == "self-hosted/systemd")
    containers = self_hosted(system).parts or _all_but(system, units)
    written = system.strategy.retention.logs_days
    source = system.where("retention", "logs_days") if written is not None else "assumed"
    return LogPlan(
        system=system,
        containers=containers,
        units=units,
        days=max(int(written), 1) if written is not None else _ASSUMED_DAYS,
        days_source=source,
        bucket=_bucket(system),
    )


def on_a_cluster(system: System) -> tuple[Part, ...]:
    """Return the parts whose containers Docker does not see, because a cluster runs them."""
    return place(system).parts if has_cluster(system) else ()


def _log_parts(system: System) -> tuple[Part, ...]:
    return tuple(part for part in system.parts if part.kind is ComponentKind.LOGS)


def _all_but(system: System, units: tuple[Part, ...]) -> tuple[Part, ...]:
    if units or has_cluster(system):
        return ()
    return everything(system).parts


def _bucket(system: System) -> Part | None:
    stores = (p for p in system.parts if p.kind is ComponentKind.OBJECT_STORE)
    return next((part for part in stores if part.service == "aws/s3"), None)

"""What a phase must be warned of because of what it runs, whether or not it says so."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from outgrow.render.alerts.rule import AlertRule, Severity
from outgrow.render.aws.rds_facts import RDS, storage_gb, storage_grows
from outgrow.render.system.model import Part, Role, System
from outgrow.strategy.components import ComponentKind

_OURS = ("aws", "self-hosted", "digitalocean")
_MINUTES_DOWN = 3
_NEARLY_FULL = Decimal(85)
_NEARLY_ALL = Decimal(80)
_HALF_OF_WHEN_RDS_ADDS = Decimal("0.05")
_DAYS_TO_RENEW = Decimal(14)


def must_haves(system: System) -> Iterator[AlertRule]:
    """Yield the alerts that every operator of such parts wants, in the order of the parts."""
    for part in system.parts:
        if part.provider not in _OURS:
            continue  # the provider looks after what it runs
        if part.role is Role.APPLICATION and part.listens is not None:
            yield from _application(system, part)
        elif part.role is Role.MACHINE:
            yield from _machine(system, part)
        elif part.role is Role.STORE:
            yield from _store(system, part)
        if part.public and (part.role is Role.EDGE or part.host):
            yield _certificate(system, part)


def _application(system: System, part: Part) -> Iterator[AlertRule]:
    if part.service in ("aws/s3", "aws/lambda"):
        return
    wanted = max(part.instances.minimum, 1)
    yield _rule(
        system,
        part,
        "healthy_instances",
        Decimal(wanted),
        f"fewer than {wanted} of {part.component} answer their health check",
        severity="page",
        below=True,
        windows=_MINUTES_DOWN,
    )
    if part.service == "aws/ec2":
        yield from _machine(system, part)


def _machine(system: System, part: Part) -> Iterator[AlertRule]:
    yield _rule(
        system,
        part,
        "memory_used_percent",
        Decimal(90),
        f"memory of {part.component} runs short",
        window=300,
        windows=2,
    )
    yield _rule(
        system,
        part,
        "disk_used_percent",
        _NEARLY_FULL,
        f"the disk of {part.component} is filling",
        window=300,
    )


def _store(system: System, part: Part) -> Iterator[AlertRule]:
    if part.kind is ComponentKind.POSTGRES:
        yield _rule(
            system,
            part,
            "connections_used_percent",
            _NEARLY_ALL,
            f"{part.component} is running out of connections",
            window=300,
        )
        yield _rule(
            system,
            part,
            "disk_used_percent",
            _NEARLY_FULL,
            f"the disk of {part.component} is filling",
            severity="page",
            window=300,
        )
        if part.service == RDS and storage_grows(part):
            yield _storage_that_grows(system, part)
    elif part.kind is ComponentKind.REDIS:
        yield _rule(
            system,
            part,
            "memory_used_percent",
            _NEARLY_ALL,
            f"{part.component} is near the memory at which it evicts keys",
            window=300,
        )


def _storage_that_grows(system: System, part: Part) -> AlertRule:
    """Return the alert on storage that RDS should have added, and has not.

    It adds some once 10 % or less have been free for five minutes, unless it is at its limit
    or has added some within the last six hours (Amazon RDS User Guide, "Managing capacity
    automatically with Amazon RDS storage autoscaling").
    """
    return _rule(
        system,
        part,
        "free_storage_gb",
        storage_gb(part)[0] * _HALF_OF_WHEN_RDS_ADDS,
        f"{part.component} runs out of storage and RDS adds none: it is at its limit, or waits",
        severity="page",
        below=True,
        window=300,
    )


def _certificate(system: System, part: Part) -> AlertRule:
    return _rule(
        system,
        part,
        "certificate_days_left",
        _DAYS_TO_RENEW,
        f"the certificate of {part.component} was not renewed in time",
        below=True,
        window=86400,
        statistic_minimum=True,
    )


def _rule(
    system: System,
    part: Part,
    metric: str,
    threshold: Decimal,
    description: str,
    *,
    severity: Severity = "warn",
    below: bool = False,
    window: int = 60,
    windows: int = 1,
    statistic_minimum: bool = False,
) -> AlertRule:
    watches_presence = metric == "healthy_instances"
    return AlertRule(
        name=f"{part.name}-{metric.replace('_', '-')}",
        metric=metric,
        part=part.name,
        comparison="below" if below else "above",
        threshold=threshold,
        statistic="minimum" if statistic_minimum or watches_presence else "average",
        window_seconds=window,
        windows=windows,
        severity=severity,
        description=description,
        source=system.where(*part.resource.path),
        path=part.resource.path,
        stated=False,
        missing_is_breach=watches_presence,
    )

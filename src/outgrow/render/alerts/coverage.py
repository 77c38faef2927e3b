"""Which backend watches what, and what is left that none of them can."""

from __future__ import annotations

import re

from outgrow.render.alerts.cloudwatch_metrics import cloudwatch_metric
from outgrow.render.alerts.define import alert_losses, alerts_of
from outgrow.render.alerts.promql import rule_metric
from outgrow.render.alerts.rule import AlertRule
from outgrow.render.aws.rds_facts import RDS
from outgrow.render.aws.region import regions_of
from outgrow.render.system.model import Part, Role, System
from outgrow.render.target import Loss
from outgrow.strategy.components import ComponentKind

_PROMETHEUS = ("prometheus", "grafana", "loki")
_SENTRY_METRICS = ("events", "errors", "lcp_ms", "ttfb_ms", "error_rate_percent")
_SHARES_OF_A_DISK = ("disk_used_percent", "storage_gb", "database_gb")
_LATENCIES = re.compile(r"latency_p\d+(_\d)?_ms")


def has_prometheus(system: System) -> bool:
    """Return whether the phase watches itself: Prometheus, or containers of its own."""
    return any(_is_prometheus(part) or _is_container(part) for part in system.parts)


def has_cloudwatch(system: System) -> bool:
    """Return whether a part that publishes metrics stands on AWS."""
    quiet = ("aws/s3", "aws/iam", "aws/ecr", "aws/cloudwatch")
    return any(p.provider == "aws" and p.service not in quiet for p in system.parts)


def sentry_part(system: System) -> Part | None:
    """Return the part that tracks errors with Sentry, or None."""
    kind = ComponentKind.ERROR_TRACKING
    return next((p for p in system.parts if p.kind is kind and p.provider == "sentry"), None)


def reports_to_sentry(system: System) -> tuple[Part, ...]:
    """Return the applications that report to Sentry; all where none says that it does."""
    sentry = sentry_part(system)
    ours = [part for part in system.parts if part.role is Role.APPLICATION]
    reporting = [part for part in ours if _reports(part, sentry)]
    return tuple(reporting or ours)


def in_sentry(system: System, rule: AlertRule) -> bool:
    """Return whether `rule` is Sentry's: it can evaluate it, or says itself what is missing."""
    part, sentry = system.part(rule.part), sentry_part(system)
    known = rule.metric in _SENTRY_METRICS or _LATENCIES.fullmatch(rule.metric)
    if part is None or sentry is None or not known:
        return False
    return part is sentry or part in reports_to_sentry(system)


def in_cloudwatch(system: System, rule: AlertRule) -> bool:
    """Return whether an alarm of CloudWatch can evaluate `rule`."""
    regions = regions_of(system)
    return bool(regions) and cloudwatch_metric(regions[0], rule) is not None


def missing_metrics(system: System, target: str) -> tuple[Loss, ...]:
    """Return a loss of `target` for every stated alert that no backend here can evaluate.

    An alert that another rendered backend evaluates belongs there and is no loss. What none
    evaluates is told once: by Prometheus where the phase has it, which could ask for most.
    """
    if target == "cloudwatch" and has_prometheus(system):
        return ()
    lost = tuple(_loss(system, target, rule) for rule in unwatched(system))
    events = tuple(
        Loss(
            f"{target}-event",
            event.path,
            f"the alert {event.name} on the event {event.event}",
            "an event is not a metric, and no part here reports it",
            "count it in the application (`metrics`) and alert on the counter",
        )
        for event in alerts_of(system).events
        if sentry_part(system) is None
    )
    return (*lost, *events, *alert_losses(system, target))


def unwatched(system: System) -> tuple[AlertRule, ...]:
    """Return the stated alerts that no backend evaluates here."""
    rules = (rule for rule in alerts_of(system).rules if rule.stated)
    return tuple(rule for rule in rules if not is_watched(system, rule))


def is_watched(system: System, rule: AlertRule) -> bool:
    """Return whether a backend that is rendered here evaluates `rule`."""
    if has_prometheus(system) and rule_metric(system, rule) is not None:
        return True
    return in_sentry(system, rule) or (has_cloudwatch(system) and in_cloudwatch(system, rule))


def _reports(part: Part, sentry: Part | None) -> bool:
    linked = sentry is not None and part.name in sentry.linked_from
    return linked or any(_is_address(key) for key in (*part.secrets, *part.environment))


def _is_address(key: str) -> bool:
    return "SENTRY" in key.upper() and key.upper().endswith("DSN")


def _loss(system: System, target: str, rule: AlertRule) -> Loss:
    part = system.part(rule.part)
    service = part.service if part and part.service else rule.part
    why = f"nothing that is rendered here is told {rule.metric} by {service}"
    instead = "record it in a usage file and let outgrow status watch it on a schedule"
    if part is not None and service == RDS and rule.metric in _SHARES_OF_A_DISK:
        why = "RDS publishes free bytes only, and adds storage by itself: what is used is not told"
        instead = "alert on free_storage_gb, or let Prometheus watch it"
    what = f"the alert {rule.name} on {rule.metric} of {rule.part}"
    return Loss(f"{target}-no-such-metric", rule.path, what, why, instead)


def _is_prometheus(part: Part) -> bool:
    kinds = (ComponentKind.MONITORING, ComponentKind.LOGS)
    words = f"{part.spec.stack} {part.resource.offering_id}".lower()
    return part.kind in kinds and any(word in words for word in _PROMETHEUS)


def _is_container(part: Part) -> bool:
    return part.role is Role.APPLICATION and part.provider == "self-hosted"

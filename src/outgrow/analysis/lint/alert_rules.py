"""Targets and alerts that warn too late, or nobody; practices that are not met."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from outgrow.analysis.lint.inspection import Inspection
from outgrow.analysis.lint.rule import Finding, Rule, cited
from outgrow.diagnostics import Severity
from outgrow.units import format_number

_WHOLE = Decimal(1)


def targets_on_the_wrong_side(inspection: Inspection) -> Iterator[Finding]:
    """Find targets that raise the alarm while they are still met."""
    for name, target in inspection.strategy.targets.items():
        if target.below is not None and target.alert_above is not None:
            wrong, level, aim = target.alert_above < target.below, target.alert_above, target.below
            key, words = "alert_above", "below"
        elif target.above is not None and target.alert_below is not None:
            wrong, level, aim = target.alert_below > target.above, target.alert_below, target.above
            key, words = "alert_below", "above"
        else:
            continue
        if wrong:
            reason = (
                f"{target.metric} is meant to stay {words} {format_number(aim)}, and the alarm "
                f"already rings at {format_number(level)}, where it is met"
            )
            yield Finding(("targets", name, key), reason, "Exchange the two levels.")


def alerts_that_come_too_late(inspection: Inspection) -> Iterator[Finding]:
    """Find alerts that ring only once the limit is reached."""
    for name, alert in inspection.strategy.alerts.items():
        if alert.above_share is not None and alert.above_share >= _WHOLE:
            reason = f"it rings when all of {alert.limit} is used"
            yield Finding(("alerts", name, "above_share"), reason, "Ring at 0.8 of it.")
    yield from _levels_above_limits(inspection)


def _levels_above_limits(inspection: Inspection) -> Iterator[Finding]:
    for name, alert in inspection.strategy.alerts.items():
        if alert.metric is None or alert.above is None:
            continue
        for topology, resource in inspection.resources():
            if alert.phases and topology.phase not in alert.phases:
                continue
            for one in resource.limits:
                value = one.limit.value
                if alert.metric in one.metrics and value is not None and alert.above >= value:
                    reason = (
                        f"it rings above {format_number(alert.above)}; {one.limit.name} of "
                        f"{resource.offering_id} in {topology.phase} is {format_number(value)}"
                    )
                    source = cited(one.limit.provenance)
                    remedy = "Ring below the limit, or watch the limit with `above_share`."
                    yield Finding(("alerts", name, "above"), reason, remedy, source)


def alerts_that_reach_nobody(inspection: Inspection) -> Iterator[Finding]:
    """Find alerts without a channel; one finding when the file has no channels at all."""
    strategy = inspection.strategy
    silent = [name for name, alert in strategy.alerts.items() if not alert.to]
    if silent and not strategy.channels:
        reason = f"{', '.join(silent)}: no channel is named, so nobody is told"
        remedy = "Add a channel under `channels`, and name it in `to` of each alert."
        yield Finding(("alerts",), reason, remedy)
        return
    for name in silent:
        reason = f"{name} reaches nobody: it names no channel"
        yield Finding(("alerts", name), reason, f"`to`: one of {', '.join(strategy.channels)}.")


def channels_that_nothing_uses(inspection: Inspection) -> Iterator[Finding]:
    """Find channels that no alert goes to."""
    strategy = inspection.strategy
    used = {channel for alert in strategy.alerts.values() for channel in alert.to}
    for name in strategy.channels:
        if name not in used:
            yield Finding(("channels", name), f"no alert goes to {name}", f"Use or remove {name}.")


def practices_not_met(inspection: Inspection) -> Iterator[Finding]:
    """Find items of the security checklist that the team says are not met."""
    for index, practice in enumerate(inspection.strategy.security):
        if practice.met is False:
            area = f" ({practice.area})" if practice.area else ""
            reason = f"not met yet{area}: {practice.do}"
            yield Finding(("security", index), reason, "Do it, or say why not with a waiver.")


RULES = (
    Rule("alert-on-wrong-side", Severity.ERROR, targets_on_the_wrong_side),
    Rule("alert-too-late", Severity.WARNING, alerts_that_come_too_late),
    Rule("alert-reaches-nobody", Severity.WARNING, alerts_that_reach_nobody),
    Rule("channel-unused", Severity.NOTE, channels_that_nothing_uses),
    Rule("security-not-met", Severity.NOTE, practices_not_met),
)

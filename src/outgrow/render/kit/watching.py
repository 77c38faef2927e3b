"""What a kit part counts and reports: the latencies that are judged, its own metrics, traces."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from outgrow.render.alerts.define import metric_name
from outgrow.render.kit.variables import KitVariables
from outgrow.render.system.model import Part, System
from outgrow.strategy.bindings import in_environment
from outgrow.strategy.components import ComponentKind

Json = Mapping[str, object]
# The kit counts these by itself.
_OF_THE_KIT = frozenset({"http_requests_total", "http_request_duration_seconds"})
_SECONDS = (("_ms", Decimal("0.001")), ("_seconds", Decimal(1)), ("_s", Decimal(1)))


def metrics(system: System, part: Part) -> Json:
    """Return the latencies that histograms must tell apart, in seconds, and the own metrics.

    The levels are those of all phases: other buckets would break the record of the old ones.
    """
    thresholds = sorted({one for one in _thresholds_seconds(system, part) if one > 0})
    own = {
        name: {"kind": one.kind, **({"labels": one.labels} if one.labels else {})}
        for name, one in system.strategy.metrics.items()
        if one.component in (None, part.component) and name not in _OF_THE_KIT
    }
    found: dict[str, object] = {}
    if thresholds:
        found["latency_thresholds_seconds"] = thresholds
    return found | ({"metrics": own} if own else {})


def tracing(system: System, part: Part, variables: KitVariables) -> Json:
    """Return where errors and traces go, and which share of them."""
    section = in_environment(system.strategy.tracing, system.settings.tracing)
    found: dict[str, object] = {
        "sentry_dsn_from": _sentry_dsn(system, part),
        "errors_sample_share": section.errors_sample_share,
        "traces_sample_share": section.traces_sample_share,
        "otlp_endpoint": section.otlp_endpoint,
    }
    if variables.otlp_headers is not None:
        found["otlp_headers_from"] = variables.otlp_headers[0]
    return {key: value for key, value in found.items() if value is not None}


def _sentry_dsn(system: System, part: Part) -> str | None:
    """Return the variable with Sentry's address; None in a phase without error tracking."""
    kind = ComponentKind.ERROR_TRACKING
    planned = any(one.kind is kind for one in system.strategy.components.values())
    if planned and not any(one.kind is kind for one in system.parts):
        return None
    keys = (*part.secrets, *part.environment)
    return next((key for key in keys if "SENTRY" in key and key.endswith("DSN")), None)


def _thresholds_seconds(system: System, part: Part) -> Iterator[Decimal]:
    strategy = system.strategy
    for target in strategy.targets.values():
        levels = (target.below, target.above, target.alert_above, target.alert_below)
        yield from _in_seconds(part, target.component, target.metric, levels)
    for alert in strategy.alerts.values():
        if alert.metric is not None:
            levels = (alert.above, alert.below, None, None)
            yield from _in_seconds(part, alert.component, alert.metric, levels)


def _in_seconds(
    part: Part, component: str | None, written: str, levels: tuple[Decimal | None, ...]
) -> Iterator[Decimal]:
    metric = metric_name(written, part)
    if component not in (None, part.component) or not metric.startswith("latency_"):
        return
    unit = next((scale for end, scale in _SECONDS if metric.endswith(end)), None)
    if unit is not None:
        yield from (level * unit for level in levels if level is not None)

"""Which metrics stand together on a panel, for each kind of part."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from outgrow.render.alerts.define import percentile_of
from outgrow.render.grafana.levels import Levels, drawn, levels_of, said
from outgrow.render.grafana.panel import Panel
from outgrow.render.grafana.queries import query_of
from outgrow.render.grafana.text import literal
from outgrow.render.system.model import Part, System

_PERCENTILES = ("latency_p50_ms", "latency_p95_ms", "latency_p99_ms")


@dataclass(frozen=True, slots=True)
class Signal:
    """A panel for several metrics of one part: `lines` maps a metric to its legend."""

    title: str
    lines: Mapping[str, str]
    unit: str


SERVICE = (
    Signal("requests a second", {"requests_per_second": "requests"}, "reqps"),
    Signal("errors", {"error_rate_percent": "share of 5xx"}, "percent"),
    Signal("duration", {}, "ms"),  # its percentiles: those that are usual, and those stated
    Signal("saturation", {"cpu_used_percent": "CPU", "memory_used_percent": "memory"}, "percent"),
    Signal("instances that answer", {"healthy_instances": "healthy"}, "short"),
    Signal("first byte", {"ttfb_ms": "first byte"}, "ms"),
    Signal("days until the certificate ends", {"certificate_days_left": "days left"}, "short"),
)
STORE = (
    Signal("connections", {"connections": "open"}, "short"),
    Signal("connections in use", {"connections_used_percent": "of all"}, "percent"),
    Signal("latency", {"latency_ms": "a query"}, "ms"),
    Signal("data", {"storage_gb": "stored"}, "decgbytes"),
    Signal("disk in use", {"disk_used_percent": "disk"}, "percent"),
    Signal("free storage", {"free_storage_gb": "free"}, "decgbytes"),
    Signal("saturation", {"cpu_used_percent": "CPU", "memory_used_percent": "memory"}, "percent"),
    Signal("replication lag", {"replication_lag_seconds": "behind"}, "s"),
    Signal("CPU credits", {"cpu_credit_balance": "left"}, "short"),
)
MACHINE = (
    Signal("CPU", {"cpu_used_percent": "CPU"}, "percent"),
    Signal("memory", {"memory_used_percent": "memory"}, "percent"),
    Signal("disk", {"disk_used_percent": "disk"}, "percent"),
    Signal("network", {"network_in_bytes": "received"}, "decbytes"),
    Signal("CPU credits", {"cpu_credit_balance": "left"}, "short"),
)


def panels_of(system: System, part: Part, signals: tuple[Signal, ...]) -> tuple[Panel, ...]:
    """Return a panel for each of `signals` that something here measures for `part`."""
    levels = levels_of(system, part)
    found = (_panel(system, part, _completed(signal, levels), levels) for signal in signals)
    return tuple(panel for panel in found if panel is not None)


def watched_besides(
    system: System, part: Part, shown: frozenset[tuple[str, str]]
) -> Iterator[Panel]:
    """Yield a panel for each metric of `part` that has a level and no panel in `shown` yet."""
    levels = levels_of(system, part)
    for metric in levels:
        if (part.name, metric) not in shown:
            signal = Signal(metric, {metric: metric}, unit_of(metric))
            panel = _panel(system, part, signal, levels)
            if panel is not None:
                yield panel


def unit_of(metric: str) -> str:
    """Return Grafana's name of the unit that a metric's name ends with."""
    endings = {"_ms": "ms", "_percent": "percent", "_seconds": "s", "_gb": "decgbytes"}
    return next((unit for end, unit in endings.items() if metric.endswith(end)), "short")


def _completed(signal: Signal, levels: Levels) -> Signal:
    if signal.title != "duration":
        return signal
    stated = (metric for metric in levels if metric.startswith("latency_p"))
    found = {metric: percentile_of(metric) for metric in (*_PERCENTILES, *stated)}
    known = sorted((level, metric) for metric, level in found.items() if level is not None)
    lines = {metric: f"p{level.normalize():f}" for level, metric in known}
    return Signal(signal.title, lines, signal.unit)


def _panel(system: System, part: Part, signal: Signal, levels: Levels) -> Panel | None:
    asked = {m: query_of(system, part, m, legend) for m, legend in signal.lines.items()}
    found = {metric: query for metric, query in asked.items() if query is not None}
    if not found:
        return None
    return Panel(
        title=literal(f"{part.component}: {signal.title}"),
        queries=tuple(found.values()),
        unit=signal.unit,
        levels=drawn(levels, tuple(found)),
        description=said(levels, tuple(found)),
        draws=frozenset((part.name, metric) for metric in found),
    )

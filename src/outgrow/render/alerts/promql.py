"""What Prometheus calls each canonical metric: an expression over what exporters publish.

Two kinds. A sampled metric is a level at each moment: a recording rule writes it down as
`component:<metric>`, and an alert takes its statistic over the window. A windowed metric
(a percentile, a share of counts) is only defined over a window and is asked for directly.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from outgrow.render.alerts.rule import AlertRule
from outgrow.render.alerts.scraped import exporter_of, probe_of, scrapes_application
from outgrow.render.aws.rds_facts import RDS, storage_limit_gb
from outgrow.render.system.model import Part, System
from outgrow.strategy.components import ComponentKind

GIB = 1024**3
Series = tuple[str, str]
"""A series as promtool writes it, and its values without the number of repetitions."""
Make = Callable[[Decimal], tuple[Series, ...]]


@dataclass(frozen=True, slots=True)
class PromMetric:
    """An expression for a canonical metric.

    `expression` holds `WINDOW` where a windowed metric needs one. `series(value)` are the
    series of exporters that give the metric this value, for `promtool test rules`; `x` at
    the end of their values stands before the number of repetitions.
    """

    expression: str
    series: Make
    windowed: bool = False


@dataclass(frozen=True, slots=True)
class _Subject:
    """What an expression is about: a part of a system, and a metric's name."""

    system: System
    part: Part
    metric: str
    percentile: Decimal | None = None

    def selector(self, *more: str) -> str:
        """Return the labels that select the part: `{component="api"}`."""
        return "{" + ",".join([f'component="{self.part.name}"', *more]) + "}"


Find = Callable[[_Subject], PromMetric | None]


def prom_metric(
    system: System, part: Part, metric: str, percentile: Decimal | None = None
) -> PromMetric | None:
    """Return the expression for a canonical metric of `part`, or None where there is none."""
    subject = _Subject(system, part, metric, percentile)
    if percentile is not None and metric.startswith("latency_p"):
        return _latency_percentile(subject)
    own = _own_metric(subject)
    if own is not None:
        return own
    find = _TABLE.get(metric)
    return find(subject) if find else None


def rule_metric(system: System, rule: AlertRule) -> PromMetric | None:
    """Return the expression for the metric of `rule`, or None where there is none."""
    part = system.part(rule.part)
    return prom_metric(system, part, rule.metric, rule.percentile) if part else None


def recorded(metric: str) -> str:
    """Return the name under which a sampled metric is recorded."""
    return "component:" + "".join(c if c.isalnum() or c == "_" else "_" for c in metric)


def number(value: Decimal) -> str:
    """Return a number as PromQL and promtool read it, without an exponent."""
    return f"{value.normalize():f}" if value else "0"


def _constant(value: Decimal) -> str:
    return f"{number(value)}x"


def _growing(by: Decimal) -> str:
    return f"0+{number(by)}x"


def _scrapeable(find: Find) -> Find:
    return lambda subject: find(subject) if scrapes_application(subject.part) else None


def _latency_percentile(subject: _Subject) -> PromMetric | None:
    if not scrapes_application(subject.part) or subject.percentile is None:
        return None
    quantile = number(subject.percentile / 100)
    name = "http_request_duration_seconds_bucket"
    buckets = f"sum by (le) (rate({name}{subject.selector()}[WINDOW]))"

    def series(value: Decimal) -> tuple[Series, ...]:
        # All requests took between half of `value` and 1.5 times as long.
        low, high = number(value / 2000), number(value * 3 / 2000)
        labels = (f'le="{low}"', f'le="{high}"', 'le="+Inf"')
        counts = (Decimal(0), Decimal(60), Decimal(60))
        return tuple(
            (name + subject.selector(label), _growing(count))
            for label, count in zip(labels, counts, strict=True)
        )

    return PromMetric(f"1000 * histogram_quantile({quantile}, {buckets})", series, windowed=True)


def _error_rate(subject: _Subject) -> PromMetric:
    every = f"sum(rate(http_requests_total{subject.selector()}[WINDOW]))"
    failed_labels = subject.selector('status=~"5.."')
    failed = f"(sum(rate(http_requests_total{failed_labels}[WINDOW])) or vector(0))"

    def series(value: Decimal) -> tuple[Series, ...]:
        good, bad = subject.selector('status="200"'), subject.selector('status="500"')
        return (
            (f"http_requests_total{good}", _growing((100 - value) * 100)),
            (f"http_requests_total{bad}", _growing(value * 100)),
        )

    return PromMetric(f"100 * {failed} / {every}", series, windowed=True)


def _requests(subject: _Subject) -> PromMetric:
    name = "http_requests_total" + subject.selector()
    labelled = "http_requests_total" + subject.selector('status="200"')
    return PromMetric(
        f"sum(rate({name}[WINDOW]))",
        lambda value: ((labelled, _growing(value * 60)),),
        windowed=True,
    )


def _healthy(subject: _Subject) -> PromMetric | None:
    if scrapes_application(subject.part):
        name = f'up{{job="{subject.part.name}"}}'
    elif probe_of(subject.system, subject.part) is not None:
        name = "probe_success" + subject.selector()
    else:
        return None

    def series(value: Decimal) -> tuple[Series, ...]:
        return tuple(
            (f'{name[:-1]},instance="{i}"}}', _constant(Decimal(1))) for i in range(int(value))
        )

    return PromMetric(f"sum({name}) or vector(0)", series)


def _memory(subject: _Subject) -> PromMetric | None:
    part = subject.part
    if exporter_of(part) == "node":
        free = "node_memory_MemAvailable_bytes" + subject.selector()
        whole = "node_memory_MemTotal_bytes" + subject.selector()
        return _used_share(free, whole)
    if part.kind is ComponentKind.REDIS:
        used = "redis_memory_used_bytes" + subject.selector()
        most = "redis_memory_max_bytes" + subject.selector()
        return PromMetric(
            f"100 * max({used}) / max({most} > 0)",
            lambda value: ((used, _constant(value)), (most, _constant(Decimal(100)))),
        )
    if scrapes_application(part):
        used = "process_resident_memory_bytes" + subject.selector()
        size = Decimal(int(part.size.memory_gib * GIB))
        return PromMetric(
            f"100 * max({used}) / {number(size)}",
            lambda value: ((used, _constant(value * size / 100)),),
        )
    return None


def _cpu(subject: _Subject) -> PromMetric | None:
    if exporter_of(subject.part) == "node":
        idle = "node_cpu_seconds_total" + subject.selector('mode="idle"')
        return PromMetric(
            f"100 * (1 - avg(rate({idle}[WINDOW])))",
            lambda value: ((idle, _growing((100 - value) * 60 / 100)),),
            windowed=True,
        )
    if not scrapes_application(subject.part):
        return None
    used, vcpu = "process_cpu_seconds_total" + subject.selector(), subject.part.size.vcpu
    return PromMetric(
        f"100 * max(rate({used}[WINDOW])) / {number(vcpu)}",
        lambda value: ((used, _growing(value * vcpu * 60 / 100)),),
        windowed=True,
    )


def _disk(subject: _Subject) -> PromMetric | None:
    if exporter_of(subject.part) == "node":
        root = subject.selector('mountpoint="/"')
        return _used_share(
            "node_filesystem_avail_bytes" + root, "node_filesystem_size_bytes" + root
        )
    gib = _disk_gib(subject.part)
    if subject.part.kind is not ComponentKind.POSTGRES or not gib:
        return None
    size, whole = "pg_database_size_bytes" + subject.selector(), gib * GIB
    return PromMetric(
        f"100 * sum({size}) / {number(whole)}",
        lambda value: ((size, _constant(value * whole / 100)),),
    )


def _disk_gib(part: Part) -> Decimal | None:
    """Return the size of a database's disk, the largest one where RDS adds storage by itself."""
    if part.service == RDS:
        return Decimal(storage_limit_gb(part)[0])
    stated = part.setting("storage_gb") or part.spec.needs.storage_gib
    return stated if isinstance(stated, Decimal) else None


def _used_share(free: str, whole: str) -> PromMetric:
    return PromMetric(
        f"100 * (1 - avg({free}) / avg({whole}))",
        lambda value: ((free, _constant(100 - value)), (whole, _constant(Decimal(100)))),
    )


def _connections_share(subject: _Subject) -> PromMetric | None:
    if subject.part.kind is not ComponentKind.POSTGRES:
        return None
    open_now = "pg_stat_database_numbackends" + subject.selector()
    most = "pg_settings_max_connections" + subject.selector()
    return PromMetric(
        f"100 * sum({open_now}) / max({most})",
        lambda value: ((open_now, _constant(value)), (most, _constant(Decimal(100)))),
    )


def _store_gauge(names: Mapping[ComponentKind, str], scale: Decimal = Decimal(1)) -> Find:
    def find(subject: _Subject) -> PromMetric | None:
        name = names.get(subject.part.kind)
        if name is None:
            return None
        gauge = name + subject.selector()
        divided = f" / {number(scale)}" if scale != 1 else ""
        return PromMetric(
            f"sum({gauge}){divided}", lambda value: ((gauge, _constant(value * scale)),)
        )

    return find


_LATENCIES = {
    ComponentKind.REDIS: ("redis_commands_duration_seconds_total", "redis_commands_total"),
    # postgres_exporter with --collector.stat_statements, and the extension of that name.
    ComponentKind.POSTGRES: ("pg_stat_statements_seconds_total", "pg_stat_statements_calls_total"),
}


def _store_latency(subject: _Subject) -> PromMetric | None:
    if subject.part.kind not in _LATENCIES:
        return None
    spent, calls = (n + subject.selector() for n in _LATENCIES[subject.part.kind])
    return PromMetric(
        f"1000 * sum(rate({spent}[WINDOW])) / sum(rate({calls}[WINDOW]))",
        lambda value: ((spent, _growing(value)), (calls, _growing(Decimal(1000)))),
        windowed=True,
    )


def _certificate(subject: _Subject) -> PromMetric | None:
    if not subject.part.host or probe_of(subject.system, subject.part) is None:
        return None
    name = "probe_ssl_earliest_cert_expiry" + subject.selector()
    # The clock of a test begins at 0 and runs for a day or more: two days of room.
    return PromMetric(
        f"(min({name}) - time()) / 86400",
        lambda value: ((name, _constant(value * 86400)),),
    )


def _ttfb(subject: _Subject) -> PromMetric | None:
    if probe_of(subject.system, subject.part) is None:
        return None
    phases = subject.selector('phase=~"resolve|connect|tls|processing"')
    name = "probe_http_duration_seconds" + subject.selector('phase="processing"')
    return PromMetric(
        f"1000 * sum(probe_http_duration_seconds{phases})",
        lambda value: ((name, _constant(value / 1000)),),
    )


def _own_metric(subject: _Subject) -> PromMetric | None:
    """Return the expression for a metric that the application itself exposes."""
    spec = subject.system.strategy.metrics.get(subject.metric)
    if spec is None or not scrapes_application(subject.part):
        return None
    name = subject.metric + subject.selector()
    if spec.kind == "gauge":
        return PromMetric(f"sum({name})", lambda value: ((name, _constant(value)),))
    if spec.kind == "counter":
        return PromMetric(
            f"sum(increase({name}[WINDOW]))",
            lambda value: ((name, _growing(value)),),
            windowed=True,
        )
    return None


_GIGABYTE = Decimal(10**9)
_SIZES = {
    ComponentKind.POSTGRES: "pg_database_size_bytes",
    ComponentKind.REDIS: "redis_memory_used_bytes",
    ComponentKind.MONGODB: "mongodb_dbstats_dataSize",
}
_TABLE: Mapping[str, Find] = {
    "error_rate_percent": _scrapeable(_error_rate),
    "requests_per_second": _scrapeable(_requests),
    "healthy_instances": _healthy,
    "memory_used_percent": _memory,
    "cpu_used_percent": _cpu,
    "disk_used_percent": _disk,
    "connections_used_percent": _connections_share,
    "connections": _store_gauge(
        {
            ComponentKind.POSTGRES: "pg_stat_database_numbackends",
            ComponentKind.REDIS: "redis_connected_clients",
            ComponentKind.MONGODB: "mongodb_ss_connections",
        }
    ),
    "storage_gb": _store_gauge(_SIZES, _GIGABYTE),
    "database_gb": _store_gauge(_SIZES, _GIGABYTE),
    "latency_ms": _store_latency,
    "replication_lag_seconds": _store_gauge({ComponentKind.POSTGRES: "pg_replication_lag_seconds"}),
    "certificate_days_left": _certificate,
    "ttfb_ms": _ttfb,
}
PROMETHEUS_METRICS = frozenset(_TABLE)

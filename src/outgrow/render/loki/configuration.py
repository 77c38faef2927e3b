"""Loki's own configuration: one process, schema v13 on TSDB, and a compactor that deletes.

Keys as in https://grafana.com/docs/loki/latest/configure/ (Loki 3.x).
"""

from __future__ import annotations

from outgrow.render.loki.plan import LogPlan
from outgrow.render.writers.yaml_text import Commented, Quoted, Yaml, yaml_text

LOKI_PORT = 3100
FOLDER = "/loki"
# Once lines are written under a schema, its first day may never change; it lies in the past
# so that the first line finds it.
_SCHEMA_SINCE = "2024-04-01"


def loki_yaml(plan: LogPlan) -> str:
    """Return `loki.yaml`."""
    document: dict[str, Yaml] = {
        "auth_enabled": Commented(
            False, "One tenant. Nobody outside of the private network reaches the port."
        ),
        "server": {
            "http_listen_port": LOKI_PORT,
            "grpc_listen_port": 9096,
            "log_level": "warn",
        },
        "common": _common(),
        "schema_config": {"configs": [_schema(plan)]},
        "storage_config": _storage(plan),
        "compactor": _compactor(plan),
        "limits_config": _limits(plan),
        "analytics": {"reporting_enabled": False},
    }
    system = plan.system
    where = system.where("phases", system.phase)
    header = f"Loki of {system.name}, phase {system.phase} in {system.environment} ({where})."
    return yaml_text(document, header=f"{header}\n{_start(plan)}")


def _start(plan: LogPlan) -> str:
    if plan.bucket is None:
        return "Everything is on this machine's disk, in the volume `loki`."
    return "Start it with -config.expand-env=true: LOKI_BUCKET comes from .env."


def _store(plan: LogPlan) -> str:
    return "filesystem" if plan.bucket is None else "s3"


def _common() -> Yaml:
    return {
        "path_prefix": FOLDER,
        "replication_factor": 1,
        "ring": {"instance_addr": "127.0.0.1", "kvstore": {"store": "inmemory"}},
    }


def _schema(plan: LogPlan) -> Yaml:
    return Commented(
        {
            "from": Quoted(_SCHEMA_SINCE),
            "store": "tsdb",
            "object_store": _store(plan),
            "schema": "v13",
            "index": {"prefix": "index_", "period": "24h"},
        },
        "Never edit an entry under which lines were written. A newer schema is a new entry that "
        "begins in the future.",
    )


def _storage(plan: LogPlan) -> Yaml:
    shipper: dict[str, Yaml] = {
        "active_index_directory": f"{FOLDER}/tsdb-index",
        "cache_location": f"{FOLDER}/tsdb-cache",
    }
    if plan.bucket is None:
        return {"tsdb_shipper": shipper, "filesystem": {"directory": f"{FOLDER}/chunks"}}
    bucket: Yaml = {"bucketnames": "${LOKI_BUCKET}", "region": plan.bucket.resource.region}
    where = plan.system.where(*plan.bucket.resource.path)
    comment = (
        f"The phase has S3 ({where}). Logs take a bucket of their own, so that no lifecycle rule "
        "and no grant of the application reaches them. The machine's role gives the rights."
    )
    return {"tsdb_shipper": shipper, "aws": Commented(bucket, comment)}


def _compactor(plan: LogPlan) -> Yaml:
    return {
        "working_directory": f"{FOLDER}/compactor",
        "compaction_interval": "10m",
        "retention_enabled": Commented(True, "Without it nothing is ever deleted."),
        "retention_delete_delay": "2h",
        "delete_request_store": _store(plan),
    }


def _limits(plan: LogPlan) -> Yaml:
    return {
        "retention_period": Commented(f"{plan.days * 24}h", _why_so_long(plan)),
        "reject_old_samples": True,
        "reject_old_samples_max_age": "168h",
        "ingestion_rate_mb": 4,
        "ingestion_burst_size_mb": 8,
        "max_line_size": "64KB",
        "max_line_size_truncate": Commented(
            True, "A long line is cut, not lost: its beginning says what happened."
        ),
        "max_label_names_per_series": Commented(
            8, "Labels are few and bounded; whatever has many values is structured metadata."
        ),
        "max_global_streams_per_user": 500,
        "allow_structured_metadata": True,
    }


def _why_so_long(plan: LogPlan) -> str:
    days = f"{plan.days} days" if plan.days != 1 else "1 day, the least that Loki keeps"
    if plan.days_source == "assumed":
        return f"{days}, assumed: the strategy has no retention.logs_days."
    return f"{days}: {plan.days_source}."

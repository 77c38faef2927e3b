"""Terraform files: databases, caches and queues that a provider already runs."""

from __future__ import annotations

import re

from outgrow.discovery.drivers import StoreClue
from outgrow.discovery.findings import Confidence, Evidence
from outgrow.discovery.tree import Sources, folder_of, is_aside
from outgrow.strategy.components import ComponentKind as Kind

_RESOURCE = re.compile(
    r"^\s*resource\s+\"(?P<type>[\w-]+)\"\s+\"(?P<name>[\w-]+)\"\s*\{", re.MULTILINE
)
_ENGINE = re.compile(r"\bengine\s*=\s*\"([\w-]+)\"")
_TYPES: dict[str, tuple[Kind, str]] = {
    "aws_elasticache_cluster": (Kind.REDIS, "Redis"),
    "aws_elasticache_replication_group": (Kind.REDIS, "Redis"),
    "aws_docdb_cluster": (Kind.MONGODB, "MongoDB"),
    "mongodbatlas_cluster": (Kind.MONGODB, "MongoDB"),
    "aws_s3_bucket": (Kind.OBJECT_STORE, "S3"),
    "aws_sqs_queue": (Kind.QUEUE, "SQS"),
    "aws_mq_broker": (Kind.QUEUE, "RabbitMQ"),
    "aws_msk_cluster": (Kind.QUEUE, "Kafka"),
    "aws_opensearch_domain": (Kind.SEARCH, "OpenSearch"),
    "aws_elasticsearch_domain": (Kind.SEARCH, "Elasticsearch"),
    "aws_dynamodb_table": (Kind.DATABASE, "DynamoDB"),
    "google_redis_instance": (Kind.REDIS, "Redis"),
    "google_storage_bucket": (Kind.OBJECT_STORE, "Cloud Storage"),
    "azurerm_postgresql_flexible_server": (Kind.POSTGRES, "PostgreSQL"),
    "azurerm_postgresql_server": (Kind.POSTGRES, "PostgreSQL"),
    "azurerm_redis_cache": (Kind.REDIS, "Redis"),
    "azurerm_cosmosdb_account": (Kind.MONGODB, "MongoDB"),
    "heroku_addon": (Kind.POSTGRES, "PostgreSQL"),
}
_ENGINES = {
    "postgres": (Kind.POSTGRES, "PostgreSQL"), "aurora-postgresql": (Kind.POSTGRES, "PostgreSQL"),
    "mysql": (Kind.MYSQL, "MySQL"), "aurora-mysql": (Kind.MYSQL, "MySQL"),
    "mariadb": (Kind.MYSQL, "MariaDB"), "pg": (Kind.POSTGRES, "PostgreSQL"),
    "redis": (Kind.REDIS, "Redis"), "valkey": (Kind.REDIS, "Valkey"),
    "mongodb": (Kind.MONGODB, "MongoDB"),
}  # fmt: skip
_WITH_ENGINE = ("aws_db_instance", "aws_rds_cluster", "digitalocean_database_cluster",
                "google_sql_database_instance")  # fmt: skip


def terraform_clues(sources: Sources) -> list[StoreClue]:
    """Return the stores that Terraform files describe."""
    found = []
    for path in sources.ending(".tf"):
        if is_aside(folder_of(path)):
            continue
        text = sources.text(path)
        for match in _RESOURCE.finditer(text):
            known = _TYPES.get(match["type"])
            if match["type"] in _WITH_ENGINE:
                engine = _ENGINE.search(text[match.end() : match.end() + 1500])
                known = _ENGINES.get(engine[1]) if engine else None
                if known is None and "POSTGRES" in text[match.end() : match.end() + 800]:
                    known = _ENGINES["postgres"]
            # State and logs live in buckets as well; those are not the system's.
            if known is None or re.search(r"state|log|backend|lock|dlq|dead|audit", match["name"]):
                continue
            line = text.count("\n", 0, match.start("type")) + 1
            evidence = Evidence(path, line, f"{match['type']}.{match['name']}", Confidence.CERTAIN)
            found.append(StoreClue(*known, folder_of(path), evidence, 3))
    return found


def providers(sources: Sources) -> dict[str, Evidence]:
    """Return the providers that the repository already uses, each with a place."""
    found: dict[str, Evidence] = {}
    for path in sources.ending(".tf"):
        for match in re.finditer(r"^\s*provider\s+\"(\w+)\"", sources.text(path), re.MULTILINE):
            line = sources.text(path).count("\n", 0, match.start(1)) + 1
            found.setdefault(match[1], Evidence(path, line, f"Terraform's provider {match[1]}"))
    for name, provider in (("vercel.json", "vercel"), ("render.yaml", "render"),
                           ("fly.toml", "fly"),
                           ("railway.json", "railway"), ("railway.toml", "railway"),
                           ("netlify.toml", "netlify"), ("app.yaml", "google")):  # fmt: skip
        for path in sources.named(name):
            if not is_aside(folder_of(path)):
                found.setdefault(provider, Evidence(path, 1, f"{name} is there"))
    return found

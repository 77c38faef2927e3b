"""The words people use for a word of the language, so that an error can suggest the right one."""

from __future__ import annotations

from collections.abc import Sequence

from outgrow.strategy.shape import nearest

# What people call a word of ours; spelling alone would not lead them there.
_ALSO_CALLED = {
    "service": ("api", "app", "backend", "function", "functions", "lambda", "server", "web"),
    "worker": ("background_worker", "consumer", "job", "jobs"),
    "frontend": ("site", "spa", "static_site", "website"),
    "postgres": ("pg", "postgresql", "timescaledb"),
    "mysql": ("mariadb",),
    "database": ("cassandra", "d1", "document_db", "dynamodb", "firestore", "nosql", "sqlite"),
    "redis": ("cache", "kv", "memcached", "valkey"),
    "object_store": ("blob", "bucket", "file_storage", "files", "r2", "s3", "storage"),
    "queue": ("broker", "bullmq", "kafka", "message_broker", "nats", "rabbitmq", "sqs", "stream"),
    "search": ("algolia", "elasticsearch", "meilisearch", "opensearch", "typesense"),
    "vector_store": ("embeddings", "pgvector", "pinecone", "qdrant", "vector_db", "weaviate"),
    "warehouse": ("bigquery", "clickhouse", "data_warehouse", "redshift", "snowflake"),
    "llm": ("ai", "ai_api", "llm_api", "model", "openai"),
    "gpu": ("gpu_inference", "inference", "ml"),
    "media": ("image_processing", "images", "transcoding", "video"),
    "scheduler": ("cron", "cron_job", "cronjob", "workflow"),
    "payments": ("billing", "payment", "stripe"),
    "notifications": ("push", "push_notifications", "sms"),
    "feature_flags": ("experiments", "flags"),
    "mobile_app": ("android", "app_store", "ios", "mobile"),
    "load_balancer": ("gateway", "ingress", "proxy", "reverse_proxy"),
    "machine": ("cluster", "kubernetes", "node", "server_machine", "vm", "vps"),
    "monitoring": ("alerting", "grafana", "observability", "prometheus"),
    "network": ("nat", "waf"),
    "page": ("opsgenie", "pager", "pagerduty", "phone"),
    "webhook": ("discord", "mattermost", "teams", "telegram"),
}


def word_meant(text: str, words: Sequence[str]) -> str | None:
    """Return which of `words` is meant by `text`: another name of it, or a misspelling."""
    said = text.lower().replace("-", "_").replace(" ", "_")
    known = (word for word, names in _ALSO_CALLED.items() if said in names and word in words)
    return next(known, None) or nearest(text, words)

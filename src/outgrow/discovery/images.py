"""What an image of a container is for, by its name."""

from __future__ import annotations

import re

from outgrow.strategy.components import ComponentKind as Kind

# The last part of an image's name (or the whole, with `/`), and what it stands for.
_PRODUCTS: dict[str, tuple[Kind, str]] = {
    **dict.fromkeys(
        ("postgres", "postgresql", "postgis", "timescaledb", "timescaledb-ha", "pgvector",
         "pgvecto-rs", "postgres-pgvector", "supabase/postgres", "alpine-postgres", "paradedb",
         "citus", "edgedb", "vectorchord", "immich-app/postgres"),
        (Kind.POSTGRES, "PostgreSQL"),
    ),
    **dict.fromkeys(("mysql", "mysql-server", "percona", "percona-server"), (Kind.MYSQL, "MySQL")),
    "mariadb": (Kind.MYSQL, "MariaDB"),
    **dict.fromkeys(("mongo", "mongodb", "mongodb-community-server", "percona-server-mongodb"),
                    (Kind.MONGODB, "MongoDB")),
    **dict.fromkeys(("redis", "redis-stack", "redis-stack-server", "redismod"),
                    (Kind.REDIS, "Redis")),
    "valkey": (Kind.REDIS, "Valkey"),
    "keydb": (Kind.REDIS, "KeyDB"),
    "dragonfly": (Kind.REDIS, "Dragonfly"),
    "memcached": (Kind.DATABASE, "Memcached"),
    **dict.fromkeys(("rabbitmq",), (Kind.QUEUE, "RabbitMQ")),
    **dict.fromkeys(("kafka", "cp-kafka", "kafka-native", "cp-server"), (Kind.QUEUE, "Kafka")),
    "zookeeper": (Kind.DATABASE, "ZooKeeper"),
    "cp-zookeeper": (Kind.DATABASE, "ZooKeeper"),
    "redpanda": (Kind.QUEUE, "Redpanda"),
    "nats": (Kind.QUEUE, "NATS"),
    "activemq": (Kind.QUEUE, "ActiveMQ"),
    "activemq-artemis": (Kind.QUEUE, "ActiveMQ"),
    "pulsar": (Kind.QUEUE, "Pulsar"),
    "eclipse-mosquitto": (Kind.QUEUE, "Mosquitto"),
    "emqx": (Kind.QUEUE, "EMQX"),
    "nsq": (Kind.QUEUE, "NSQ"),
    "elasticmq": (Kind.QUEUE, "ElasticMQ"),
    "elasticmq-native": (Kind.QUEUE, "ElasticMQ"),
    **dict.fromkeys(("elasticsearch", "elasticsearch-oss"), (Kind.SEARCH, "Elasticsearch")),
    "opensearch": (Kind.SEARCH, "OpenSearch"),
    "meilisearch": (Kind.SEARCH, "Meilisearch"),
    "typesense": (Kind.SEARCH, "Typesense"),
    "solr": (Kind.SEARCH, "Solr"),
    "sonic": (Kind.SEARCH, "Sonic"),
    "manticore": (Kind.SEARCH, "Manticore"),
    "qdrant": (Kind.VECTOR_STORE, "Qdrant"),
    "weaviate": (Kind.VECTOR_STORE, "Weaviate"),
    "chroma": (Kind.VECTOR_STORE, "Chroma"),
    "chromadb": (Kind.VECTOR_STORE, "Chroma"),
    "milvus": (Kind.VECTOR_STORE, "Milvus"),
    "minio": (Kind.OBJECT_STORE, "MinIO"),
    "seaweedfs": (Kind.OBJECT_STORE, "SeaweedFS"),
    "azurite": (Kind.OBJECT_STORE, "Azurite"),
    "fake-gcs-server": (Kind.OBJECT_STORE, "fake GCS"),
    "clickhouse": (Kind.WAREHOUSE, "ClickHouse"),
    "clickhouse-server": (Kind.WAREHOUSE, "ClickHouse"),
    "cassandra": (Kind.DATABASE, "Cassandra"),
    "scylla": (Kind.DATABASE, "ScyllaDB"),
    "neo4j": (Kind.DATABASE, "Neo4j"),
    "couchdb": (Kind.DATABASE, "CouchDB"),
    "influxdb": (Kind.DATABASE, "InfluxDB"),
    "cockroach": (Kind.DATABASE, "CockroachDB"),
    "dynamodb-local": (Kind.DATABASE, "DynamoDB"),
    "mssql/server": (Kind.DATABASE, "SQL Server"),
    "azure-sql-edge": (Kind.DATABASE, "SQL Server"),
    "oracle-xe": (Kind.DATABASE, "Oracle"),
    "oracle-free": (Kind.DATABASE, "Oracle"),
    "arangodb": (Kind.DATABASE, "ArangoDB"),
    "rethinkdb": (Kind.DATABASE, "RethinkDB"),
    "surrealdb": (Kind.DATABASE, "SurrealDB"),
    "dgraph": (Kind.DATABASE, "Dgraph"),
    "etcd": (Kind.DATABASE, "etcd"),
    "victoria-metrics": (Kind.MONITORING, "VictoriaMetrics"),
    **dict.fromkeys(("nginx", "nginx-unprivileged", "openresty", "nginx-proxy"),
                    (Kind.LOAD_BALANCER, "nginx")),
    "traefik": (Kind.LOAD_BALANCER, "Traefik"),
    "caddy": (Kind.LOAD_BALANCER, "Caddy"),
    "haproxy": (Kind.LOAD_BALANCER, "HAProxy"),
    "envoy": (Kind.LOAD_BALANCER, "Envoy"),
    "kong": (Kind.LOAD_BALANCER, "Kong"),
    "https-portal": (Kind.LOAD_BALANCER, "https-portal"),
    **dict.fromkeys(("mailhog", "mailpit", "mailcatcher", "maildev", "inbucket", "smtp4dev",
                     "fake-smtp-server", "mailcrab", "papercut"), (Kind.EMAIL, "a mail catcher")),
    "postfix": (Kind.EMAIL, "Postfix"),
    "prometheus": (Kind.MONITORING, "Prometheus"),
    "grafana": (Kind.MONITORING, "Grafana"),
    "alertmanager": (Kind.MONITORING, "Alertmanager"),
    "cadvisor": (Kind.MONITORING, "cAdvisor"),
    "node-exporter": (Kind.MONITORING, "node exporter"),
    "postgres-exporter": (Kind.MONITORING, "PostgreSQL exporter"),
    "redis_exporter": (Kind.MONITORING, "Redis exporter"),
    "all-in-one": (Kind.APM, "Jaeger"),
    "jaeger": (Kind.APM, "Jaeger"),
    "zipkin": (Kind.APM, "Zipkin"),
    "tempo": (Kind.APM, "Tempo"),
    "opentelemetry-collector": (Kind.APM, "OpenTelemetry"),
    "opentelemetry-collector-contrib": (Kind.APM, "OpenTelemetry"),
    "loki": (Kind.LOGS, "Loki"),
    "promtail": (Kind.LOGS, "Promtail"),
    "kibana": (Kind.LOGS, "Kibana"),
    "logstash": (Kind.LOGS, "Logstash"),
    "filebeat": (Kind.LOGS, "Filebeat"),
    "fluentd": (Kind.LOGS, "Fluentd"),
    "fluent-bit": (Kind.LOGS, "Fluent Bit"),
    "vector": (Kind.LOGS, "Vector"),
    "seq": (Kind.LOGS, "Seq"),
    "keycloak": (Kind.AUTH, "Keycloak"),
    "oauth2-proxy": (Kind.AUTH, "OAuth2 Proxy"),
    "gotrue": (Kind.AUTH, "GoTrue"),
    "kratos": (Kind.AUTH, "Ory Kratos"),
    "hydra": (Kind.AUTH, "Ory Hydra"),
    "authentik": (Kind.AUTH, "authentik"),
    "zitadel": (Kind.AUTH, "Zitadel"),
    "ollama": (Kind.LLM, "Ollama"),
    "vllm-openai": (Kind.LLM, "vLLM"),
    "localai": (Kind.LLM, "LocalAI"),
    "unleash-server": (Kind.FEATURE_FLAGS, "Unleash"),
    "vault": (Kind.SECRETS, "Vault"),
}  # fmt: skip
_DEVELOPMENT = frozenset(
    [
        "adminer",
        "pgadmin4",
        "phpmyadmin",
        "mongo-express",
        "redis-commander",
        "redisinsight",
        "dbgate",
        "maildev",
        "mailhog",
        "mailpit",
        "mailcatcher",
        "inbucket",
        "smtp4dev",
        "mailcrab",
        "portainer-ce",
        "selenium",
        "standalone-chrome",
        "standalone-firefox",
        "stripe-cli",
        "dpage/pgadmin4",
        "cloudbeaver",
        "kafka-ui",
        "akhq",
        "kafdrop",
        "ngrok",
        "localstack",
        "papercut",
    ]
)
_STORES = frozenset(
    (Kind.POSTGRES, Kind.MYSQL, Kind.MONGODB, Kind.REDIS, Kind.QUEUE, Kind.SEARCH,
     Kind.VECTOR_STORE, Kind.OBJECT_STORE, Kind.WAREHOUSE, Kind.DATABASE)
)  # fmt: skip
_TAG = re.compile(r":(?P<tag>[^:/@]+)(?:@.*)?$")
_VERSION = re.compile(r"\d+(?:\.\d+)*")


def product_of(image: str) -> tuple[Kind, str] | None:
    """Return the kind and the name of the product in an image, or None for one not known."""
    name = _TAG.sub("", image.strip().lower()).split("@")[0]
    parts = name.split("/")
    for part in ("/".join(parts[-2:]), parts[-1]):
        if part in _PRODUCTS:
            return _PRODUCTS[part]
    return _by_prefix(parts[-1]) if len(parts) > 1 else None


def _by_prefix(name: str) -> tuple[Kind, str] | None:
    """Return what a variant such as `bitnami/postgresql-repmgr` or `x/rabbitmq-delayed` is."""
    for word in (
        "postgres",
        "mysql",
        "mariadb",
        "mongo",
        "redis",
        "rabbitmq",
        "kafka",
        "memcached",
    ):
        if name.startswith(word) and not name.endswith(("exporter", "express", "commander", "ui")):
            return _PRODUCTS[word]
    return None


def version_of(image: str) -> str:
    """Return the version in an image's tag: `15` of `postgres:15-alpine`, or ""."""
    tag = _TAG.search(image)
    found = _VERSION.search(tag["tag"]) if tag else None
    return found[0] if found else ""


def is_store(kind: Kind) -> bool:
    """Return whether a kind keeps data or messages."""
    return kind in _STORES


def is_for_development(image: str) -> bool:
    """Return whether an image is a tool for developers: an admin page, a mail catcher."""
    name = _TAG.sub("", image.strip().lower())
    return name.rpartition("/")[2] in _DEVELOPMENT

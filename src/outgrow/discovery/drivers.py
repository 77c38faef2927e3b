"""Drivers and URLs: what stores the code talks to."""

from __future__ import annotations

import re
from dataclasses import dataclass

from outgrow.discovery.findings import Confidence, Evidence
from outgrow.discovery.tree import Sources, folder_of, is_aside
from outgrow.strategy.components import ComponentKind as Kind

_CERTAIN, _LIKELY, _GUESS = Confidence.CERTAIN, Confidence.LIKELY, Confidence.GUESS
_PYTHON: dict[str, tuple[Kind, str, Confidence]] = {
    **dict.fromkeys(("psycopg2", "psycopg2-binary", "psycopg", "psycopg-binary", "asyncpg", "aiopg",
                     "pg8000", "pgvector", "psycopg-pool", "psycopg2cffi"),
                    (Kind.POSTGRES, "PostgreSQL", _LIKELY)),
    **dict.fromkeys(("mysqlclient", "pymysql", "aiomysql", "mysql-connector-python", "asyncmy",
                     "flask-mysqldb", "flask-mysql"), (Kind.MYSQL, "MySQL", _LIKELY)),
    **dict.fromkeys(("pymongo", "motor", "mongoengine", "beanie", "odmantic", "flask-pymongo",
                     "djongo", "flask-mongoengine"), (Kind.MONGODB, "MongoDB", _LIKELY)),
    **dict.fromkeys(("redis", "aioredis", "django-redis", "hiredis", "rq", "arq", "channels-redis",
                     "flask-redis", "fastapi-cache2", "huey", "django-rq", "redis-om", "coredis"),
                    (Kind.REDIS, "Redis", _LIKELY)),
    **dict.fromkeys(("pika", "aio-pika", "pamqp"), (Kind.QUEUE, "RabbitMQ", _LIKELY)),
    **dict.fromkeys(("aiokafka", "kafka-python", "confluent-kafka", "faust-streaming", "faust"),
                    (Kind.QUEUE, "Kafka", _LIKELY)),
    **dict.fromkeys(("nats-py", "asyncio-nats-client"), (Kind.QUEUE, "NATS", _LIKELY)),
    **dict.fromkeys(("elasticsearch", "elasticsearch-dsl", "django-elasticsearch-dsl"),
                    (Kind.SEARCH, "Elasticsearch", _LIKELY)),
    "opensearch-py": (Kind.SEARCH, "OpenSearch", _LIKELY),
    "meilisearch": (Kind.SEARCH, "Meilisearch", _LIKELY),
    "typesense": (Kind.SEARCH, "Typesense", _LIKELY),
    "qdrant-client": (Kind.VECTOR_STORE, "Qdrant", _LIKELY),
    "weaviate-client": (Kind.VECTOR_STORE, "Weaviate", _LIKELY),
    "pymilvus": (Kind.VECTOR_STORE, "Milvus", _LIKELY),
    "pinecone-client": (Kind.VECTOR_STORE, "Pinecone", _LIKELY),
    "pinecone": (Kind.VECTOR_STORE, "Pinecone", _LIKELY),
    "chromadb": (Kind.VECTOR_STORE, "Chroma", _GUESS),
    "minio": (Kind.OBJECT_STORE, "MinIO", _LIKELY),
    "django-storages": (Kind.OBJECT_STORE, "S3", _LIKELY),
    "aioboto3": (Kind.OBJECT_STORE, "S3", _GUESS),
    "google-cloud-storage": (Kind.OBJECT_STORE, "Cloud Storage", _LIKELY),
    "azure-storage-blob": (Kind.OBJECT_STORE, "Blob Storage", _LIKELY),
    "clickhouse-driver": (Kind.WAREHOUSE, "ClickHouse", _LIKELY),
    "clickhouse-connect": (Kind.WAREHOUSE, "ClickHouse", _LIKELY),
    "cassandra-driver": (Kind.DATABASE, "Cassandra", _LIKELY),
    "neo4j": (Kind.DATABASE, "Neo4j", _LIKELY),
    "influxdb-client": (Kind.DATABASE, "InfluxDB", _LIKELY),
    "pymssql": (Kind.DATABASE, "SQL Server", _LIKELY),
    "pymemcache": (Kind.DATABASE, "Memcached", _LIKELY),
    "python-memcached": (Kind.DATABASE, "Memcached", _LIKELY),
    "pylibmc": (Kind.DATABASE, "Memcached", _LIKELY),
}  # fmt: skip
_NODE: dict[str, tuple[Kind, str, Confidence]] = {
    **dict.fromkeys(("pg", "postgres", "pg-promise", "@vercel/postgres", "@neondatabase/serverless",
                     "@prisma/adapter-pg", "pg-pool"), (Kind.POSTGRES, "PostgreSQL", _LIKELY)),
    **dict.fromkeys(("mysql", "mysql2", "mariadb"), (Kind.MYSQL, "MySQL", _LIKELY)),
    **dict.fromkeys(("mongoose", "mongodb", "@nestjs/mongoose", "@typegoose/typegoose", "mongojs"),
                    (Kind.MONGODB, "MongoDB", _LIKELY)),
    **dict.fromkeys(("redis", "ioredis", "bullmq", "bull", "connect-redis", "@nestjs/bull",
                     "@nestjs/bullmq", "@upstash/redis", "cache-manager-redis-store", "bee-queue",
                     "@socket.io/redis-adapter"), (Kind.REDIS, "Redis", _LIKELY)),
    **dict.fromkeys(("amqplib", "amqp-connection-manager", "@golevelup/nestjs-rabbitmq"),
                    (Kind.QUEUE, "RabbitMQ", _LIKELY)),
    **dict.fromkeys(("kafkajs", "node-rdkafka"), (Kind.QUEUE, "Kafka", _LIKELY)),
    "nats": (Kind.QUEUE, "NATS", _LIKELY),
    "@elastic/elasticsearch": (Kind.SEARCH, "Elasticsearch", _LIKELY),
    "@opensearch-project/opensearch": (Kind.SEARCH, "OpenSearch", _LIKELY),
    "meilisearch": (Kind.SEARCH, "Meilisearch", _LIKELY),
    "typesense": (Kind.SEARCH, "Typesense", _LIKELY),
    "@qdrant/js-client-rest": (Kind.VECTOR_STORE, "Qdrant", _LIKELY),
    "@pinecone-database/pinecone": (Kind.VECTOR_STORE, "Pinecone", _LIKELY),
    "@aws-sdk/client-s3": (Kind.OBJECT_STORE, "S3", _LIKELY),
    "@aws-sdk/client-sqs": (Kind.QUEUE, "SQS", _LIKELY),
    "@aws-sdk/client-dynamodb": (Kind.DATABASE, "DynamoDB", _LIKELY),
    "multer-s3": (Kind.OBJECT_STORE, "S3", _LIKELY),
    "minio": (Kind.OBJECT_STORE, "MinIO", _LIKELY),
    "@google-cloud/storage": (Kind.OBJECT_STORE, "Cloud Storage", _LIKELY),
    "@clickhouse/client": (Kind.WAREHOUSE, "ClickHouse", _LIKELY),
    "neo4j-driver": (Kind.DATABASE, "Neo4j", _LIKELY),
    "cassandra-driver": (Kind.DATABASE, "Cassandra", _LIKELY),
    "mssql": (Kind.DATABASE, "SQL Server", _LIKELY),
    "tedious": (Kind.DATABASE, "SQL Server", _LIKELY),
    "memcached": (Kind.DATABASE, "Memcached", _LIKELY),
}  # fmt: skip
# Manifests of other languages: a piece of a module's name, where it is a dependency.
_OTHERS: tuple[tuple[str, tuple[Kind, str, Confidence]], ...] = (
    *((one, (Kind.POSTGRES, "PostgreSQL", _LIKELY)) for one in
      ("github.com/lib/pq", "jackc/pgx", "gorm.io/driver/postgres", "gem 'pg'", 'gem "pg"',
       "<artifactId>postgresql</artifactId>", "org.postgresql:postgresql", ":postgrex", "Npgsql",
       "tokio-postgres", "diesel_postgres")),
    *((one, (Kind.MYSQL, "MySQL", _LIKELY)) for one in
      ("go-sql-driver/mysql", "gorm.io/driver/mysql", "gem 'mysql2'", 'gem "mysql2"',
       "mysql-connector-j", ":myxql", "MySqlConnector", "Pomelo.EntityFrameworkCore.MySql")),
    *((one, (Kind.MONGODB, "MongoDB", _LIKELY)) for one in
      ("go.mongodb.org/mongo-driver", "gem 'mongoid'", 'gem "mongoid"', "data-mongodb",
       "MongoDB.Driver", "mongodb/laravel-mongodb")),
    *((one, (Kind.REDIS, "Redis", _LIKELY)) for one in
      ("redis/go-redis", "go-redis/redis", "gomodule/redigo", "gem 'redis'", 'gem "redis"',
       "gem 'sidekiq'", 'gem "sidekiq"', "starter-data-redis", "<artifactId>jedis</artifactId>",
       ":redix", "StackExchange.Redis", "predis/predis", "hibiken/asynq", "redis.clients:jedis")),
    *((one, (Kind.QUEUE, "RabbitMQ", _LIKELY)) for one in
      ("rabbitmq/amqp091-go", "streadway/amqp", "gem 'bunny'", 'gem "bunny"', "starter-amqp",
       "RabbitMQ.Client", "php-amqplib")),
    *((one, (Kind.QUEUE, "Kafka", _LIKELY)) for one in
      ("segmentio/kafka-go", "IBM/sarama", "Shopify/sarama", "confluent-kafka-go", "spring-kafka",
       "Confluent.Kafka", "twmb/franz-go")),
    *((one, (Kind.QUEUE, "NATS", _LIKELY)) for one in ("nats-io/nats.go",)),
    *((one, (Kind.SEARCH, "Elasticsearch", _LIKELY)) for one in
      ("elastic/go-elasticsearch", "olivere/elastic", "data-elasticsearch", "gem 'elasticsearch")),
    *((one, (Kind.OBJECT_STORE, "S3", _LIKELY)) for one in
      ("aws-sdk-go-v2/service/s3", "gem 'aws-sdk-s3'", 'gem "aws-sdk-s3"', "AWSSDK.S3")),
    *((one, (Kind.OBJECT_STORE, "MinIO", _LIKELY)) for one in ("minio/minio-go", "io.minio")),
)  # fmt: skip
_MANIFESTS = ("go.mod", "Gemfile", "pom.xml", "build.gradle", "build.gradle.kts", "mix.exs",
              "Cargo.toml", "composer.json")  # fmt: skip
_SCHEMES: tuple[tuple[re.Pattern[str], Kind, str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), kind, product)
    for pattern, kind, product in (
        (r"postgres(?:ql)?(?:\+\w+)?|psql|postgis", Kind.POSTGRES, "PostgreSQL"),
        (r"mysql(?:2|\+\w+)?|mariadb(?:\+\w+)?", Kind.MYSQL, "MySQL"),
        (r"mongodb(?:\+srv)?", Kind.MONGODB, "MongoDB"),
        (r"rediss?|redis\+\w+|valkey", Kind.REDIS, "Redis"),
        (r"amqps?|pyamqp", Kind.QUEUE, "RabbitMQ"),
        (r"nats", Kind.QUEUE, "NATS"),
        (r"sqs", Kind.QUEUE, "SQS"),
        (r"clickhouse(?:\+\w+)?", Kind.WAREHOUSE, "ClickHouse"),
        (r"neo4j(?:\+s)?|bolt", Kind.DATABASE, "Neo4j"),
    )
)  # fmt: skip
_URL, _SCHEME, _LONGEST_SCHEME = re.compile("://"), re.compile(r"[A-Za-z][\w+]*$"), 40
_URL_FILES = (".py", ".js", ".ts", ".mjs", ".env", ".example", ".sample", ".template", ".ini",
              ".toml", ".yml", ".yaml", ".rb", ".go", ".properties", ".exs",
              ".dist")  # fmt: skip
_ENGINES = (
    (
        re.compile(
            r"django\.(?:contrib\.gis\.)?db\.backends\.(postgresql|postgis|mysql)|dj_database_url"
        ),
        "django",
    ),
    (re.compile(r"provider\s*=\s*\"(postgresql|mysql|mongodb|cockroachdb|sqlserver)\""), "prisma"),
    (re.compile(r"adapter:\s*(postgresql|mysql2|trilogy|postgis)"), "rails"),
    (
        re.compile(
            r"type:\s*(?:[\w.]+\s*(?:\|\||\?\?)\s*)?['\"](postgres|mysql|mariadb|mongodb)['\"]"
        ),
        "typeorm",
    ),
    (re.compile(r"dialect:\s*['\"](postgres(?:ql)?|mysql|mariadb)['\"]"), "dialect"),
)
_ENGINE_KINDS = {
    "postgresql": (Kind.POSTGRES, "PostgreSQL"), "postgres": (Kind.POSTGRES, "PostgreSQL"),
    "postgis": (Kind.POSTGRES, "PostgreSQL"), "mysql": (Kind.MYSQL, "MySQL"),
    "mysql2": (Kind.MYSQL, "MySQL"), "trilogy": (Kind.MYSQL, "MySQL"),
    "mariadb": (Kind.MYSQL, "MariaDB"), "mongodb": (Kind.MONGODB, "MongoDB"),
    "cockroachdb": (Kind.DATABASE, "CockroachDB"), "sqlserver": (Kind.DATABASE, "SQL Server"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class StoreClue:
    """Something in the code that speaks for a store; `folder` is where it stands.

    `weight` adds up: a driver alone is 2, a URL or an engine 2, a guess 1.
    """

    kind: Kind
    product: str
    folder: str
    evidence: Evidence
    weight: int


def python_clue(name: str, folder: str, file: str, line: int) -> StoreClue | None:
    """Return what a Python dependency says, or None."""
    return _clue(_PYTHON.get(name), name, folder, file, line)


def node_clue(name: str, folder: str, file: str, line: int) -> StoreClue | None:
    """Return what a Node dependency says, or None."""
    return _clue(_NODE.get(name), name, folder, file, line)


def _clue(
    found: tuple[Kind, str, Confidence] | None, name: str, folder: str, file: str, line: int
) -> StoreClue | None:
    if found is None:
        return None
    kind, product, confidence = found
    weight = 1 if confidence is _GUESS else 2
    return StoreClue(
        kind, product, folder, Evidence(file, line, f"the driver {name}", confidence), weight
    )


def manifest_clues(sources: Sources) -> list[StoreClue]:
    """Return what the manifests of Go, Ruby, Java and others say."""
    paths = [*sources.named(*_MANIFESTS), *sources.ending(".csproj")]
    if not sources.named("go.mod"):
        paths += sources.named("main.go")
    found = []
    for path in paths:
        if is_aside(folder_of(path)):
            continue
        for line, text in sources.lines(path):
            if text.lstrip().startswith(("#", "//")) or "// indirect" in text:
                continue
            for piece, known in _OTHERS:
                if piece in text and (
                    clue := _clue(known, piece.strip("'\""), folder_of(path), path, line)
                ):
                    found.append(clue)
    return found


def url_clues(sources: Sources) -> list[StoreClue]:
    """Return what URLs and engine settings in code and configuration say."""
    found: dict[tuple[str, Kind, str], StoreClue] = {}
    for path in sources.paths:
        name = path.rpartition("/")[2].lower()
        if not (name.endswith(_URL_FILES) or name.startswith(".env") or name.endswith(".prisma")):
            continue
        if (
            is_aside(folder_of(path))
            or name.startswith("test_")
            or ".test." in name
            or "lock" in name
        ):
            continue
        text = sources.text(path)
        _take_urls(found, path, text)
        if (
            "engine" in text.lower()
            or "provider" in text
            or "adapter" in text
            or "dialect" in text
            or "type:" in text
        ):
            _take_engines(found, path, text)
    return list(found.values())


def _take_urls(found: dict[tuple[str, Kind, str], StoreClue], path: str, text: str) -> None:
    for match in _URL.finditer(text):
        at = match.start()
        if text.startswith("http", max(at - 5, 0)) or text.startswith("http", max(at - 4, 0)):
            continue  # most of them, in thousands of files
        scheme = _SCHEME.search(text[max(at - _LONGEST_SCHEME, 0) : at])
        known = _store_of(scheme[0]) if scheme else None
        start = at - len(scheme[0]) if scheme else at
        if known is None or (".env" not in path and _is_in_comment(text, start)):
            continue
        kind, product = known
        line = text.count("\n", 0, at) + 1
        evidence = Evidence(path, line, f"a {product} URL", Confidence.LIKELY)
        found.setdefault(
            (path, kind, product), StoreClue(kind, product, folder_of(path), evidence, 2)
        )


def _store_of(scheme: str) -> tuple[Kind, str] | None:
    """Return what is spoken to by a scheme of a URL: `postgresql+asyncpg`."""
    for pattern, kind, product in _SCHEMES:
        if pattern.fullmatch(scheme):
            return kind, product
    return None


_COMMENT = re.compile(r"^\s*(?:#|\*|/\*)|(?<!:)//")


def _is_in_comment(text: str, at: int) -> bool:
    """Return whether a place in a text stands behind the beginning of a comment."""
    return _COMMENT.search(text[text.rfind("\n", 0, at) + 1 : at]) is not None


def _take_engines(found: dict[tuple[str, Kind, str], StoreClue], path: str, text: str) -> None:
    for pattern, _ in _ENGINES:
        for match in pattern.finditer(text):
            known = _ENGINE_KINDS.get(match[1] or "")
            if known is None or _is_in_comment(text, match.start()):
                continue
            kind, product = known
            evidence = Evidence(
                path,
                text.count("\n", 0, match.start()) + 1,
                f"the engine {match[1]}",
                Confidence.CERTAIN,
            )
            found.setdefault(
                (path, kind, product), StoreClue(kind, product, folder_of(path), evidence, 3)
            )

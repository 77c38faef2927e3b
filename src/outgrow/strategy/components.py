"""The parts of the system, and what each of them needs wherever it runs."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from outgrow.strategy.containers import Build, Run
from outgrow.strategy.fields import (
    Count,
    MemoryGib,
    Model,
    Name,
    Port,
    Positive,
    Quantity,
    Share,
    Span,
    Text,
    Vcpu,
)


class ComponentKind(StrEnum):
    """Every kind of part that a strategy can speak of."""

    SERVICE = "service"
    WORKER = "worker"
    FRONTEND = "frontend"
    POSTGRES = "postgres"
    MONGODB = "mongodb"
    REDIS = "redis"
    OBJECT_STORE = "object_store"
    CDN = "cdn"
    LOAD_BALANCER = "load_balancer"
    SANDBOX_POOL = "sandbox_pool"
    AUTH = "auth"
    ERROR_TRACKING = "error_tracking"
    PRODUCT_ANALYTICS = "product_analytics"
    UPTIME = "uptime"
    LOGS = "logs"
    MONITORING = "monitoring"
    APM = "apm"
    CI_RUNNERS = "ci_runners"
    DNS = "dns"
    QUEUE = "queue"
    SECRETS = "secrets"
    REGISTRY = "registry"
    NETWORK = "network"
    MACHINE = "machine"
    EMAIL = "email"
    MYSQL = "mysql"
    DATABASE = "database"
    SEARCH = "search"
    VECTOR_STORE = "vector_store"
    WAREHOUSE = "warehouse"
    BACKUP = "backup"
    LLM = "llm"
    GPU = "gpu"
    MEDIA = "media"
    SCHEDULER = "scheduler"
    PAYMENTS = "payments"
    NOTIFICATIONS = "notifications"
    FEATURE_FLAGS = "feature_flags"
    MOBILE_APP = "mobile_app"
    VPN = "vpn"
    OTHER = "other"


COMPUTE_KINDS = frozenset(
    {
        ComponentKind.SERVICE,
        ComponentKind.WORKER,
        ComponentKind.FRONTEND,
        ComponentKind.SANDBOX_POOL,
        ComponentKind.MACHINE,
        ComponentKind.GPU,
    }
)
DATA_KINDS = frozenset(
    {
        ComponentKind.POSTGRES,
        ComponentKind.MONGODB,
        ComponentKind.REDIS,
        ComponentKind.OBJECT_STORE,
        ComponentKind.MYSQL,
        ComponentKind.DATABASE,
        ComponentKind.SEARCH,
        ComponentKind.VECTOR_STORE,
        ComponentKind.WAREHOUSE,
    }
)
# What a machine with the right software on it can stand for, whoever rents the machine out.
SELF_HOSTED_KINDS = (
    COMPUTE_KINDS
    | DATA_KINDS
    | {
        ComponentKind.QUEUE,
        ComponentKind.SCHEDULER,
        ComponentKind.MEDIA,
        ComponentKind.LLM,
        ComponentKind.BACKUP,
        ComponentKind.FEATURE_FLAGS,
        ComponentKind.NOTIFICATIONS,
        ComponentKind.VPN,
    }
)


class Workload(Model):
    """A class of work of a component: how long one piece takes, and its share of all."""

    description: Text = ""
    seconds: Span
    share: Share | None = None


class ConnectionPool(Model):
    """How many database connections a component opens."""

    to: Name
    minimum: Count = 0
    maximum: Count
    timeout_seconds: Positive | None = None
    pooler: Literal["none", "pgbouncer", "rds_proxy", "supavisor"] = "none"
    pooler_from_phase: Name | None = None


class Needs(Model):
    """What a component needs of whatever offering it runs on.

    `vcpu` and `memory_gib` are what one instance asks for; the `_limit` pair the most it
    may take (a container's requests and limits).
    """

    vcpu: Vcpu | None = None
    memory_gib: MemoryGib | None = None
    vcpu_limit: Vcpu | None = None
    memory_gib_limit: MemoryGib | None = None
    storage_gib: Quantity | None = None
    ports: list[Port] = []
    health_path: Text | None = None
    longest_request_seconds: Positive | None = None
    websockets: bool = False
    persistent_connections: bool = False
    sticky_sessions: bool = False
    always_on: bool = False
    commercial_use: bool = False
    private_network: bool = False
    encryption: bool = False
    connections: Count | None = None
    pool: ConnectionPool | None = None
    residency: list[Text] = []
    features: list[Text] = []


SecretReference = Annotated[
    str,
    Field(
        pattern=r"^(env|file|aws-secrets-manager|ssm|sops|command|vault|github):.+$",
        description="Where the secret lives, never the secret: `env:DATABASE_URL`.",
    ),
]
# Elasticsearch reads `discovery.type`; containers and clusters pass such names on.
EnvironmentKey = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_.-]*$", max_length=128)]


class Credential(Model):
    """Where a secret may be sent: to one endpoint, and to no other.

    `endpoint` is the variable that holds the address, or the address itself; the key of the
    credential means the password inside its own address. `probe` is a path that the endpoint
    answers with success only to a valid credential, sent in `header` behind `scheme`.
    """

    endpoint: Text
    probe: Text | None = None
    header: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]+$", max_length=80)] = "Authorization"
    scheme: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]*$", max_length=40)] = "Bearer"


class Component(Model):
    """One part of the system.

    `build` says how its image is made, `run` how a container of it is started; both may be
    absent where the provider runs the source as it is. With `kit` its code imports
    outgrow-kit, and every phase hands it its settings in the variable `OUTGROW_KIT`.
    `credentials` binds secrets to the endpoints that they are for.
    """

    kind: ComponentKind
    description: Text = ""
    stack: Text = ""
    needs: Needs = Field(default_factory=Needs)
    talks_to: list[Name] = []
    environment: dict[EnvironmentKey, Text] = {}
    secrets: dict[EnvironmentKey, SecretReference] = {}
    credentials: dict[EnvironmentKey, Credential] = {}
    workloads: dict[Name, Workload] = {}
    build: Build | None = None
    run: Run = Field(default_factory=Run)
    kit: bool = False
    public: bool = False

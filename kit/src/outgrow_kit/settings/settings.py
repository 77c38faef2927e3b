"""`Settings.from_environment()`: every part's settings, or every problem with them at once."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from outgrow_kit.errors import InvalidSettings
from outgrow_kit.settings.document import Document
from outgrow_kit.settings.model import (
    AuthSettings,
    CacheSettings,
    DatabaseSettings,
    HttpSettings,
    MetricsSettings,
    MongoSettings,
    RateRule,
    TracingSettings,
)
from outgrow_kit.settings.sections import (
    read_auth,
    read_cache,
    read_database,
    read_http,
    read_metrics,
    read_mongodb,
    read_rate_limits,
    read_tracing,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What this process of this service has to work with, in this phase and environment.

    `workers` is the number of processes one instance runs; metrics are summed over them.
    """

    service: str = "app"
    phase: str = ""
    environment: str = "development"
    region: str = ""
    version: str = ""
    workers: int = 1
    database: DatabaseSettings | None = None
    mongodb: MongoSettings | None = None
    cache: CacheSettings = field(default_factory=CacheSettings)
    rate_limits: tuple[RateRule, ...] = ()
    auth: AuthSettings | None = None
    http: HttpSettings = field(default_factory=HttpSettings)
    metrics: MetricsSettings = field(default_factory=MetricsSettings)
    tracing: TracingSettings = field(default_factory=TracingSettings)

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> Settings:
        """Return the settings that `OUTGROW_KIT` (JSON) and the variables it names hold.

        Without `OUTGROW_KIT`, `DATABASE_URL`, `REDIS_URL`, `MONGODB_URL` and `SENTRY_DSN` are
        taken as they are. Raises InvalidSettings with every problem.
        """
        document = Document.from_environment(os.environ if environ is None else environ)
        root = document.root
        settings = cls(
            service=root.text("service", "app"),
            phase=root.text("phase", ""),
            environment=root.text("environment", "development"),
            region=root.text("region", ""),
            version=root.text("version_of_service", document.variable("APP_VERSION") or ""),
            workers=root.whole("workers", 1),
            database=read_database(document),
            mongodb=read_mongodb(document),
            cache=read_cache(document),
            rate_limits=read_rate_limits(document),
            auth=read_auth(document),
            http=read_http(document),
            metrics=read_metrics(document),
            tracing=read_tracing(document),
        )
        if document.problems:
            raise InvalidSettings(document.problems)
        return settings

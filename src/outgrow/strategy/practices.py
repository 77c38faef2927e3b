"""How the team works: caches, growing data, sandboxes, idle machines, security."""

from __future__ import annotations

from typing import Literal

from outgrow.strategy.fields import (
    Count,
    LogicalShards,
    Model,
    Name,
    Number,
    Positive,
    Quantity,
    Text,
)


class Caching(Model):
    """One thing that is cached: in which layer, for how long, and what invalidates it."""

    layer: Literal["application", "database_query", "cdn", "client"]
    component: Name | None = None
    description: Text = ""
    key: Text = ""
    ttl_seconds: Positive | None = None
    stale_while_revalidate_seconds: Positive | None = None
    invalidated_by: Text = ""


class RateLimit(Model):
    """How often a caller may ask.

    `when_out` is for applications with outgrow-kit, while the store of the counts does not
    answer: `open` lets everyone pass, `local` counts in each process, `closed` refuses.
    """

    route: Text
    requests: Count
    per_seconds: Positive
    by: Literal["address", "user", "key"] = "address"
    component: Name | None = None
    when_out: Literal["open", "local", "closed"] = "local"


class Partition(Model):
    """A table that is split by date, and what happens to old parts.

    `keep` and `create_ahead` count days, weeks or months, as `every` says. Without `keep` no
    part ever gets old.
    """

    table: Text
    component: Name
    by: Text
    every: Literal["day", "week", "month"] = "month"
    create_ahead: Count | None = None
    keep: Count | None = None
    archive: bool = False
    archive_to: Text | None = None
    format: Literal["parquet", "copy"] = "parquet"
    from_phase: Name | None = None


class Sharding(Model):
    """How data is spread over several databases.

    Rows are spread over `logical` shards, and those lie in `databases`: a row's logical shard
    never changes, only the database that it is in.
    """

    component: Name
    by: list[Text]
    logical: LogicalShards | None = None
    databases: list[Name] = []
    tables: list[Text] = []
    from_phase: Name | None = None


class ReplicaRouting(Model):
    """Which reads go to replicas.

    A replica is a setting of its database (`replicas: 2` on RDS), or one of `components`.
    One for `analytics` answers only reads that ask for it.
    """

    component: Name
    count: Count
    reads: list[Text] = []
    components: list[Name] = []
    allowed_lag_seconds: Positive | None = None
    analytics: bool = False
    from_phase: Name | None = None


class DataGrowth(Model):
    """What keeps the data layer fast as it grows."""

    partitions: list[Partition] = []
    sharding: list[Sharding] = []
    replicas: list[ReplicaRouting] = []
    practices: list[Text] = []


class Sandboxes(Model):
    """The life of a sandbox."""

    component: Name
    stop_after_seconds: Positive
    delete_on_stop: bool = True
    keep_environment: bool = True
    clean_up: Text = ""


class IdleMachine(Model):
    """When a machine nobody uses is stopped, and how it comes back.

    It is idle when the `statistic` of `metric` over the window lies below `below`, or when
    the window holds no data at all and `no_data_is_idle`.
    """

    component: Name
    phases: list[Name] = []
    metric: Name
    statistic: Literal["average", "sum", "maximum"] = "sum"
    no_data_is_idle: bool = False
    below: Number
    window_seconds: Positive
    check_every_seconds: Positive
    cold_start_seconds: Positive | None = None
    optional: bool = True


class Practice(Model):
    """An item of a checklist, whether it is met, and what shows it."""

    do: Text
    area: Text = ""
    met: bool | None = None
    shown_by: Text = ""


class Option(Model):
    """One answer to a decision, with what speaks for and against it."""

    name: Text
    pros: list[Text] = []
    cons: list[Text] = []
    use_if: list[Text] = []


class Decision(Model):
    """A choice the team made, the options, and why."""

    question: Text
    chosen: list[Text] = []
    why: Text = ""
    options: list[Option] = []


class Answer(Model):
    """A question that people ask, and the answer."""

    question: Text
    answer: Text


class NextStep(Model):
    """What to do when a demand variable reaches a value, or at a moment in words."""

    at: dict[Name, Quantity] = {}
    when: Text = ""
    do: Text
    phase: Name | None = None

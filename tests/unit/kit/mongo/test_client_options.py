"""The settings of a pool in the words of PyMongo."""

from __future__ import annotations

from outgrow_kit import Secret
from outgrow_kit.mongo import client_options, mongo_client
from outgrow_kit.settings import MongoSettings, PoolSettings


def test_every_setting_of_the_pool_reaches_the_client() -> None:
    pool = PoolSettings(
        minimum=2, maximum=7, timeout_seconds=3, connect_timeout_seconds=1.5,
        statement_timeout_seconds=12, recycle_seconds=600,
    )  # fmt: skip
    with mongo_client(MongoSettings(url=Secret("mongodb://h/d"), pool=pool)) as client:
        found = client.options
        assert (found.pool_options.min_pool_size, found.pool_options.max_pool_size) == (2, 7)
        assert found.pool_options.wait_queue_timeout == 3
        assert found.pool_options.connect_timeout == 1.5
        assert found.pool_options.max_idle_time_seconds == 600
        assert found.timeout == 12
        assert found.server_selection_timeout == 3


def test_a_pool_is_never_without_a_limit() -> None:
    options = client_options(PoolSettings(minimum=3, maximum=0))
    assert (options["maxPoolSize"], options["minPoolSize"]) == (1, 1)


def test_no_limit_for_statements_leaves_each_step_its_own() -> None:
    assert "timeoutMS" not in client_options(PoolSettings(statement_timeout_seconds=0))

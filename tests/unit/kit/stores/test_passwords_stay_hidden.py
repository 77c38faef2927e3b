"""Whoever connects to PostgreSQL never shows the password of an address, readable or not."""

from __future__ import annotations

import asyncio
import logging
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest
from alembic.command import upgrade
from alembic.config import Config
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from tests.engines.processes import free_port

from outgrow_kit import InvalidSettings, Secret, Settings
from outgrow_kit.cache.postgres_store import PostgresStore
from outgrow_kit.cache.steps import Read
from outgrow_kit.databases.engines import Server, make_async_engine, make_engine
from outgrow_kit.errors import StoreUnavailable
from outgrow_kit.settings import DatabaseSettings, PoolSettings

PLANTED = "hunter2"
UNREADABLE = [
    f"postgresql+psycopg://app:{PLANTED}@[::1/app",
    f"postgresql://app:{PLANTED}@host:port/app",
    f"postgresql://app:x@{PLANTED}@host/app",
    f"postgresql://app:{PLANTED}/x@host/app",
    f"app:{PLANTED}@host",
]
_ENV = """
from alembic import context
from outgrow_kit.migrations.running import run_migrations
run_migrations(None, settings=context.config.attributes["settings"])
"""
Connects = Callable[[DatabaseSettings], None]


def _cache(database: DatabaseSettings) -> None:
    store = PostgresStore(database, namespace="app", deadline_seconds=10, token=lambda: "t")
    try:
        store.perform(Read(("a",)))
    finally:
        store.close()


def _engine(database: DatabaseSettings) -> None:
    engine = make_engine(Server(database.url, PoolSettings(), 1))
    assert PLANTED not in repr(engine)
    with engine.connect() as connection:
        connection.execute(text("SELECT 1"))


def _async_engine(database: DatabaseSettings) -> None:
    async def connect() -> None:
        engine = make_async_engine(Server(database.url, PoolSettings(), 1))
        assert PLANTED not in repr(engine)
        async with engine.connect() as connection:
            await connection.execute(text("SELECT 1"))

    asyncio.run(connect())


def _migrations(database: DatabaseSettings) -> None:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "versions").mkdir()
        (Path(folder) / "env.py").write_text(_ENV)
        config = Config(attributes={"settings": Settings(database=database)})
        config.set_main_option("script_location", folder)
        upgrade(config, "head")


@pytest.mark.parametrize("connects", [_cache, _engine, _async_engine, _migrations])
@pytest.mark.parametrize("address", UNREADABLE)
def test_an_address_that_cannot_be_read_is_refused_without_its_password(
    address: str, connects: Connects, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(InvalidSettings, match="cannot be read") as raised:
        connects(DatabaseSettings(url=Secret(address)))
    assert PLANTED not in _shown(raised.value) + caplog.text


@pytest.mark.parametrize("connects", [_cache, _engine, _async_engine, _migrations])
@pytest.mark.parametrize("scheme", ["postgresql", "postgresql+psycopg"])
def test_a_server_that_is_away_is_told_without_the_password(
    scheme: str, connects: Connects, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    address = f"{scheme}://app:{PLANTED}@127.0.0.1:{free_port()}/app"
    with pytest.raises((StoreUnavailable, OperationalError)) as raised:
        connects(DatabaseSettings(url=Secret(address)))
    assert PLANTED not in _shown(raised.value) + caplog.text


def _shown(error: BaseException) -> str:
    return "".join(traceback.format_exception(error)) + repr(error)

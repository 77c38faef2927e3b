"""An application whose projects belong to organisations, on several servers."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import uuid4

from sqlalchemy import BigInteger, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from tests.engines.postgres import PostgresServer

from outgrow_kit import Secret
from outgrow_kit.settings import DatabaseSettings, PoolSettings, Shard, ShardSettings


class Base(DeclarativeBase):
    pass


class Project(Base):
    __tablename__ = "projects"
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    organization_id: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)


@dataclass(frozen=True)
class Servers:
    """Servers by name; the first is the main one."""

    running: dict[str, PostgresServer]

    def databases(self) -> dict[str, str]:
        """Return the address of a new, empty database on each server, by the server's name."""
        name = f"shards_{uuid4().hex}"
        return {one: server.database(name) for one, server in self.running.items()}


def settings_of(urls: dict[str, str], logical: int = 64, spread: bool = True) -> DatabaseSettings:
    """Return the settings of an application on the databases, or on the first alone."""
    first = next(iter(urls.values()))
    return DatabaseSettings(
        url=Secret(first),
        pool=PoolSettings(maximum=4, timeout_seconds=2),
        shards=ShardSettings(
            by="organization_id",
            logical=logical,
            databases=tuple(Shard(name=name, url=Secret(url)) for name, url in urls.items()),
        )
        if spread
        else None,
    )

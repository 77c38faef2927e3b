"""`Database`: sessions that write and sessions that read, for threads."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from threading import Event
from types import TracebackType
from typing import Self

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from outgrow_kit.clock import Clock, monotonic
from outgrow_kit.databases.begin import OPTION, Begin
from outgrow_kit.databases.budget import PoolBudget
from outgrow_kit.databases.copies import CopyStatus
from outgrow_kit.databases.engines import Server, make_engine
from outgrow_kit.databases.fleet import Asked, Fleet, warned
from outgrow_kit.databases.position import Position
from outgrow_kit.databases.routing import Tolerance
from outgrow_kit.databases.seen import Memory, Seen
from outgrow_kit.databases.sessions import RoutedSession, WritingSession
from outgrow_kit.settings.model import DatabaseSettings


class _Threads:
    """Engines for threads."""

    def make(self, server: Server) -> Engine:
        return make_engine(server)

    def sync(self, engine: Engine) -> Engine:
        return engine

    def begins_with(self, engine: Engine, begin: Begin) -> Engine:
        return engine.execution_options(**{OPTION: begin})

    def pause(self, seconds: float) -> object:
        return Event().wait(seconds)


class Database:
    """PostgreSQL with the copies that a phase has; the same code with and without them.

    `wait_seconds` is how long a read waits for a copy that has not yet what the client wrote,
    before the primary answers it; `deadline_seconds` how long a copy may take to begin.
    Nothing connects before the first session.
    """

    def __init__(
        self,
        settings: DatabaseSettings,
        *,
        wait_seconds: float = 0.05,
        deadline_seconds: float = 0.25,
        application_name: str = "outgrow-kit",
        clock: Clock = monotonic,
    ) -> None:
        tolerance = Tolerance(
            allowed_lag_seconds=settings.allowed_lag_seconds,
            wait_seconds=wait_seconds,
            deadline_seconds=deadline_seconds,
        )
        self._fleet = Fleet(settings, _Threads(), tolerance, application_name, clock)
        self.settings = settings
        self.memory = Memory(settings.allowed_lag_seconds, clock)

    @property
    def engine(self) -> Engine:
        """Return the primary's engine, for what needs one: migrations, bulk loads."""
        return self._fleet.primary

    @property
    def has_replicas(self) -> bool:
        """Return whether reads may be answered by another server than writes."""
        return self._fleet.router is not None

    @contextmanager
    def write(
        self, *, isolation: str | None = None, statement_timeout_seconds: float | None = None
    ) -> Iterator[Session]:
        """Yield a session on the primary; the end of the block commits, an exception rolls back.

        Raises sqlalchemy.exc.OperationalError when the server does not answer.
        """
        asked = Asked(False, isolation, statement_timeout_seconds)
        engine, router = self._fleet.primary_engine(asked), self._fleet.router
        session = (
            Session(engine, expire_on_commit=False)
            if router is None
            else WritingSession(
                engine, router=router, seen=self.memory.here(), expire_on_commit=False
            )
        )
        with session:
            yield session
            session.commit()

    @contextmanager
    def read(
        self,
        *,
        after: Position | None = None,
        analytics: bool = False,
        isolation: str | None = None,
        statement_timeout_seconds: float | None = None,
    ) -> Iterator[Session]:
        """Yield a session that only reads: from a copy within the allowed lag, or the primary.

        It sees what this request or thread has written, and everything up to `after`.
        `analytics` prefers a copy for analytics, however far behind; both do nothing in a
        phase without copies. A cached function that fills reads from the primary, analytics
        excepted. Writing in it raises sqlalchemy.exc.InternalError.
        """
        asked = Asked(True, isolation, statement_timeout_seconds)
        engine, router = self._fleet.primary_engine(asked), self._fleet.router_for(asked)
        session = (
            Session(engine, expire_on_commit=False)
            if router is None
            else RoutedSession(
                engine,
                router=router,
                seen=self.memory.here(),
                after=after,
                begin=self._fleet.begin(asked),
                analytics=analytics,
                expire_on_commit=False,
            )
        )
        with session:
            yield session

    def check_budget(self) -> PoolBudget:
        """Return whether all processes' pools fit into the server, by its own settings."""
        with self._fleet.primary_engine(Asked(True)).connect() as connection:
            return self._fleet.live_budget(connection)

    def remembering(self, after: Position | None = None) -> AbstractContextManager[Seen]:
        """Let reads in the block see what was written in it; for what is no web request.

        `after` is what an earlier block had seen (`seen.position`), for example of the request
        that queued this job. Without it, each thread and task remembers what it wrote itself.
        """
        return self.memory.remembering(after)

    def replicas(self) -> tuple[CopyStatus, ...]:
        """Return what this process knows of each replica; nothing is asked for it."""
        return self._fleet.router.status() if self._fleet.router else ()

    def open(self) -> PoolBudget:
        """Open `pool.minimum` connections, and return the budget by the server's own settings.

        For the start of a process: what does not fit is a warning in the log as well.
        """
        engine = self._fleet.primary
        wanted = min(self.settings.pool.minimum, self.settings.pool.maximum)
        opened = [engine.connect() for _ in range(wanted)]
        for connection in opened:
            connection.close()
        return warned(self.check_budget())

    def close(self) -> None:
        """Close every connection that no session holds."""
        for engine in self._fleet.engines:
            engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

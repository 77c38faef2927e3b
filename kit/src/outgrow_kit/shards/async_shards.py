"""`AsyncShards`: the same sessions for asyncio."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from types import TracebackType
from typing import Any, Self

from sqlalchemy import Select, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from outgrow_kit.clock import Clock, monotonic
from outgrow_kit.databases import AsyncDatabase, within
from outgrow_kit.settings.model import DatabaseSettings
from outgrow_kit.shards.directory import (
    Directory,
    Known,
    create_directory,
    create_gate,
    create_ids,
    is_missing,
    known_database,
    read_directory,
    read_generation,
)
from outgrow_kit.shards.entering import (
    GIVE_BACK,
    RESERVE,
    RESERVE_VALUES,
    Entry,
    enters,
    first_homes,
    is_main,
    on_its_way,
    pauses,
    refused,
    settings_of,
    shards_of,
    too_late,
)
from outgrow_kit.shards.errors import NoIds, ShardMoving, ShardsUnavailable
from outgrow_kit.shards.gathering import ATTEMPTS, Gathered, Question
from outgrow_kit.shards.ids import Allocator, Span, Wait
from outgrow_kit.shards.placement import Key, key_text, logical_shard
from outgrow_kit.shards.shards import first_line

_LOGICAL = 1024  # what ids carry in a phase without shards
# A newer directory is good to have, not worth a request's whole deadline.
_REFRESH_SECONDS = 0.25


class AsyncShards:
    """The databases that hold the rows of users or organisations; the same code with one.

    `ttl_seconds` is how long the directory is used before looking for a newer one: an older
    one costs a detour and nothing else. `wait_seconds` is the longest that a session waits
    while its rows are moved, when no `within` is shorter. `main` is the application's own
    `AsyncDatabase`, so that both share its connections; without it, one is opened and closed here.
    """

    def __init__(
        self,
        settings: DatabaseSettings,
        *,
        main: AsyncDatabase | None = None,
        ttl_seconds: float = 5.0,
        wait_seconds: float = 5.0,
        clock: Clock = monotonic,
    ) -> None:
        self.settings = settings
        self._main = main or AsyncDatabase(settings)
        self._own = [] if main else [self._main]
        self._wait_seconds = wait_seconds
        self._clock = clock
        self._known = Known(ttl_seconds, clock)
        self._reading = asyncio.Lock()
        self._ids = Allocator(clock)
        self._reserving = asyncio.Lock()
        self._spread = shards_of(settings)
        self._databases: dict[str, AsyncDatabase] = {}
        for one in self._spread.databases if self._spread else ():
            shared = is_main(one, settings)
            self._databases[one.name] = (
                self._main if shared else AsyncDatabase(settings_of(one, settings))
            )
            if not shared:
                self._own.append(self._databases[one.name])

    @property
    def logical(self) -> int:
        """Return how many logical shards there are."""
        return self._spread.logical if self._spread else _LOGICAL

    @property
    def names(self) -> tuple[str, ...]:
        """Return the databases' names; none in a phase without shards."""
        return tuple(self._databases)

    async def prepare(self, *, spread: bool = False) -> None:
        """Make the tables that shards need, where they are missing; see docs/kit/shards.md.

        Shards that nobody has assigned lie in the main database; with `spread`, for an
        application without rows, in all databases alike. Runs by itself when it is missing.
        """
        async with self._main.engine.begin() as connection:
            await connection.run_sync(create_ids)
            if self._spread is not None:
                homes = first_homes(self._spread.databases, self.settings, spread)
                await connection.run_sync(create_directory, self.logical, homes)
        for database in self._databases.values():
            async with database.engine.begin() as connection:
                await connection.run_sync(create_gate)

    async def place(self, key: Key) -> str | None:
        """Return the name of the database that holds a key; None in a phase without shards."""
        if self._spread is None:
            return None
        return (await self._directory()).place(key)[0]

    @asynccontextmanager
    async def session(
        self,
        key: Key,
        *,
        read_only: bool = False,
        isolation: str | None = None,
        statement_timeout_seconds: float | None = None,
    ) -> AsyncIterator[AsyncSession]:
        """Yield a session on the database of `key`; the end of the block commits.

        In it belong the rows of this key and no others. While they are moved it waits, and then
        is on the new database; raises ShardMoving when that takes too long. `read_only` is on
        the shard's primary as well: its gate and its log know of a move, a replica's do not.
        """
        options: dict[str, Any] = {
            "isolation": isolation, "statement_timeout_seconds": statement_timeout_seconds
        }  # fmt: skip
        if self._spread is None:
            opened = self._main.read(**options) if read_only else self._main.write(**options)
            async with opened as session:
                yield session
            return
        async with AsyncExitStack() as stack:
            session = await self._entered(key, read_only, stack, options)
            try:
                yield session
                await session.commit()
            except DBAPIError as error:
                moved = on_its_way(error)
                if moved is None:
                    raise
                raise moved from error

    async def _entered(
        self, key: Key, read_only: bool, stack: AsyncExitStack, options: dict[str, Any]
    ) -> AsyncSession:
        entered = key_text(key)
        tries: Iterator[float] | None = None
        while True:
            asked_at = self._known.now()
            name, shard = (await self._directory()).place(key)
            database = self._databases[known_database(name, self._databases)]
            try:
                async with AsyncExitStack() as attempt:
                    session = await attempt.enter_async_context(database.write(**options))
                    enters(session.sync_session, Entry(shard, entered, read_only))
                    await session.connection()
                    stack.push_async_exit(attempt.pop_all())
                    return session
            except DBAPIError as error:
                reason = refused(error)
                if reason is None:
                    late = too_late(error) if tries is not None else None
                    if late is None:
                        raise
                    raise late from error
                tries = pauses(self._wait_seconds, self._clock) if tries is None else tries
                pause = next(tries)
                if reason == "missing":
                    await self.prepare()
            if (await self._refreshed_since(asked_at)).place(key)[
                0
            ] == name and reason != "missing":
                await asyncio.sleep(pause)

    async def gather(
        self,
        statement: Select[Any],
        *,
        by: Any,
        limit: int,
        order: Callable[[Any], Any] | None = None,
        descending: bool = False,
        concurrency: int = 8,
        timeout_seconds: float = 2.0,
        partial: bool = False,
    ) -> Gathered:
        """Return the first `limit` rows of all shards, each row once, also while one is moved.

        `by` is the column of the key, `order` what a row is sorted by, as the statement itself
        sorts (`descending` or not). Raises ShardsUnavailable unless all databases answer within
        `timeout_seconds`; with `partial` the answer says which of them are missing.
        """
        question = Question(statement, by, order, descending, limit)
        if self._spread is None:
            with within(timeout_seconds, self._clock):
                async with self._main.read() as session:
                    found = await session.execute(question.alone())
                    return Gathered(tuple(found.all()))
        for _ in range(ATTEMPTS):
            directory = await self._refreshed_since(self._known.now())
            answers, reasons = await self._asked_all(
                question, directory, concurrency, timeout_seconds
            )
            async with self._main.engine.connect() as connection:
                moved = await connection.run_sync(read_generation) != directory.generation
            if moved:
                continue
            if reasons and not partial:
                raise ShardsUnavailable(reasons)
            return Gathered(question.merged(answers), tuple(sorted(reasons)))
        raise ShardMoving("shards are moved faster than all of them can be read; try again")

    async def _asked_all(
        self, question: Question, directory: Directory, concurrency: int, seconds: float
    ) -> tuple[list[list[Any]], dict[str, str]]:
        names = directory.databases
        answers: list[list[Any]] = []
        reasons: dict[str, str] = {}
        free = asyncio.Semaphore(max(concurrency, 1))

        async def ask(name: str) -> None:
            try:
                async with free:
                    answers.append(await self._asked(name, question, directory, seconds))
            except SQLAlchemyError as error:
                reasons[name] = first_line(error)

        async with asyncio.TaskGroup() as tasks:
            for name in names:
                tasks.create_task(ask(name))
        return answers, reasons

    async def _asked(
        self, name: str, question: Question, directory: Directory, seconds: float
    ) -> list[Any]:
        database = self._databases[known_database(name, self._databases)]
        with within(seconds, self._clock):
            async with database.write(isolation="REPEATABLE READ") as session:
                await session.execute(text("SET TRANSACTION READ ONLY"))
                asked = await session.run_sync(
                    lambda one: question.for_database(name, directory, one.connection())
                )
                return list((await session.execute(asked)).all())

    async def new_id(self, key: Key) -> int:
        """Return a new id for a row of `key`: 63 bits, growing with time, never given twice.

        Asks the main database once in half a minute. Raises sqlalchemy.exc.OperationalError
        when it has not answered for that long, NoIds with more than 256 processes at once.
        """
        shard = logical_shard(key, self.logical)
        for _ in range(ATTEMPTS):
            if self._ids.is_due():
                await self._reserve()
            try:
                found = self._ids.take(shard)
            except Wait as wait:
                await asyncio.sleep(wait.seconds)
                found = self._ids.take(shard)
            if found is not None:
                return found
            await self._reserve(at_once=True)
        raise NoIds("no span of time for ids could be had")

    async def _reserve(self, *, at_once: bool = False) -> None:
        async with self._reserving:
            had = self._ids.span
            if not at_once and not self._ids.is_due():
                return  # another task did it meanwhile
            try:
                await self._reserve_span()
            except SQLAlchemyError:
                if had is None or at_once:
                    raise

    async def _reserve_span(self) -> None:
        for attempt in range(ATTEMPTS):
            asked_at = self._clock()
            try:
                async with self._main.engine.begin() as connection:
                    given = await connection.exec_driver_sql(RESERVE, RESERVE_VALUES)
                    row: Any = given.one_or_none()
            except DBAPIError as error:
                if not is_missing(error) or attempt:
                    raise
                await self.prepare()
                continue
            if row is not None:
                self._ids.use(Span(row[0], row[1], row[2]), row[3], asked_at)
                return
        raise NoIds("every slot for ids is being reserved by another process; try again")

    async def _directory(self) -> Directory:
        found = self._known.directory
        if found is not None and not self._known.is_due():
            return found
        if found is not None and self._reading.locked():
            return found  # somebody is reading it; the gate tells if this is too old
        async with self._reading:
            known = self._known.directory
            if known is not None and not self._known.is_due():
                return known
            if known is None:
                return await self._read()
            try:
                with within(_REFRESH_SECONDS, self._clock):
                    return await self._read()
            except SQLAlchemyError:
                self._known.could_not_be_read()
                return known

    async def _refreshed_since(self, moment: float) -> Directory:
        async with self._reading:
            found = self._known.directory
            if found is None or self._known.is_older_than(moment):
                return await self._read()
            return found

    async def _read(self) -> Directory:
        asked_at = self._known.now()
        async with self._main.engine.connect() as connection:
            found = await connection.run_sync(read_directory, self.logical)
        if found is None:
            await self.prepare()
            async with self._main.engine.connect() as connection:
                found = await connection.run_sync(read_directory, self.logical)
            assert found is not None
        return self._known.was_read(found, asked_at)

    async def close(self) -> None:
        """Give back the span of ids, and close every connection that was opened here."""
        given = self._ids.give_back()
        if given is not None:
            span, used = given
            values = {"used": used, "slot": span.slot, "end": span.end_ms}
            try:
                with within(1.0, self._clock):
                    async with self._main.engine.begin() as connection:
                        await connection.exec_driver_sql(GIVE_BACK, values)
            except SQLAlchemyError:
                pass  # the slot is free again when the span is over
        for database in self._own:
            await database.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

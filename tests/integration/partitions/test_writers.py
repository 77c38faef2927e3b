"""Writers go on while a table is split: none fails, none is late, no row is lost or doubled."""

from __future__ import annotations

import random
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Event

import psycopg
import pytest
from psycopg import IsolationLevel, errors
from tests.integration.partitions.workplace import HURRY, TODAY, Silent, Workplace

from outgrow.operations.partitioning.applied import apply_table
from outgrow.partitions.copying import Pace

WRITERS = 4
ROWS = 6_000
DEADLINE_SECONDS = 5.0

Rows = dict[int, tuple[str, int]]


class Writer:
    """Inserts, updates, deletes and moves rows of its own, and remembers what was agreed to."""

    def __init__(self, work: Workplace, number: int, level: IsolationLevel) -> None:
        self._work = work
        self._random = random.Random(number)
        self._next = 1_000_000 + number
        self._level = level
        self.rows: Rows = {}
        self.slowest_seconds = 0.0
        self.writes = 0

    def run(self, over: Event) -> None:
        with psycopg.connect(self._work.url) as connection:
            connection.isolation_level = self._level
            connection.execute(f"set statement_timeout = {int(DEADLINE_SECONDS * 1000)}")
            connection.commit()
            while not over.is_set():
                began = time.monotonic()
                self._write(connection)
                self.slowest_seconds = max(self.slowest_seconds, time.monotonic() - began)
                self.writes += 1
                over.wait(0.004)  # as many as a busy application, not as many as the disk takes

    def _write(self, connection: psycopg.Connection) -> None:
        ways = [self._insert, self._update, self._update, self._move, self._rename, self._delete]
        way = self._random.choice(ways)
        while True:  # as an application does under this isolation level
            rows = dict(self.rows)
            try:
                way(connection, rows)
                connection.commit()
            except errors.SerializationFailure:
                connection.rollback()
            else:
                self.rows = rows
                return

    def _one(self, rows: Rows) -> int:
        return self._random.choice(list(rows))

    def _day(self) -> str:
        return f"2026-0{self._random.randint(1, 5)}-1{self._random.randint(0, 9)}"

    def _new(self) -> int:
        self._next += WRITERS
        return self._next

    def _insert(self, connection: psycopg.Connection, rows: Rows) -> None:
        key, day = self._new(), self._day()
        connection.execute("insert into events values (%s, %s, 0)", [key, day])
        rows[key] = (day, 0)

    def _update(self, connection: psycopg.Connection, rows: Rows) -> None:
        key = self._one(rows)
        day, version = rows[key]
        changed = connection.execute("update events set version = version + 1 where id = %s", [key])
        assert changed.rowcount == 1
        rows[key] = (day, version + 1)

    def _move(self, connection: psycopg.Connection, rows: Rows) -> None:
        key, day = self._one(rows), self._day()
        changed = connection.execute("update events set created_at = %s where id = %s", [day, key])
        assert changed.rowcount == 1
        rows[key] = (day, rows[key][1])

    def _rename(self, connection: psycopg.Connection, rows: Rows) -> None:
        key, new = self._one(rows), self._new()
        changed = connection.execute("update events set id = %s where id = %s", [new, key])
        assert changed.rowcount == 1
        rows[new] = rows.pop(key)

    def _delete(self, connection: psycopg.Connection, rows: Rows) -> None:
        key = self._one(rows)
        assert connection.execute("delete from events where id = %s", [key]).rowcount == 1
        del rows[key]


@pytest.mark.parametrize("round_number", range(2))
def test_no_write_is_lost_doubled_refused_or_late(work: Workplace, round_number: int) -> None:
    work.run(
        "create table events (id int primary key, created_at date not null, version int not null)",
        f"insert into events select i, date '2026-01-01' + i % 120, 0"
        f" from generate_series(1, {ROWS}) i",
    )
    levels = [IsolationLevel.READ_COMMITTED, IsolationLevel.REPEATABLE_READ]
    writers = [Writer(work, i, levels[i % 2]) for i in range(WRITERS)]
    for key, day, version in work.rows("select id, created_at::text, version from events"):
        assert isinstance(key, int)
        assert isinstance(version, int)
        writers[key % WRITERS].rows[key] = (str(day), version)
    over = Event()
    with ThreadPoolExecutor(WRITERS) as pool:
        running = [pool.submit(one.run, over) for one in writers]
        try:
            with work.desk() as (database, desk):
                pace = Pace(first_rows=300, most_rows=1000, rest_share=0.2)
                apply_table(database, desk, work.policy, replace(HURRY, pace=pace), Silent(), TODAY)
            work.apply()
        finally:
            over.set()
        for one in running:
            one.result(60)
    expected = {key: row for one in writers for key, row in one.rows.items()}
    found = work.rows("select id, created_at::text, version from events")
    assert len(found) == len(expected)
    assert {key: (day, version) for key, day, version in found} == expected
    assert work.value("select relkind::text from pg_class where oid = 'events'::regclass") == "p"
    assert max(one.slowest_seconds for one in writers) < DEADLINE_SECONDS
    assert min(one.writes for one in writers) > 20
    assert work.leftovers() == []

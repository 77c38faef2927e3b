"""A run that is killed, with SIGKILL, at any point goes on at the next start, and loses nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from tests.commands import REPOSITORY
from tests.integration.partitions.workplace import Silent, Workplace

from outgrow.operations.partitioning.applied import undo_table
from outgrow.partitions.names import table_name

ROWS = (
    "create table {table} (id int primary key, created_at date, version int not null default 0)",
    "create index {table}_version on {table} (version)",
    "insert into {table} select i, date '2026-01-01' + i % 59 from generate_series(1, 150) i",
)
# What the application does between the kill and the next start.
WRITES = (
    "insert into {table} values (1000, '2026-01-20', 1)",
    "update {table} set version = version + 1, created_at = created_at + 1 where id <= 20",
    "update {table} set id = 2000 where id = 30",
    "delete from {table} where id = 31",
)
# So many points are passed: by a conversion of that table, by the archive of its three old
# partitions (each passes the same ones, so the first is enough), and by a restore of one.
POINTS = {"apply": 36, "archive": 42, "restore": 4}


def killed(work: Workplace, verb: str, table: str, point: int) -> int | None:
    """Run `verb` until the point; return None, or how many points a run that ended had passed."""
    script = Path(__file__).with_name("killed.py")
    ran = subprocess.run(
        [sys.executable, str(script), verb, work.url, str(work.folder), table, str(point)],
        env={**os.environ, "PYTHONPATH": f"{REPOSITORY / 'src'}:{REPOSITORY}"},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    if ran.returncode == -signal.SIGKILL:
        return None
    assert ran.returncode == 0, ran.stderr
    return int(ran.stdout)


def begin(work: Workplace, point: int) -> str:
    table = f"events{point}"
    work.policy = replace(work.policy, table=table_name(table))
    work.run(*(one.format(table=table) for one in ROWS))
    return table


@pytest.mark.parametrize("point", range(1, POINTS["apply"] + 1))
def test_a_killed_conversion_goes_on_and_no_row_is_lost_or_doubled(
    work: Workplace, point: int
) -> None:
    table = begin(work, point)
    assert killed(work, "apply", table, point) is None
    was_split = work.value(f"select relkind::text from pg_class where relname = '{table}'") == "p"
    before = dict(work.rows(f"select id, (created_at, version)::text from {table}"))
    work.run(*(one.format(table=table) for one in WRITES))
    expected = dict(work.rows(f"select id, (created_at, version)::text from {table}"))
    assert len(expected) == len(before) == 150
    work.apply()
    assert work.value(f"select relkind::text from pg_class where relname = '{table}'") == "p"
    assert work.rows(f"select count(*), count(distinct id) from {table}") == [(150, 150)]
    assert dict(work.rows(f"select id, (created_at, version)::text from {table}")) == expected
    if not was_split:
        assert work.same_rows(table, f"{table}_before_partitions")
    assert work.leftovers() == []


@pytest.mark.parametrize("point", range(1, POINTS["apply"] + 1, 8))
def test_a_killed_conversion_can_be_taken_back_until_the_swap(work: Workplace, point: int) -> None:
    table = begin(work, point)
    killed(work, "apply", table, point)
    if work.value(f"select relkind::text from pg_class where relname = '{table}'") == "p":
        work.apply()
    else:
        work.run(*(one.format(table=table) for one in WRITES))
        with work.desk() as (database, desk):
            undo_table(database, desk, Silent())
        left = work.texts(f"select relname from pg_class where relname like '{table}%' order by 1")
        assert left == [table, f"{table}_pkey", f"{table}_version"]
        work.run(f"insert into {table} values (5000, '2031-01-01')")
    assert work.leftovers() == []
    assert work.value(f"select count(*) from {table}") in {150, 151}


def test_these_are_all_points(work: Workplace) -> None:
    table = begin(work, 0)
    passed = {verb: killed(work, verb, table, 10_000) for verb in POINTS}
    assert passed == POINTS


@pytest.mark.parametrize("point", range(1, POINTS["archive"] // 3 + 1))
def test_a_killed_archive_goes_on_and_every_row_is_here_or_kept(
    work: Workplace, point: int
) -> None:
    table = begin(work, point)
    work.apply()
    rows = work.rows(f"select * from {table} order by id")
    killed(work, "archive", table, point)
    work.archive()
    assert work.value(f"select count(*) from {table}") == 0
    assert work.value(f"select to_regclass('{table}_p2026_01')") is None
    work.restore(f"{table}_p2026_01")
    work.restore(f"{table}_p2026_02")
    assert work.rows(f"select * from {table} order by id") == rows


@pytest.mark.parametrize("point", range(1, POINTS["restore"] + 1))
def test_a_killed_restore_goes_on(work: Workplace, point: int) -> None:
    table = begin(work, point)
    work.apply()
    query = f"select * from {table} where created_at < '2026-02-01' order by id"
    rows = work.rows(query)
    work.archive()
    killed(work, "restore", table, point)
    work.restore(f"{table}_p2026_01")
    assert work.rows(query) == rows
    assert work.leftovers() == []

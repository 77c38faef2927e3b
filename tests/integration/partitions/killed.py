"""Runs a command on partitions and kills itself, with SIGKILL, at the moment it was told.

Called as `killed.py VERB URL FOLDER TABLE POINT`. A point is passed before each transaction is
committed, after it was committed, and before and after what runs outside of one.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from tests.integration.partitions.workplace import HURRY, TODAY, Silent, Workplace

from outgrow.clients.postgres import PostgresDatabase, PostgresSession
from outgrow.operations.partitioning.applied import apply_table
from outgrow.operations.partitioning.archived import archive_table, restore_one
from outgrow.partitions.names import table_name
from outgrow.partitions.ports import Limits


class MortalDatabase:
    """A database whose user dies at the point `last`."""

    def __init__(self, real: PostgresDatabase, last: int) -> None:
        self._real = real
        self._left = last
        self.passed = 0

    def _point(self) -> None:
        self.passed += 1
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    @contextmanager
    def transaction(self, limits: Limits, *, snapshot: bool = False) -> Iterator[PostgresSession]:
        with self._real.transaction(limits, snapshot=snapshot) as session:
            yield session
            if not snapshot:
                self._point()
        if not snapshot:
            self._point()

    def alone(self, statement: str, limits: Limits) -> None:
        self._point()
        self._real.alone(statement, limits)
        self._point()


def main() -> None:
    verb, url, folder, table, point = sys.argv[1:]
    work = Workplace(url, Path(folder))
    work.policy = replace(work.policy, table=table_name(table))
    with work.desk() as (real, desk):
        database = MortalDatabase(real, int(point))
        if verb == "apply":
            apply_table(database, desk, work.policy, HURRY, Silent(), TODAY)
        elif verb == "archive":
            archive_table(work.targets, database, desk, work.policy, Silent(), TODAY)
        else:
            restore_one(
                work.targets, database, desk, work.policy, f"{table}_p2026_01", None, Silent()
            )
        print(database.passed)


if __name__ == "__main__":
    main()

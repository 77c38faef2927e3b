"""Takes an old partition out of the database, once it has been proven to be kept elsewhere.

Nothing is detached before its archive was read back into a scratch schema and found equal, and
nothing is dropped before it was compared once more after nobody could write to it any longer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from outgrow.errors import OutsideError
from outgrow.partitions.facts import Existing, Table
from outgrow.partitions.keeping import Vault, content_of
from outgrow.partitions.manifest import Manifest
from outgrow.partitions.names import TableName
from outgrow.partitions.patience import never_free, patiently, pause_after, run_patiently
from outgrow.partitions.policy import Format
from outgrow.partitions.ports import (
    BATCH,
    SHORT,
    Database,
    Limits,
    LockNotGranted,
    Pause,
    Progress,
    Record,
    Session,
)

STEPS = ("export", "rehearse", "detach", "compare", "drop")

# Detaching beside running queries waits for each of them to end.
_DETACHING = Limits(lock_seconds=60, statement_seconds=3600)
_EXPORTS = 5
_DETACHES = 300


class Bond(Enum):
    """How a partition hangs on to its table."""

    ATTACHED = "attached"
    PENDING = "pending"
    ALONE = "alone"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Leaving:
    """A partition on its way out: its table, what is split by, and how it is written."""

    table: Table
    partition: Existing
    column: str
    format: Format


class Archiver:
    """Archives one partition, from wherever an earlier run left it."""

    def __init__(
        self,
        leaving: Leaving,
        database: Database,
        vault: Vault,
        record: Record,
        progress: Progress,
        pause: Pause,
    ) -> None:
        self._one = leaving
        self._database = database
        self._vault = vault
        self._record = record
        self._progress = progress
        self._pause = pause
        self._actions: dict[str, Callable[[], str]] = {
            "export": self._exported, "rehearse": self._rehearse, "detach": self._detach,
            "compare": self._compare, "drop": self._drop,
        }  # fmt: skip

    def run(self) -> Manifest:
        """Do every step that is not done; return what is kept.

        Raises OutsideError when there is no room, ArchiveDamaged when what comes back is not
        what went in. The partition is then still in the database.
        """
        for step in STEPS:
            if not self._record.is_done(step):
                self._progress.step(f"{self._one.partition.name.shown}: {step}")
                self._record.started(step)
                kept = self._actions[step]()
                self._record.done(step, {"manifest": kept})
        return self._vault.manifest(self._kept())

    def _exported(self) -> str:
        """Write the rows as they are now; return what the manifest is called."""
        one = self._one
        manifest = self._vault.keep(
            self._database, one.table, one.partition, one.column, one.format
        )
        self._progress.rows(manifest.rows)
        return manifest.own_name

    def _rehearse(self) -> str:
        """Read the archive back; export once more while the partition is still written to."""
        name = self._kept()
        for _ in range(_EXPORTS):
            manifest = self._vault.manifest(name)
            self._vault.rehearse(self._database, manifest)
            if self._is_still(manifest):
                return name
            self._progress.note("rows were written meanwhile: exporting again")
            name = self._exported()
        raise OutsideError(
            f"{self._one.partition.name.shown} is still written to; nothing was detached",
            "Keep more partitions (`keep`), so that only quiet ones get old.",
        )

    def _detach(self) -> str:
        for attempt in range(_DETACHES):
            bond = self._bond()
            if bond in {Bond.ALONE, Bond.GONE}:
                return self._kept()
            try:
                self._detach_once(bond)
            except LockNotGranted:
                self._pause.wait(pause_after(attempt))
        raise never_free()

    def _detach_once(self, bond: Bond) -> None:
        table, name = self._one.table.name, self._one.partition.name
        if bond is Bond.PENDING:
            self._database.alone(
                f"alter table {table} detach partition {name} finalize", _DETACHING
            )
        elif any(one.written == "DEFAULT" for one in self._one.table.partitions):
            # PostgreSQL cannot do it beside running queries then.
            statement = f"alter table {table} detach partition {name}"
            with self._database.transaction(SHORT) as session:
                session.run(statement)
        else:
            statement = f"alter table {table} detach partition {name} concurrently"
            self._database.alone(statement, _DETACHING)

    def _compare(self) -> str:
        """Compare what nobody can write to any more with what is kept."""
        name = self._kept()
        if self._bond() is Bond.GONE:
            return name
        manifest = self._vault.manifest(name)
        if not self._is_still(manifest):
            self._progress.note("rows were written before it was detached: exporting again")
            name = self._exported()
            manifest = self._vault.manifest(name)
            self._vault.rehearse(self._database, manifest)
            if not self._is_still(manifest):
                raise self._written_to()
        self._vault.check(manifest)
        return name

    def _drop(self) -> str:
        """Drop the table, unless a last look finds other rows in it than are kept."""
        name = self._kept()
        if self._bond() is Bond.ALONE:
            if not self._is_still(self._vault.manifest(name)):
                raise self._written_to()
            run_patiently(
                self._database, self._pause, SHORT, (f"drop table {self._one.partition.name}",)
            )
        return name

    def _written_to(self) -> OutsideError:
        name = self._one.partition.name.shown
        return OutsideError(
            f"{name} is written to although it is detached; it was not dropped",
            "Find what names this table itself, then run `outgrow partitions archive` again.",
        )

    def _is_still(self, manifest: Manifest) -> bool:
        name, columns = self._one.partition.name, manifest.column_names
        return content_of(self._database, name, columns) == manifest.content

    def _kept(self) -> str:
        """Return the name of the newest manifest that a step has written."""
        found = [self._record.found(step).get("manifest") for step in STEPS]
        names = [one for one in found if isinstance(one, str)]
        return names[-1]

    def _bond(self) -> Bond:
        return patiently(
            self._database,
            self._pause,
            BATCH,
            lambda session: bond_of(session, self._one.table.name, self._one.partition.name),
        )


def bond_of(session: Session, table: TableName, partition: TableName) -> Bond:
    """Return how `partition` hangs on to `table`."""
    query = (
        "select to_regclass(%s) is null, (select inhdetachpending from pg_inherits"
        " where inhparent = to_regclass(%s) and inhrelid = to_regclass(%s))"
    )
    gone, pending = session.rows(query, [str(partition), str(table), str(partition)])[0]
    if gone:
        return Bond.GONE
    if pending is None:
        return Bond.ALONE
    return Bond.PENDING if pending else Bond.ATTACHED

"""Brings an archived partition back: loaded beside the table, proven, then attached."""

from __future__ import annotations

from collections.abc import Callable

from outgrow.errors import InputError, OutsideError
from outgrow.partitions.archiving import Bond, bond_of
from outgrow.partitions.copying import exists
from outgrow.partitions.creating import (
    attaching,
    bounds_constraint,
    marked,
    standing_alone,
    with_keys,
    without_bounds_constraint,
)
from outgrow.partitions.facts import Table
from outgrow.partitions.keeping import Vault, content_of
from outgrow.partitions.manifest import Manifest
from outgrow.partitions.patience import patiently
from outgrow.partitions.plan import NewPartition
from outgrow.partitions.ports import (
    LONG,
    SHORT,
    Database,
    Pause,
    Progress,
    Record,
    Session,
)

STEPS = ("check", "load", "attach")

_MARK = "being restored from an archive"


def choose(manifests: list[Manifest], partition: str) -> Manifest:
    """Return the newest archive of `partition`; raise InputError when there is none."""
    found = [one for one in manifests if one.partition == partition]
    if found:
        return found[-1]
    names = ", ".join(sorted({one.partition for one in manifests})) or "none"
    raise InputError(f"{partition} is not in the archive", f"There are: {names}.")


class Restorer:
    """Restores one partition, from wherever an earlier run left it."""

    def __init__(
        self,
        table: Table,
        manifest: Manifest,
        database: Database,
        vault: Vault,
        record: Record,
        progress: Progress,
        pause: Pause,
    ) -> None:
        self._table = table
        self._manifest = manifest
        self._database = database
        self._vault = vault
        self._record = record
        self._progress = progress
        self._pause = pause
        self._actions: dict[str, Callable[[], None]] = {
            "check": self._check, "load": self._load, "attach": self._attach,
        }  # fmt: skip

    def run(self) -> None:
        """Do every step that is not done.

        Raises ArchiveDamaged when the archive is not what was written; nothing was changed then.
        """
        for step in STEPS:
            if not self._record.is_done(step):
                self._progress.step(f"{self._manifest.partition}: {step}")
                self._record.started(step)
                self._actions[step]()
                self._record.done(step)

    def _check(self) -> None:
        self._vault.check(self._manifest)
        there = {one.name for one in self._table.structure.columns}
        missing = [name for name in self._manifest.column_names if name not in there]
        if missing:
            raise InputError(
                f"{self._table.name.shown} has no column {missing[0]} any more, which the archive "
                "has",
                "Add it, or read the archive with a tool of your own.",
            )

    def _load(self) -> None:
        """Fill a table that belongs to nothing yet; a killed load leaves no table."""
        one = self._manifest
        patiently(self._database, self._pause, LONG, self._load_in)
        self._progress.rows(one.rows)

    def _load_in(self, session: Session) -> None:
        one, name = self._manifest, self._manifest.name
        if exists(session, name):
            if not self._is_ours(session):
                raise _in_the_way(one)
            return
        for statement in standing_alone(self._table, name):
            session.run(statement)
        self._vault.load(session, one, name)
        session.run(bounds_constraint(self._table, one.column, name, one.period))
        for statement in with_keys(self._table, name):
            session.run(statement)
        session.run(marked(name, _MARK))

    def _attach(self) -> None:
        one, name = self._manifest, self._manifest.name
        if content_of(self._database, name, one.column_names) != one.content:
            raise OutsideError(
                f"{name.shown} holds other rows than were loaded",
                "Find what writes to this table itself, drop it, and restore again.",
            )
        patiently(self._database, self._pause, SHORT, self._attach_in)

    def _attach_in(self, session: Session) -> None:
        one, name = self._manifest, self._manifest.name
        if bond_of(session, self._table.name, name) is Bond.ATTACHED:
            return
        for statement in attaching(self._table, one.column, NewPartition(name, one.period)):
            session.run(statement)
        session.run(without_bounds_constraint(name))
        session.run(f"comment on table {name} is null")

    def _is_ours(self, session: Session) -> bool:
        query = "select obj_description(to_regclass(%s), 'pg_class')"
        found: object = session.rows(query, [str(self._manifest.name)])[0][0]
        attached = bond_of(session, self._table.name, self._manifest.name) is Bond.ATTACHED
        return attached or found == f"outgrow: {_MARK}"


def _in_the_way(manifest: Manifest) -> OutsideError:
    return OutsideError(
        f"there is a table {manifest.name.shown} already",
        "If it is the partition, nothing needs to be restored. Otherwise rename it.",
    )

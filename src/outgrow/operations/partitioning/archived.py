"""`outgrow partitions archive` and `restore`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

from pydantic import TypeAdapter

from outgrow.clients.clock import now
from outgrow.errors import InputError, OutgrowError
from outgrow.operations.journal_record import JournalRecord, RealPause
from outgrow.operations.partitioning.journaled import (
    Desk,
    at_desk,
    opened_state,
)
from outgrow.operations.partitioning.planned import read_and_plan
from outgrow.operations.partitioning.targets import Targets, connected, open_vault
from outgrow.partitions import archiving, restoring
from outgrow.partitions.archiving import Archiver, Leaving
from outgrow.partitions.facts import Existing, Table
from outgrow.partitions.manifest import Manifest
from outgrow.partitions.policy import Format, Policy
from outgrow.partitions.ports import LONG, Database, Progress
from outgrow.partitions.reading import read_table
from outgrow.partitions.restoring import Restorer, choose
from outgrow.store.records import Outcome


@dataclass(frozen=True, slots=True)
class _Archiving:
    """What a later run needs to go on with an archive."""

    partition: Existing
    column: str
    format: Format
    place: str


@dataclass(frozen=True, slots=True)
class _Restoring:
    """What a later run needs to go on with a restore."""

    partition: str
    manifest: str
    place: str


_ARCHIVING: TypeAdapter[_Archiving] = TypeAdapter(_Archiving)
_RESTORING: TypeAdapter[_Restoring] = TypeAdapter(_Restoring)


@dataclass(frozen=True, slots=True)
class Archived:
    """A partition that now lies in an archive, or was brought back from it."""

    table: str
    partition: str
    rows: int
    bytes: int
    sha256: str
    place: str
    file: str


def archive_partitions(targets: Targets, progress: Progress) -> tuple[Archived, ...]:
    """Take every partition that is old enough out of the database; return what is kept.

    Raises OutsideError when there is no room or the database refuses, ArchiveDamaged when what
    comes back is not what went in. Nothing that is not proven is dropped.
    """
    today = now().date()
    done: list[Archived] = []
    with opened_state(targets) as store, connected(targets) as database:
        for policy in targets.policies:
            with at_desk(store, targets, policy) as desk:
                database.hold(f"partitions of {policy.table}")
                done += archive_table(targets, database, desk, policy, progress, today)
    return tuple(done)


def restore_partition(
    targets: Targets, partition: str, place: str | None, progress: Progress
) -> Archived:
    """Bring one partition back from its archive; return what it is.

    Raises ArchiveDamaged when the archive is not what was written; nothing is changed then.
    """
    policy = _policy_of(targets, partition, place)
    with (
        opened_state(targets) as store,
        connected(targets) as database,
        at_desk(store, targets, policy) as desk,
    ):
        database.hold(f"partitions of {policy.table}")
        return restore_one(targets, database, desk, policy, partition, place, progress)


def restore_one(
    targets: Targets,
    database: Database,
    desk: Desk,
    policy: Policy,
    partition: str,
    place: str | None,
    progress: Progress,
) -> Archived:
    """Do what `restore` does, in the table that the partition belongs to."""
    facts, record = _begin_restore(targets, desk, policy, partition, place)
    with _closed_when_nothing_changed(record, "attach"):
        table = _table(database, policy)
        vault = open_vault(targets, policy, facts.place)
        manifest = vault.manifest(facts.manifest)
        Restorer(table, manifest, database, vault, record, progress, RealPause()).run()
    record.finish(Outcome.DONE)
    return _shown(manifest, vault.place)


def list_archive(targets: Targets, place: str | None) -> tuple[Archived, ...]:
    """Return what is kept of the tables, oldest first."""
    found: list[Archived] = []
    for policy in targets.policies:
        if policy.archive_to or place:
            vault = open_vault(targets, policy, place)
            found += [_shown(one, vault.place) for one in vault.manifests(policy.table)]
    return tuple(found)


def archive_table(
    targets: Targets,
    database: Database,
    desk: Desk,
    policy: Policy,
    progress: Progress,
    today: date,
) -> list[Archived]:
    """Do what `archive` does, to one table."""
    done = []
    begun = desk.unfinished("archive")
    if begun is not None:
        facts = _ARCHIVING.validate_python(begun.facts)
        progress.note(f"going on with what {begun.owner} began")
        done.append(_leave(targets, database, policy, facts, desk.take_up(begun), progress))
    _, plan = read_and_plan(database, policy, today)
    if plan.refusals:
        raise InputError(f"{policy.table.shown}: " + "; ".join(plan.refusals))
    for partition in plan.archive:
        place = policy.archive_to
        if place is None:
            open_vault(targets, policy)  # says what is missing
            break
        facts = _Archiving(partition, policy.column, policy.format, place)
        record = desk.begin("archive", archiving.STEPS, _ARCHIVING.dump_python(facts, mode="json"))
        done.append(_leave(targets, database, policy, facts, record, progress))
    return done


def _leave(
    targets: Targets,
    database: Database,
    policy: Policy,
    facts: _Archiving,
    record: JournalRecord,
    progress: Progress,
) -> Archived:
    vault = open_vault(targets, policy, facts.place)
    with _closed_when_nothing_changed(record, "detach"):
        table = _table(database, policy)
        leaving = Leaving(table, facts.partition, facts.column, facts.format)
        manifest = Archiver(leaving, database, vault, record, progress, RealPause()).run()
    record.finish(Outcome.DONE)
    return _shown(manifest, vault.place)


@contextmanager
def _closed_when_nothing_changed(record: JournalRecord, first_change: str) -> Iterator[None]:
    """End an operation that fails before it has changed the table: then nothing has to go on."""
    try:
        yield
    except OutgrowError as error:
        if not record.is_begun(first_change):
            record.finish(Outcome.FAILED, error.reason)
        raise


def _begin_restore(
    targets: Targets, desk: Desk, policy: Policy, partition: str, place: str | None
) -> tuple[_Restoring, JournalRecord]:
    begun = desk.unfinished("restore")
    if begun is not None:
        facts = _RESTORING.validate_python(begun.facts)
        if facts.partition != partition:
            raise InputError(
                f"restoring {facts.partition} was begun and not ended",
                f"Run `outgrow partitions restore {facts.partition}` first.",
            )
        return facts, desk.take_up(begun)
    manifests = open_vault(targets, policy, place).manifests(policy.table)
    name = choose(manifests, partition).own_name
    facts = _Restoring(partition, name, place or policy.archive_to or "")
    return facts, desk.begin("restore", restoring.STEPS, _RESTORING.dump_python(facts, mode="json"))


def _policy_of(targets: Targets, partition: str, place: str | None) -> Policy:
    """Return the table whose archive holds `partition`."""
    kept: list[Manifest] = []
    for policy in targets.policies:
        if policy.archive_to or place:
            found = open_vault(targets, policy, place).manifests(policy.table)
            if any(one.partition == partition for one in found):
                return policy
            kept += found
    choose(kept, partition)  # says what there is
    raise AssertionError


def _table(database: Database, policy: Policy) -> Table:
    with database.transaction(LONG, snapshot=True) as session:
        return read_table(session, policy.table)


def _shown(manifest: Manifest, place: str) -> Archived:
    return Archived(
        manifest.table.shown, manifest.partition, manifest.rows, manifest.bytes,
        manifest.sha256, place, manifest.file,
    )  # fmt: skip

"""What `outgrow shards list` and `plan` say. They only read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from outgrow.clients.clock import now
from outgrow.clients.secrets import variable
from outgrow.errors import InputError, OutsideError
from outgrow.operations.sharding.sides import Side
from outgrow.operations.sharding.targets import Sides, Targets, connected
from outgrow.shards import gates
from outgrow.shards.directory import Directory, read_directory, spread
from outgrow.shards.facts import Kind, Subject, Table
from outgrow.shards.ports import LONG
from outgrow.shards.reading import differences, read_tables
from outgrow.store.journal import Journal
from outgrow.store.records import Operation
from outgrow.store.store import STATE_URL, open_store, state_place


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose rows are meant, and where they should go."""

    kind: Kind
    name: str
    to: str


@dataclass(frozen=True, slots=True)
class Held:
    """What one database holds: logical shards, keys of their own place, and old rows."""

    name: str
    logical: tuple[int, ...]
    keys: tuple[str, ...]
    left_behind: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UnderWay:
    """A move that was begun and not ended; `next_step` is where it goes on."""

    move: str
    by: str
    next_step: str | None


@dataclass(frozen=True, slots=True)
class Listed:
    """The directory, by database; `generation` 0 says that there is none yet."""

    component: str
    environment: str
    generation: int
    logical: int
    databases: tuple[Held, ...]
    under_way: UnderWay | None


@dataclass(frozen=True, slots=True)
class TableRows:
    """A table of a move, and how many rows of it go."""

    table: str
    by: str
    rows: int


@dataclass(frozen=True, slots=True)
class MovePlan:
    """What a move would do; it is not begun while there are `refusals`."""

    what: str
    source: str
    target: str
    tables: tuple[TableRows, ...]
    refusals: tuple[str, ...]
    nothing_to_do: bool


@dataclass(frozen=True, slots=True)
class Prepared:
    """A move that is ready to begin."""

    plan: MovePlan
    subject: Subject
    tables: tuple[Table, ...]


def list_shards(targets: Targets) -> Listed:
    """Return what lies where."""
    with connected(targets) as sides:
        found = directory_of(sides, targets)
        held = tuple(_held(sides.shards[name], found) for name in targets.names)
    made = found.generation if found.generation else 0
    return Listed(
        targets.component, targets.environment, made, found.logical, held,
        under_way(targets),
    )  # fmt: skip


def plan_spread(targets: Targets) -> tuple[Asked, ...]:
    """Return the moves after which every database holds as many logical shards."""
    with connected(targets) as sides:
        found = directory_of(sides, targets)
    return tuple(Asked("logical", str(shard), name) for shard, name in spread(found, targets.names))


def plan_move(targets: Targets, asked: Asked) -> MovePlan:
    """Return what moving would do. Raises InputError for names that are not there."""
    with connected(targets) as sides:
        return prepare_move(sides, targets, asked).plan


def prepare_move(sides: Sides, targets: Targets, asked: Asked) -> Prepared:
    """Return a move with its tables, and the reasons against it."""
    found = directory_of(sides, targets)
    if asked.kind == "logical" and not 0 <= int(asked.name) < found.logical:
        raise InputError(f"logical shards are numbered from 0 to {found.logical - 1}")
    bare = Subject(asked.kind, asked.name, found.logical)
    placed = found.placed_in(bare.shard) if asked.kind == "logical" else ()
    subject = Subject(asked.kind, asked.name, found.logical, placed)
    source, target = sides.named(found.home(subject)), sides.named(asked.to)
    if source.name == target.name:
        plan = MovePlan(subject.shown, source.name, target.name, (), (), nothing_to_do=True)
        return Prepared(plan, subject, ())
    tables, refusals = _tables(source, target, targets)
    counted = _counted(source, subject, tables) if not refusals else []
    refusals += [f"{one} is being moved: let that end first" for one in found.moving]
    if not refusals:
        refusals += _not_empty(target, subject, tables)
    rows = tuple(TableRows(table.name, table.by, count) for table, count in counted)
    plan = MovePlan(
        subject.shown, source.name, target.name, rows, tuple(refusals), nothing_to_do=False
    )
    kept = {table.name for table, _ in counted}
    return Prepared(plan, subject, tuple(one for one in tables if one.name in kept))


def directory_of(sides: Sides, targets: Targets) -> Directory:
    """Return the directory; where there is none yet, the one that a move would make."""
    with sides.main.transaction(LONG, snapshot=True) as session:
        found = read_directory(session)
    if found is None:
        return Directory(0, (first_home(targets),) * targets.logical, {})
    if found.logical != targets.logical:
        raise InputError(
            f"the directory was made for {found.logical} logical shards and the strategy says "
            f"{targets.logical}",
            f"Their number never changes: write `logical: {found.logical}`.",
        )
    return found


def first_home(targets: Targets) -> str:
    """Return where everything lies that was never moved."""
    return targets.component if targets.component in targets.names else targets.names[0]


def under_way(targets: Targets) -> UnderWay | None:
    """Return the move that was begun and not ended; makes no state where there is none."""
    place = state_place(targets.folder, variable(STATE_URL))
    if isinstance(place, Path) and not place.exists():
        return None
    with open_store(place, now) as store:
        found = Journal(store).unfinished(targets.subject, targets.environment)
    return told(found) if found is not None else None


def told(operation: Operation) -> UnderWay:
    """Return an unfinished move in words."""
    step = operation.next_step
    facts = operation.facts
    what = f"{facts['shown']} from {facts['source']} to {facts['target']}"
    return UnderWay(what, str(operation.owner), step.name if step else None)


def _held(side: Side, found: Directory) -> Held:
    with side.transaction(LONG, snapshot=True) as session:
        left: list[str] = []
        if session.rows("select to_regclass('outgrow_shard_gate') is not null")[0][0]:
            rows = session.rows(
                "select kind, name from outgrow_shard_gate where state = 'moved' order by 1, 2"
            )
            left = [f"{'key' if kind == 'key' else 'logical shard'} {name}" for kind, name in rows]
    shards = tuple(n for n, name in enumerate(found.assigned) if name == side.name)
    keys = tuple(key for key, name in found.placed.items() if name == side.name)
    return Held(side.name, shards, keys, tuple(left))


def _tables(source: Side, target: Side, targets: Targets) -> tuple[tuple[Table, ...], list[str]]:
    with source.transaction(LONG, snapshot=True) as session:
        ours = read_tables(session, targets.by, targets.tables)
    with target.transaction(LONG, snapshot=True) as session:
        theirs = {one.name: one for one in read_tables(session, targets.by, ()).tables}
        allowed = session.rows(
            "select has_parameter_privilege('session_replication_role', 'set')"
            if session.rows("select current_setting('server_version_num')::int >= 150000")[0][0]
            else "select rolsuper from pg_roles where rolname = current_user"
        )[0][0]
    refusals = list(ours.refusals)
    if not ours.tables:
        refusals.append(f"no table has a column {' or '.join(targets.by)}")
    if not allowed:
        refusals.append(
            f"the role may not let triggers rest in {target.name}: as a superuser, "
            "`grant set on parameter session_replication_role to` it"
        )
    for table in ours.tables:
        refusals += differences(table, theirs.get(table.name))
    return ours.tables, refusals


def _counted(source: Side, subject: Subject, tables: tuple[Table, ...]) -> list[tuple[Table, int]]:
    """Return how many rows go, for the tables whose keys can be such a key at all."""
    found = []
    for table in tables:
        if subject.kind == "key" and not can_be(source, table, subject.name):
            continue
        with source.transaction(LONG, snapshot=True) as session:
            query = f"select count(*) from {table.sql} as t where {table.rows_of(subject)}"
            found.append((table, session.rows(query)[0][0]))
    return found


def can_be(source: Side, table: Table, key: str) -> bool:
    """Return whether the column that holds a table's keys can hold `key` at all."""
    kind = next(one.type for one in table.columns if one.name == table.by)
    try:
        with source.transaction(LONG, snapshot=True) as session:
            session.rows(f"select %s::{kind}", (key,))
    except OutsideError:
        return False
    return True


def _not_empty(target: Side, subject: Subject, tables: tuple[Table, ...]) -> list[str]:
    with target.transaction(LONG, snapshot=True) as session:
        if gates.state_of(session, subject) == "moved":
            return [
                f"{target.name} still has the rows that {subject.shown} left behind there: "
                f"forget them first"
            ]
        return [
            f"{target.name} has rows of {subject.shown} in {table.name} already"
            for table in tables
            if session.rows(
                f"select 1 from {table.sql} as t where {table.rows_of(subject)} limit 1"
            )
        ]

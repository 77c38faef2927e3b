"""Which tables are meant, in which database, under which rules."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from outgrow.clients.archive_folder import FolderArchive
from outgrow.clients.archive_formats import file_format
from outgrow.clients.archive_s3 import open_s3
from outgrow.clients.clock import now
from outgrow.clients.postgres import PostgresDatabase
from outgrow.clients.secrets import read_secret
from outgrow.errors import InputError
from outgrow.operations.opened import Opened
from outgrow.partitions.keeping import Vault
from outgrow.partitions.names import table_name
from outgrow.partitions.policy import Policy, policy_of
from outgrow.strategy.environments import Rules
from outgrow.strategy.phase_order import is_reached
from outgrow.strategy.practices import Partition

_DEFAULT = "DATABASE_URL"


@dataclass(frozen=True, slots=True)
class Wish:
    """What was asked for on the command line.

    `tables` limits it to some tables, `component` to those of one database; `database` says
    where its address is: `env:NAME` or `file:PATH`.
    """

    environment: str | None = None
    phase: str | None = None
    component: str | None = None
    tables: tuple[str, ...] = ()
    database: str | None = None


@dataclass(frozen=True, slots=True)
class NotYet:
    """A table that is split only from a later phase on."""

    table: str
    from_phase: str


@dataclass(frozen=True, slots=True)
class Targets:
    """The tables of one database in one environment; `reference` is where its address lies."""

    environment: str
    component: str
    reference: str
    policies: tuple[Policy, ...]
    waiting: tuple[NotYet, ...]
    folder: Path
    rules: Rules

    def subject(self, policy: Policy) -> str:
        """Return what the journal calls a table."""
        return f"partitions of {self.component}/{policy.table.shown}"


def find_targets(opened: Opened, wish: Wish) -> Targets:
    """Return what `wish` means. Raises InputError for names that the strategy does not have."""
    strategy = opened.strategy
    chosen = _chosen(strategy.data_growth.partitions, wish)
    environment = opened.environment(wish.environment) or strategy.production
    settings = strategy.environments.get(environment)
    own = settings.phase if settings and settings.phase != "current" else None
    phase = opened.phase(wish.phase or own)
    due = [one for one in chosen if wish.tables or is_reached(strategy, phase, one.from_phase)]
    components = sorted({one.component for one in chosen})
    if len(components) > 1:
        raise InputError(
            f"the tables lie in several databases: {', '.join(components)}",
            f"Take one at a time: --component {components[0]}.",
        )
    return Targets(
        environment=environment,
        component=components[0],
        reference=wish.database or _reference(opened, environment, components[0]),
        policies=tuple(policy_of(one, table_name(one.table)) for one in due),
        waiting=tuple(NotYet(one.table, one.from_phase or "") for one in chosen if one not in due),
        folder=Path(opened.path).parent,
        rules=settings.rules if settings else Rules(),
    )


@contextmanager
def connected(targets: Targets) -> Iterator[PostgresDatabase]:
    """Give a connection to the database of `targets`."""
    url = read_secret(targets.reference, f"the address of {targets.component}")
    with PostgresDatabase(url, "partitions") as database:
        yield database


def open_vault(targets: Targets, policy: Policy, place: str | None = None) -> Vault:
    """Return the archive of a table; `place` instead of what the strategy says.

    Raises InputError when neither says where it is.
    """
    where = place or policy.archive_to
    if where is None:
        raise InputError(
            f"nothing says where partitions of {policy.table.shown} are archived",
            "Write `archive_to: archives` (a folder beside the strategy) or "
            "`archive_to: s3://bucket/prefix`.",
        )
    if where.startswith("s3://"):
        return Vault(open_s3(where), file_format, now)
    return Vault(FolderArchive(targets.folder / where), file_format, now)


def _chosen(partitions: Sequence[Partition], wish: Wish) -> list[Partition]:
    if not partitions:
        raise InputError("the strategy splits no table", "Name one under `data_growth.partitions`.")
    known = {one.table for one in partitions}
    if unknown := [name for name in wish.tables if name not in known]:
        raise InputError(
            f"the strategy does not split {unknown[0]!r}", f"It splits: {', '.join(sorted(known))}."
        )
    found = [
        one
        for one in partitions
        if (not wish.tables or one.table in wish.tables) and wish.component in {None, one.component}
    ]
    if not found:
        raise InputError(
            f"no table of {wish.component!r} is split",
            f"There are: {', '.join(sorted({one.component for one in partitions}))}.",
        )
    return found


def _reference(opened: Opened, environment: str, component: str) -> str:
    """Return where the address lies: as the environment says, or the component, or by custom."""
    settings = opened.strategy.environments.get(environment)
    places = [settings.secrets] if settings else []
    if component in opened.strategy.components:
        places.append(opened.strategy.components[component].secrets)
    return next((one[_DEFAULT] for one in places if _DEFAULT in one), f"env:{_DEFAULT}")

"""Which databases hold shards, where their addresses are, and which tables are spread."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from outgrow.clients.secrets import read_secret
from outgrow.errors import InputError
from outgrow.operations.opened import Opened
from outgrow.operations.sharding.sides import Side
from outgrow.render.system.defaults import address_variable
from outgrow.strategy.environments import Rules
from outgrow.strategy.practices import Sharding

_MAIN = "DATABASE_URL"
_LOGICAL = 1024


@dataclass(frozen=True, slots=True)
class Wish:
    """What was asked for on the command line; `addresses` are `NAME=env:VARIABLE`."""

    environment: str | None = None
    component: str | None = None
    addresses: tuple[str, ...] = ()
    schema: str = "public"


@dataclass(frozen=True, slots=True)
class Targets:
    """The databases of one component in one environment, by the names of the directory."""

    environment: str
    component: str
    by: tuple[str, ...]
    tables: tuple[str, ...]
    logical: int
    names: tuple[str, ...]
    references: Mapping[str, str]
    schema: str
    folder: Path
    rules: Rules

    @property
    def subject(self) -> str:
        """Return what the journal calls it: one move at a time."""
        return f"shards of {self.component}"


@dataclass(frozen=True, slots=True)
class Sides:
    """The main database, and those of the shards by name."""

    main: Side
    shards: Mapping[str, Side]

    def named(self, name: str) -> Side:
        """Return a database of shards. Raises InputError when there is none of that name."""
        if name not in self.shards:
            raise InputError(
                f"there is no database {name!r} for shards",
                f"There are: {', '.join(self.shards)}. Name others under `databases`.",
            )
        return self.shards[name]


def find_targets(opened: Opened, wish: Wish) -> Targets:
    """Return what `wish` means. Raises InputError for names that the strategy does not have."""
    strategy = opened.strategy
    sharding = _chosen(strategy.data_growth.sharding, wish.component)
    environment = opened.environment(wish.environment) or strategy.production
    settings = strategy.environments.get(environment)
    names = tuple(sharding.databases) or (sharding.component,)
    given = dict(_address(one) for one in wish.addresses)
    if unknown := sorted({*given} - {*names, sharding.component}):
        raise InputError(f"no database of shards is called {unknown[0]!r}", ", ".join(names))
    secrets = dict(settings.secrets) if settings else {}
    references = {
        name: given.get(name) or _reference(name, name == sharding.component, secrets)
        for name in {*names, sharding.component}
    }
    return Targets(
        environment=environment,
        component=sharding.component,
        by=tuple(sharding.by),
        tables=tuple(sharding.tables),
        logical=int(sharding.logical or _LOGICAL),
        names=names,
        references=references,
        schema=wish.schema,
        folder=Path(opened.path).parent,
        rules=settings.rules if settings else Rules(),
    )


@contextmanager
def connected(targets: Targets) -> Iterator[Sides]:
    """Give the databases, each connected to when it is first asked."""
    with ExitStack() as stack:

        def side(name: str, hint: str) -> Side:
            url = read_secret(targets.references[name], hint)
            return Side(name, url, targets.schema, stack)

        shards = {name: side(name, f"the address of {name}") for name in targets.names}
        yield Sides(side(targets.component, "the address of the main database"), shards)


def _chosen(known: list[Sharding], component: str | None) -> Sharding:
    if not known:
        raise InputError("the strategy spreads no rows", "Say how under `data_growth.sharding`.")
    found = [one for one in known if component in {None, one.component}]
    if len(found) != 1:
        names = ", ".join(one.component for one in known)
        raise InputError(f"say which database: --component is one of {names}")
    if not found[0].by:
        raise InputError(
            f"nothing says what the rows of {found[0].component} belong to",
            "Name the column: `by: [organization_id]`.",
        )
    return found[0]


def _address(given: str) -> tuple[str, str]:
    name, equals, reference = given.partition("=")
    if not equals or not reference.startswith(("env:", "file:")):
        raise InputError(
            "an address is NAME=env:VARIABLE or NAME=file:PATH", "The address itself is a secret."
        )
    return name, reference


def _reference(name: str, is_main: bool, secrets: Mapping[str, str]) -> str:
    key = _MAIN if is_main else address_variable(name)
    return secrets.get(key, f"env:{key}")

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from pydantic import SecretStr
from tests.integration.shards.moving import LOGICAL, Shop

from outgrow.operations.sharding.sides import Side
from outgrow.shards import gates
from outgrow.shards.content import Content, read_both
from outgrow.shards.copying import Route, copy_table
from outgrow.shards.facts import Subject, Table
from outgrow.shards.gates import Token
from outgrow.shards.ports import BATCH, LONG
from outgrow.shards.reading import read_tables

_PROJECTS = "select count(*) from projects where organization_id = 'acme'"


class Told:
    """Progress that does something whenever it is told how far the copy came."""

    def __init__(self, then: Callable[[int], object]) -> None:
        self._then = then
        self.told: list[int] = []

    def step(self, name: str) -> None:
        raise AssertionError(name)

    def note(self, text: str) -> None:
        raise AssertionError(text)

    def rows(self, done: int) -> None:
        self.told.append(done)
        self._then(done)


@pytest.fixture
def route(shop: Shop) -> Iterator[Route]:
    subject, token = Subject("key", "acme", LOGICAL), Token("test", 1)
    with ExitStack() as stack:
        source, target = (
            Side(name, SecretStr(url), "public", stack) for name, url in shop.urls.items()
        )
        with target.transaction(BATCH) as session:
            gates.make_gate(session)
            gates.claim(session, subject, token, "incoming")
        with source.transaction(LONG, snapshot=True) as session:
            tables = read_tables(session, ["organization_id"], []).tables
        yield Route(subject, tables, source, target, token)


def table_of(route: Route, name: str) -> Table:
    return next(one for one in route.tables if one.name == name)


def contents(route: Route, table: Table) -> tuple[Content, Content]:
    rows = f"from {table.sql} as t where {table.rows_of(route.subject)}"
    with (
        route.source.transaction(LONG, snapshot=True) as source,
        route.target.transaction(LONG, snapshot=True) as target,
    ):
        return read_both(source, target, table, rows)


def test_a_copy_ends_although_its_table_grows_at_the_end_all_the_time(
    shop: Shop, route: Route
) -> None:
    def grow(done: int) -> None:
        shop.rows(
            "db", "insert into projects (id, organization_id, name) values (%s, 'acme', %s)",
            10_000_000 + done, f"new{done}",
        )  # fmt: skip

    progress = Told(grow)
    assert copy_table(route, table_of(route, "projects"), 50, progress) == 120
    assert progress.told == [50, 100, 120]
    assert shop.rows("db-two", _PROJECTS) == [(120,)]


def test_a_copy_of_many_spans_goes_on_where_an_earlier_one_was_cut_short(
    shop: Shop, route: Route
) -> None:
    def cut(done: int) -> None:
        if done == 46:
            raise KeyboardInterrupt

    table = table_of(route, "tasks")
    copy_table(route, table_of(route, "projects"), 500, Told(lambda _: None))
    with pytest.raises(KeyboardInterrupt):
        copy_table(route, table, 2, Told(cut))
    assert copy_table(route, table, 2, Told(lambda _: None)) == 600 - 46
    there, here = contents(route, table)
    assert there == here
    assert there.rows == 600


@pytest.mark.parametrize(
    "change",
    [
        "update projects set name = name || '.' where id = 7",
        "update projects set extra = null where id = 7",
        "update projects set tags = array['a', 'null', 'c,\"d'] where id = 7",
        "update projects set made = made + interval '1 microsecond' where id = 7",
        "update projects set budget = case id when 7 then 12 else 10.5 end where id in (7, 8)",
        "delete from projects where id = 7",
    ],
)
def test_content_tells_every_difference(shop: Shop, route: Route, change: str) -> None:
    table = table_of(route, "projects")
    copy_table(route, table, 500, Told(lambda _: None))
    there, here = contents(route, table)
    assert there == here
    shop.rows("db-two", change)
    there, here = contents(route, table)
    assert there != here

from __future__ import annotations

from collections import Counter

from outgrow.shards.directory import Directory, spread
from outgrow.shards.facts import Column, Subject, Table, ident, literal
from outgrow.shards.facts import logical_shard as of_outgrow
from outgrow.shards.schema import DIRECTORY, GATE, LOCK
from outgrow_kit.shards import logical_shard as of_kit
from outgrow_kit.shards import schema as kit_schema


def applied(directory: Directory, names: list[str]) -> list[str]:
    assigned = list(directory.assigned)
    for shard, name in spread(directory, names):
        assert assigned[shard] != name
        assigned[shard] = name
    return assigned


def test_logical_shards_are_spread_evenly_with_as_few_moves_as_possible() -> None:
    directory = Directory(1, ("a",) * 10, {})
    assert Counter(applied(directory, ["a", "b", "c"])) == {"a": 4, "b": 3, "c": 3}
    assert len(spread(directory, ["a", "b", "c"])) == 6


def test_nothing_moves_when_all_hold_as_much() -> None:
    assert spread(Directory(1, ("a", "b", "b", "a", "a"), {}), ["a", "b"]) == []


def test_a_database_that_is_no_longer_named_is_emptied() -> None:
    directory = Directory(1, ("old", "a", "old", "a"), {})
    assert Counter(applied(directory, ["a", "b"])) == {"a": 2, "b": 2}


def test_a_key_is_where_it_was_placed_and_else_where_its_shard_is() -> None:
    directory = Directory(1, ("a",) * 8, {"acme": "b"})
    assert directory.home(Subject("key", "acme", 8)) == "b"
    assert directory.home(Subject("key", "beta", 8)) == "a"
    assert directory.placed_in(of_outgrow("acme", 8)) == ("acme",)


def test_the_kit_and_the_commands_agree_on_tables_and_on_shards() -> None:
    assert (DIRECTORY, GATE, LOCK) == (kit_schema.DIRECTORY, kit_schema.GATE, kit_schema.LOCK)
    for key in ("acme", "42", "Zürich", "x" * 500):
        assert of_outgrow(key, 1024) == of_kit(key, 1024)


def test_names_and_texts_are_quoted() -> None:
    assert ident('a"b') == '"a""b"'
    assert literal("o'clock") == "'o''clock'"
    column = Column("organization_id", "text", required=True, generated=False, sequence=None)
    table = Table("t", "organization_id", (column,), ("organization_id",))
    asked = table.rows_of(Subject("key", "a'; drop table t; --", 8))
    assert asked == "t.\"organization_id\" = 'a''; drop table t; --'::text"

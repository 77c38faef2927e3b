from __future__ import annotations

import psycopg
import pytest
from sqlalchemy import text
from tests.integration.shards.moving import LOGICAL, Shop, Writers

from outgrow_kit.shards import Shards, logical_shard


def test_an_organisation_moves_while_it_is_written_to(shop: Shop) -> None:
    writers = Writers(shop)
    gamma = shop.content("db", "gamma")
    with writers.running():
        moved = shop.run("move", "acme", "--to", "db-two", "--yes", "--batch", "50")
    assert moved.returncode == 0, moved.stderr
    writers.check({"acme": "db-two", "beta": "db"})
    assert shop.rows("db-two", "select distinct organization_id from projects") == [("acme",)]
    assert shop.content("db", "gamma") == gamma
    longest = max(seconds for key, seconds in writers.seconds if key == "acme")
    assert longest < 5
    other = sorted(seconds for key, seconds in writers.seconds if key == "beta")
    assert other[len(other) * 99 // 100] < 2


def test_a_logical_shard_moves_without_the_keys_that_have_a_place_of_their_own(shop: Shop) -> None:
    shard = logical_shard("beta", LOGICAL)
    others = [f"o{n}" for n in range(400) if logical_shard(f"o{n}", LOGICAL) == shard]
    for number, key in enumerate(others):
        shop.rows(
            "db", "insert into projects (id, organization_id, name) values (%s, %s, 'x')",
            5_000_000 + number, key,
        )  # fmt: skip
    stays = others[0]
    assert shop.run("move", stays, "--to", "db-two", "--yes").returncode == 0
    assert shop.run("move", stays, "--to", "db-two", "--forget", "db", "--yes").returncode == 0
    assert shop.run("move", stays, "--to", "db", "--yes").returncode == 0
    writers = Writers(shop, keys=("beta",))
    with writers.running():
        moved = shop.run("move", "--logical", str(shard), "--to", "db-two", "--yes")
        assert moved.returncode == 0, moved.stderr
        with Shards(shop.settings()) as shards, shards.session(stays) as session:
            assert session.scalar(text("select count(*) from projects where name = 'x'"))
            assert shards.place(stays) == "db"
    writers.check({"beta": "db-two"})
    there = {row[0] for row in shop.rows("db-two", "select organization_id from projects")}
    every = {"acme", "beta", "gamma", *others[1:]}
    # The old rows of the one that came back were not forgotten there.
    assert there == {stays, *(key for key in every if logical_shard(key, LOGICAL) == shard)}
    assert len(shop.content("db", stays)[0]) == 1


def test_old_rows_stay_until_they_are_forgotten_and_only_theirs_go(shop: Shop) -> None:
    before = {key: shop.content("db", key) for key in ("acme", "beta", "gamma")}
    assert shop.run("move", "acme", "--to", "db-two", "--yes").returncode == 0
    assert {key: shop.content("db", key) for key in before} == before
    refused = shop.run("move", "beta", "--forget", "db", "--yes")
    assert refused.returncode == 2
    assert "has not moved away" in refused.stderr
    assert shop.run("move", "acme", "--forget", "db", "--yes").returncode == 0
    assert shop.content("db", "acme") == [[], [], []]
    assert shop.content("db-two", "acme") == before["acme"]
    assert {key: shop.content("db", key) for key in ("beta", "gamma")} == {
        key: before[key] for key in ("beta", "gamma")
    }
    watched = "select count(*) from pg_trigger where tgname like 'outgrow%'"
    assert shop.rows("db", watched) == [(0,)]


def test_an_organisation_moves_there_and_back_again(shop: Shop) -> None:
    before = shop.content("db", "acme")
    for to, left in (("db-two", "db"), ("db", "db-two"), ("db-two", "db")):
        assert shop.run("move", "acme", "--to", to, "--yes").returncode == 0
        assert shop.content(to, "acme") == before
        assert shop.run("move", "acme", "--forget", left, "--yes").returncode == 0
    listed = shop.json("list")
    assert [one["keys"] for one in listed["databases"]] == [[], ["acme"]]  # type: ignore[index,call-overload]


def test_who_writes_past_the_kit_is_turned_away_from_the_old_rows(shop: Shop) -> None:
    assert shop.run("move", "acme", "--to", "db-two", "--yes").returncode == 0
    for statement in (
        "update projects set name = name where organization_id = 'acme'",
        "delete from tasks where organization_id = 'acme'",
        "insert into hits (organization_id, at) values ('acme', 1)",
        "update projects set organization_id = 'acme', name = 'mine' where id = 100001",
    ):
        with pytest.raises(psycopg.errors.Error) as caught:
            shop.rows("db", statement)
        assert caught.value.sqlstate == "OG001"
    shop.rows("db", "update projects set name = name where organization_id = 'beta'")


def test_a_plan_changes_nothing_and_names_every_reason_against_a_move(shop: Shop) -> None:
    shop.rows("db", "create table notes (project_id bigint references projects, body text)")
    shop.rows("db", "create table logs (organization_id text, line text)")
    shop.rows("db-two", "alter table tasks drop column body")
    planned = shop.run("plan", "acme", "--to", "db-two")
    assert planned.returncode == 1
    for reason in (
        "notes refers to projects", "logs has no primary key", "logs.organization_id may be null",
        "tasks.body is not the same", "the target has no table logs",
    ):  # fmt: skip
        assert reason in planned.stdout
    assert shop.run("move", "acme", "--to", "db-two", "--yes").returncode == 2
    made = "select count(*) from pg_class where relname like 'outgrow%'"
    assert [shop.rows(name, made) for name in shop.urls] == [[(0,)], [(0,)]]
    assert not (shop.folder / ".outgrow").exists()


def test_a_row_whose_parent_is_not_in_the_target_stops_the_move_which_can_be_taken_back(
    shop: Shop,
) -> None:
    for name in shop.urls:
        shop.rows(name, "create table plans (id int primary key)")
        shop.rows(name, "alter table projects add plan int references plans")
    shop.rows("db", "insert into plans values (7)")
    shop.rows("db", "update projects set plan = 7 where id = 5")
    before = shop.content("db", "acme")
    moved = shop.run("move", "acme", "--to", "db-two", "--yes")
    assert moved.returncode == 3
    assert "refers to rows of plans" in moved.stderr
    shop.rows("db", "update projects set name = 'still open' where id = 6")
    undone = shop.run("move", "--undo", "--yes")
    assert undone.returncode == 0, undone.stderr
    assert shop.content("db-two", "acme") == [[], [], []]
    assert len(shop.content("db", "acme")[0]) == len(before[0])
    shop.rows("db-two", "insert into plans values (7)")
    assert shop.run("move", "acme", "--to", "db-two", "--yes").returncode == 0
    assert shop.content("db-two", "acme") == shop.content("db", "acme")


def test_nobody_is_asked_and_nothing_moves_without_yes(shop: Shop) -> None:
    moved = shop.run("move", "acme", "--to", "db-two")
    assert moved.returncode == 2
    assert "nothing was changed" in moved.stderr
    assert shop.content("db-two", "acme") == [[], [], []]


def test_the_plan_without_a_key_says_which_moves_even_out(shop: Shop) -> None:
    moves = shop.json("plan")
    assert moves == [{"kind": "logical", "name": str(n), "to": "db-two"} for n in range(8, 16)]


def test_no_address_is_shown(shop: Shop) -> None:
    shop.urls["db-two"] = shop.urls["db-two"].replace("outgrow@", "outgrow:hunter2@") + "_gone"
    ran = shop.run("move", "acme", "--to", "db-two", "--yes")
    assert ran.returncode == 3
    assert "hunter2" not in ran.stdout + ran.stderr

"""A table is split with everything that belongs to it, and can be taken back before the swap."""

from __future__ import annotations

from dataclasses import replace

import psycopg
import pytest
from tests.integration.partitions.workplace import EVENTS, HURRY, TODAY, Silent, Workplace

from outgrow.errors import InputError, OutsideError
from outgrow.operations.partitioning.applied import KIND, apply_table, undo_table
from outgrow.partitions.names import table_name
from outgrow.partitions.ports import SHORT


def test_every_row_is_in_the_partition_of_its_month(work: Workplace) -> None:
    work.run(*EVENTS)
    applied = work.apply()
    assert applied.split
    assert work.same_rows("events", "events_before_partitions")
    assert work.partitions()[:4] == [
        "events_p2026_01", "events_p2026_02", "events_p2026_03", "events_p2026_04",
    ]  # fmt: skip
    outside = "select count(*) from events_p2026_02 where created_at < '2026-02-01 00:00+00'"
    assert work.value(outside) == 0
    assert work.value("select count(*) from events_p2026_02") == 28 * 3
    assert work.leftovers() == []


def test_there_is_no_default_partition(work: Workplace) -> None:
    work.run(*EVENTS)
    work.apply()
    bounds = work.texts(
        "select pg_get_expr(relpartbound, c.oid) from pg_class c where relispartition"
        " and relkind = 'r'"
    )
    assert bounds
    assert "DEFAULT" not in bounds
    with pytest.raises(psycopg.errors.CheckViolation):
        work.run("insert into events (account_id, created_at) values (1, '2099-01-01')")


def test_what_belongs_to_the_table_is_carried_over(work: Workplace) -> None:
    work.run(
        *EVENTS,
        "create role reader", "create role clerk",
        "alter table events add column half numeric generated always as (account_id / 2.0) stored",
        "create index partial on events (lower(note)) where note is not null",
        "alter table events add constraint note_length check (length(note) < 100)",
        "alter table events add constraint one_kind unique (account_id, created_at, kind)",
        "grant select on events to reader", "grant update (note) on events to clerk",
        "create view notes as select id, note from events", "grant select on notes to reader",
        "create function shout() returns trigger language plpgsql as"
        " $$ begin new.note := upper(new.note); return new; end $$",
        "create trigger shout before insert on events for each row execute function shout()",
        "create trigger quiet before update on events for each row execute function shout()",
        "alter table events disable trigger quiet",
        "alter table events enable row level security",
        "create policy own on events for select to reader using (account_id = 1)",
        "comment on table events is 'what happened'",
        "alter table events set (fillfactor = 70)",
    )  # fmt: skip
    work.apply()
    work.run("insert into events (account_id, created_at, note) values (2, '2026-04-01', 'loud')")
    assert work.rows("select id, note, half, kind from events where note = 'LOUD'") == [
        (361, "LOUD", 1, "seen")
    ]
    assert work.value("select has_table_privilege('reader', 'events', 'select')") is True
    assert work.value("select has_table_privilege('clerk', 'events', 'update')") is False
    assert work.value("select has_column_privilege('clerk', 'events', 'note', 'update')") is True
    assert work.value("select count(*) from notes") == 361
    assert work.texts("select tgname::text || tgenabled::text from pg_trigger"
                      " where tgrelid = 'events'::regclass and not tgisinternal order by 1"
                      ) == ["quietD", "shoutO"]  # fmt: skip
    assert work.value("select relrowsecurity from pg_class where oid = 'events'::regclass") is True
    assert work.texts("select polname from pg_policy where polrelid = 'events'::regclass") == [
        "own"
    ]
    assert work.value("select obj_description('events'::regclass)") == "what happened"
    indexes = work.texts("select indexname from pg_indexes where tablename = 'events' order by 1")
    assert indexes == ["events_kind", "events_pkey", "one_kind", "partial"]
    constraints = work.texts(
        "select conname from pg_constraint where conrelid = 'events'::regclass order by 1"
    )
    assert constraints == ["events_account_id_fkey", "events_pkey", "note_length", "one_kind"]
    assert work.value("select reloptions::text from pg_class where relname = 'events_p2026_01'"
                      ) == "{fillfactor=70}"  # fmt: skip
    work.run("delete from accounts where id = 1")
    assert work.value("select count(*) from events where account_id = 1") == 0
    assert work.value("select count(*) from events_before_partitions where account_id = 1") == 72


def test_a_serial_goes_on_counting_and_survives_the_old_table(work: Workplace) -> None:
    work.run(
        "create table events (id serial primary key, created_at timestamptz not null)",
        "insert into events (created_at) select '2026-01-05' from generate_series(1, 10)",
    )
    work.apply()
    work.run("drop table events_before_partitions",
             "insert into events (created_at) values ('2026-01-06')")  # fmt: skip
    assert work.value("select max(id) from events") == 11


def test_a_column_that_may_be_null_becomes_required(work: Workplace) -> None:
    work.run(
        "create table events (id int primary key, created_at date)",
        "insert into events select i, date '2026-01-01' + i from generate_series(1, 100) i",
    )
    work.apply()
    with pytest.raises(psycopg.errors.IntegrityError):
        work.run("insert into events values (1000, null)")
    assert work.same_rows("events", "events_before_partitions")
    assert work.leftovers() == []


def test_a_key_of_several_columns_with_odd_names_works(work: Workplace) -> None:
    work.run(
        'create schema "My Data"',
        'create table "My Data"."Big ""Events""" ("the key" text, n int, "At" timestamp not null,'
        ' primary key (n, "the key"))',
        'insert into "My Data"."Big ""Events""" select \'k%s\' || i % 7, i,'
        " timestamp '2026-01-01' + i * interval '1 day' from generate_series(1, 200) i",
    )
    name = table_name('My Data.Big "Events"')
    work.policy = replace(work.policy, table=name, column="At", every="week")
    work.apply()
    assert work.same_rows(str(name), str(name.beside("_before_partitions")))
    assert work.value(f"select relkind::text from pg_class where oid = '{name}'::regclass") == "p"


def test_losses_have_to_be_accepted_by_name(work: Workplace) -> None:
    work.run(*EVENTS, "create unique index one_note on events (note)",
             "create table likes (event_id bigint references events)")  # fmt: skip
    with work.desk() as (database, desk), pytest.raises(InputError) as refused:
        apply_table(
            database, desk, work.policy, replace(HURRY, accepted=frozenset()), Silent(), TODAY
        )
    assert "one_note, likes_event_id_fkey of likes" in refused.value.reason
    work.apply()
    assert work.value("select indexdef from pg_indexes where indexname = 'one_note'"
                      ).startswith("CREATE INDEX")  # type: ignore[attr-defined]  # fmt: skip
    work.run("insert into likes values (1)")


@pytest.mark.parametrize(
    ("statements", "reason"),
    [
        (["create table events (created_at date not null)"], "no primary key"),
        (["create table events (id int primary key, created_at text)"], "is a text"),
        (["create table events (id int primary key, at date)"], "no column created_at"),
        (
            ["create table events (id int primary key, created_at date)",
             "insert into events values (1, null)"],
            "some rows have no created_at",
        ),
        (
            ["create table events (id int primary key, created_at date)",
             "insert into events values (1, 'infinity')"],
            "infinity",
        ),
        (
            ["create table events (id int primary key, created_at date not null)",
             "create materialized view m as select * from events"],
            "materialized view m",
        ),
        (["create unlogged table events (id int primary key, created_at date)"], "unlogged"),
        (
            ["create table events (id int primary key, created_at date)",
             "create table other (e events)"],
            "a column of the type events in",
        ),
        (
            [
                "create table events (id int primary key, created_at date)",
                "create function latest() returns setof events language sql as"
                " 'select * from events'",
            ],
            r"the function .*latest\(\) holds on to the table",
        ),
    ],
)  # fmt: skip
def test_a_table_that_cannot_be_split_stays_and_says_why(
    work: Workplace, statements: list[str], reason: str
) -> None:
    work.run(*statements)
    with pytest.raises(InputError, match=reason):
        work.apply()
    assert work.leftovers() == []


def test_a_table_that_is_altered_meanwhile_is_not_swapped(work: Workplace) -> None:
    work.run(*EVENTS)

    class Alters(Silent):
        def step(self, name: str) -> None:
            if name == "swap":
                work.run("alter table events add column late int")

    with pytest.raises(OutsideError, match="altered since"):
        work.apply(Alters())
    with work.desk() as (database, desk):
        assert undo_table(database, desk, Silent())
    assert work.leftovers() == []
    work.apply()
    assert work.same_rows("events", "events_before_partitions")


def test_a_table_that_is_emptied_meanwhile_is_empty_afterwards(work: Workplace) -> None:
    work.run(*EVENTS)

    class Empties(Silent):
        def step(self, name: str) -> None:
            if name == "index":
                work.run("truncate events", "insert into events (account_id) values (3)")

    work.apply(Empties())
    assert work.value("select count(*) from events") == 1
    assert work.same_rows("events", "events_before_partitions")


def test_dates_that_come_meanwhile_get_their_partition(work: Workplace) -> None:
    work.run(*EVENTS)

    class Surprises(Silent):
        def step(self, name: str) -> None:
            if name in {"settle", "swap"}:
                year = {"settle": 2024, "swap": 2023}[name]
                work.run(f"insert into events (account_id, created_at) values (1, '{year}-05-05')")

    work.apply(Surprises())
    assert {"events_p2024_05", "events_p2023_05"} <= set(work.partitions())
    assert work.same_rows("events", "events_before_partitions")


def test_undo_leaves_the_table_as_it_was(work: Workplace) -> None:
    work.run(*EVENTS)
    before = work.rows("select * from events order by id")

    class Stops(Silent):
        def step(self, name: str) -> None:
            if name == "verify":
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        work.apply(Stops())
    with work.desk() as (database, desk):
        assert undo_table(database, desk, Silent())
        assert desk.unfinished(KIND) is None
    assert work.rows("select * from events order by id") == before
    assert work.leftovers() == []
    assert work.value("select count(*) from pg_class where relname like 'events_p%'"
                      " and relname <> 'events_pkey'") == 0  # fmt: skip


def test_a_split_table_gets_what_is_missing_ahead_and_no_more(work: Workplace) -> None:
    work.run(*EVENTS)
    work.apply()
    work.policy = replace(work.policy, create_ahead=6)
    made = work.apply().created
    assert len(made) == 5
    assert work.apply().created == ()
    work.run("insert into events (account_id, created_at) values (1, '2026-10-05')")
    keys = work.texts(
        f"select conname from pg_constraint where conrelid = '{made[-1]}'::regclass order by 1"
    )
    assert "events_account_id_fkey" in keys


def test_a_writer_that_holds_the_table_delays_the_swap_and_is_not_hurt(work: Workplace) -> None:
    work.run(*EVENTS)
    writer = psycopg.connect(work.url)

    class Holds(Silent):
        def step(self, name: str) -> None:
            super().step(name)
            if name == "swap":
                writer.execute("update events set note = 'held' where id = 1")

    tries = []

    class Database:
        """Lets go of the table once the swap was refused it."""

        def __init__(self, real: object) -> None:
            self._real = real

        def __getattr__(self, name: str) -> object:
            if name == "transaction" and "swap" in watched.steps:
                tries.append(name)
                if len(tries) == 12:
                    writer.commit()
            return getattr(self._real, name)

    watched = Holds()
    with writer, work.desk() as (database, desk):
        apply_table(Database(database), desk, work.policy, HURRY, watched, TODAY)  # type: ignore[arg-type]
    assert len(tries) >= 12
    assert work.value("select note from events where id = 1") == "held"
    assert SHORT.lock_seconds < 1


def test_a_role_that_owns_no_more_than_the_tables_can_do_all_of_it(work: Workplace) -> None:
    role = f"keeper_{work.url.rpartition('_')[2]}"
    database = work.url.rpartition("/")[2]
    work.run(
        f"create role {role} login",
        f"alter database {database} owner to {role}",
        f"grant all on schema public to {role}",
    )
    work.url = work.url.replace("outgrow@", f"{role}@")
    work.run(*EVENTS, "alter table events enable row level security",
             "alter table events force row level security",
             "create policy own on events using (account_id = 1)")  # fmt: skip
    with pytest.raises(OutsideError, match="row-level security"):
        work.apply()
    work.run("alter table events no force row level security")
    work.apply()
    assert work.value("select count(*) from events") == 360
    kept = work.archive()
    work.restore(kept[0].partition)
    assert work.same_rows("events_p2026_01", "(select * from events_before_partitions"
                          " where created_at < '2026-02-01 00:00+00') as o")  # fmt: skip

"""Triggers that note which rows change while they are copied, and refuse writes after that.

They ask the gate for each row, so writers that do not use the kit are held to it too.
"""

from __future__ import annotations

from hashlib import sha256

from outgrow.shards.facts import Table, ident, literal
from outgrow.shards.ports import Session

TRIGGER = "outgrow_shard_watch"
_REFUSED = "('fenced', 'moved', 'forgotten', 'incoming')"


def watch(session: Session, table: Table, logical: int) -> None:
    """Put the triggers on a table, unless they are there."""
    there = session.rows(
        "select 1 from pg_trigger where tgrelid = %s::regclass and tgname = %s",
        (table.sql, TRIGGER),
    )
    session.run(_function(table, logical))
    if not there:
        function = _function_name(table)
        session.run(
            f"create trigger {TRIGGER} after insert or update or delete on {table.sql}"
            f" for each row execute function {function}()"
        )
        session.run(
            f"create trigger {TRIGGER}_truncate before truncate on {table.sql}"
            f" for each statement execute function {function}()"
        )


def unwatch(session: Session, table: Table) -> None:
    """Take the triggers off a table."""
    session.run(f"drop trigger if exists {TRIGGER} on {table.sql}")
    session.run(f"drop trigger if exists {TRIGGER}_truncate on {table.sql}")
    session.run(f"drop function if exists {_function_name(table)}()")


def _function_name(table: Table) -> str:
    return f"outgrow_shard_watch_{sha256(table.name.encode()).hexdigest()[:12]}"


def _function(table: Table, logical: int) -> str:
    return f"""
create or replace function {_function_name(table)}() returns trigger
language plpgsql security definer set search_path from current
set datestyle = 'ISO, MDY' set extra_float_digits = 3 as $watch$
declare
    g record;
begin
    if tg_op = 'TRUNCATE' then
        if exists (select from outgrow_shard_gate as o where o.state in ('captured', 'fenced')) then
            raise exception 'outgrow: rows of % are being moved', tg_table_name
                using errcode = 'OG001';
        end if;
        return null;
    end if;
    if tg_op <> 'INSERT' then
{_noting(table, logical, "old")}
    end if;
    if tg_op <> 'DELETE' then
{_noting(table, logical, "new")}
    end if;
    return null;
end
$watch$
"""


def _noting(table: Table, logical: int, row: str) -> str:
    by = f"{row}.{ident(table.by)}::text"
    key = ", ".join(f"{row}.{ident(name)}::text" for name in table.key)
    return f"""
        select * into g from outgrow_shard_gate_of(outgrow_shard_logical({by}, {logical}), {by});
        if g.state in {_REFUSED} then
            raise exception 'outgrow: these rows live in another database, or are on their way'
                using errcode = 'OG001';
        elsif g.state = 'captured' then
            insert into outgrow_shard_change (kind, name, relation, row_key)
            values (g.kind, g.name, {literal(table.name)}, array[{key}]);
        end if;
"""

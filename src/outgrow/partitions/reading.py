"""Reads a table from PostgreSQL's catalogue. Every text is one that SQL can run again."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

from outgrow.errors import InputError
from outgrow.partitions.facts import (
    Column,
    Dates,
    Existing,
    ForeignKey,
    Index,
    OwnedSequence,
    Structure,
    Table,
    Trigger,
    View,
)
from outgrow.partitions.names import TableName, ident
from outgrow.partitions.periods import LAST_YEAR, Period
from outgrow.partitions.ports import Session

_COLUMNS = """
select attname, format_type(atttypid, atttypmod), attnotnull, attidentity::text,
       attgenerated::text <> ''
from pg_attribute where attrelid = %s and attnum > 0 and not attisdropped order by attnum
"""
_INDEXES = """
select c.relname, i.indisunique, coalesce(k.contype::text, ''),
       case when 0 = any(i.indkey::int2[]) then array[]::text[]
            else array(select a.attname::text from unnest(i.indkey::int2[]) with ordinality u(n, o)
                       join pg_attribute a on a.attrelid = i.indrelid and a.attnum = u.n
                       where u.o <= i.indnkeyatts order by u.o) end,
       substr(pg_get_indexdef(c.oid), length(format('CREATE %%sINDEX %%I ON %%s%%I.%%I ',
              case when i.indisunique then 'UNIQUE ' else '' end, c.relname,
              case when t.relkind = 'p' then 'ONLY ' else '' end, n.nspname, t.relname)) + 1),
       coalesce(pg_get_constraintdef(k.oid), '')
from pg_index i join pg_class c on c.oid = i.indexrelid join pg_class t on t.oid = i.indrelid
join pg_namespace n on n.oid = t.relnamespace
left join pg_constraint k on k.conindid = c.oid and k.conrelid = t.oid
                         and k.contype in ('p', 'u', 'x')
where i.indrelid = %s and i.indisvalid order by c.relname
"""
_FOREIGN_KEYS = """
select k.conname, n.nspname, c.relname, fn.nspname, f.relname, pg_get_constraintdef(k.oid)
from pg_constraint k join pg_class c on c.oid = k.conrelid
join pg_namespace n on n.oid = c.relnamespace
join pg_class f on f.oid = k.confrelid join pg_namespace fn on fn.oid = f.relnamespace
where k.contype = 'f' and k.conparentid = 0 and {side} = %s order by n.nspname, c.relname, k.conname
"""
_TRIGGERS = """
select tgname, pg_get_triggerdef(oid), tgenabled::text,
       (tgoldtable is not null or tgnewtable is not null) and tgtype & 1 = 1
from pg_trigger where tgrelid = %s and not tgisinternal and tgname not like '%%!_og!_%%' escape '!'
order by tgname
"""
_VIEWS = """
select distinct n.nspname, v.relname, rtrim(pg_get_viewdef(v.oid), '; '),
       coalesce(array_to_string(v.reloptions, ', '), ''), v.relkind = 'm'
from pg_depend d join pg_rewrite r on r.oid = d.objid and d.classid = 'pg_rewrite'::regclass
join pg_class v on v.oid = r.ev_class join pg_namespace n on n.oid = v.relnamespace
where d.refclassid = 'pg_class'::regclass and d.refobjid = %s and v.oid <> %s
order by 1, 2
"""
_SEQUENCES = """
select n.nspname, s.relname, a.attname, d.deptype = 'i'
from pg_depend d join pg_class s on s.oid = d.objid and s.relkind = 'S'
join pg_namespace n on n.oid = s.relnamespace
join pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
where d.classid = 'pg_class'::regclass and d.refclassid = 'pg_class'::regclass
  and d.refobjid = %s and d.deptype in ('a', 'i') order by a.attnum
"""
# What makes the new table belong to and be seen by the same roles.
_SETTINGS = """
select format('grant %%s on table %%I.%%I to %%s%%s', a.privilege_type, n.nspname, c.relname,
              case a.grantee when 0 then 'public' else quote_ident(pg_get_userbyid(a.grantee)) end,
              case when a.is_grantable then ' with grant option' else '' end)
from pg_class c join pg_namespace n on n.oid = c.relnamespace, aclexplode(c.relacl) a
where c.oid = %(table)s
union all
select format('grant %%s (%%I) on table %%I.%%I to %%s%%s', a.privilege_type, t.attname, n.nspname,
              c.relname,
              case a.grantee when 0 then 'public' else quote_ident(pg_get_userbyid(a.grantee)) end,
              case when a.is_grantable then ' with grant option' else '' end)
from pg_class c join pg_namespace n on n.oid = c.relnamespace
join pg_attribute t on t.attrelid = c.oid, aclexplode(t.attacl) a
where c.oid = %(table)s
union all
select format('comment on table %%I.%%I is %%L', n.nspname, c.relname, obj_description(c.oid))
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.oid = %(table)s and obj_description(c.oid, 'pg_class') is not null
union all
select format('create policy %%I on %%I.%%I as %%s for %%s to %%s%%s%%s', p.polname, n.nspname,
  c.relname, case when p.polpermissive then 'permissive' else 'restrictive' end,
  case p.polcmd when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update'
                when 'd' then 'delete' else 'all' end,
  (select string_agg(case r when 0 then 'public' else quote_ident(pg_get_userbyid(r)) end, ', ')
   from unnest(p.polroles) r),
  coalesce(' using (' || pg_get_expr(p.polqual, c.oid) || ')', ''),
  coalesce(' with check (' || pg_get_expr(p.polwithcheck, c.oid) || ')', ''))
from pg_policy p join pg_class c on c.oid = p.polrelid join pg_namespace n on n.oid = c.relnamespace
where c.oid = %(table)s
union all
select format('alter table %%I.%%I %%s row level security', n.nspname, c.relname, w.word)
from pg_class c join pg_namespace n on n.oid = c.relnamespace,
     (values ('enable'), ('force')) w(word)
where c.oid = %(table)s and case w.word when 'enable' then c.relrowsecurity
                                        else c.relforcerowsecurity end
"""
# Whatever else holds on to the table by its number rather than by its name.
_OTHERS = """
select distinct 'the function ' || p.oid::regprocedure::text
from pg_depend d join pg_proc p on p.oid = d.objid and d.classid = 'pg_proc'::regclass
where d.refclassid = 'pg_class'::regclass and d.refobjid = %(table)s
union
select 'the function ' || p.oid::regprocedure::text
from pg_class c join pg_type t on t.oid = c.reltype
join pg_proc p on p.prorettype in (t.oid, t.typarray)
  or array[t.oid, t.typarray] && (p.proargtypes::oid[] || p.proallargtypes)
where c.oid = %(table)s
union all
select 'the rule ' || rulename from pg_rewrite where ev_class = %(table)s
union all
select 'the replica identity' from pg_class where oid = %(table)s and relreplident not in ('d', 'n')
union all
select distinct 'a column of the type ' || t.typname || ' in ' || a.attrelid::regclass::text
from pg_class c join pg_type t on t.oid = c.reltype
join pg_attribute a on a.atttypid in (t.oid, t.typarray) and not a.attisdropped and a.attnum > 0
join pg_class h on h.oid = a.attrelid and h.relkind in ('r', 'p', 'm', 'c')
where c.oid = %(table)s
"""
_PUBLICATIONS = """
select p.pubname from pg_publication_rel r join pg_publication p on p.oid = r.prpubid
where r.prrelid = %s order by 1
"""
_TABLE = """
select c.oid, c.relkind::text, c.relpersistence::text,
       exists (select from pg_inherits where inhrelid = c.oid)
         or (c.relkind <> 'p' and exists (select from pg_inherits where inhparent = c.oid)),
       nullif(c.reltuples, -1)::bigint, pg_total_relation_size(c.oid),
       coalesce(array_to_string(c.reloptions, ', '), ''),
       coalesce(pg_get_partkeydef(c.oid), ''), pg_get_userbyid(c.relowner)
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname = %s and c.relname = %s
"""
_PARTITIONS = """
select n.nspname, c.relname, pg_get_expr(c.relpartbound, c.oid), i.inhdetachpending,
       nullif(c.reltuples, -1)::bigint, pg_total_relation_size(c.oid)
from pg_inherits i join pg_class c on c.oid = i.inhrelid
join pg_namespace n on n.oid = c.relnamespace where i.inhparent = %s order by c.relname
"""
_PARTMAN = """
select n.nspname from pg_extension e join pg_namespace n on n.oid = e.extnamespace
where e.extname = 'pg_partman'
"""
_RANGE = re.compile(r"FOR VALUES FROM \('([^']+)'\) TO \('([^']+)'\)")


def read_table(session: Session, name: TableName) -> Table:
    """Return everything about the table `name`. Raises InputError when there is none."""
    found = session.rows(_TABLE, [name.schema, name.name])
    if not found:
        raise InputError(
            f"the database has no table {name.shown}",
            "Check `data_growth.partitions` and the address of the database.",
        )
    oid, kind, persistence, inherits, rows, size, options, key, owner = found[0]
    partitions = _partitions(session, oid) if kind == "p" else ()
    partman = next((one[0] for one in session.rows(_PARTMAN)), None)
    return Table(
        name=name,
        kind=kind,
        persistence=persistence,
        inherits=inherits,
        structure=_structure(session, oid, options, owner),
        rows=_sum(one.rows for one in partitions) if kind == "p" else rows,
        bytes=sum(one.bytes for one in partitions) if kind == "p" else size,
        split_by=key,
        partitions=partitions,
        partman=partman,
        partman_keeps=partman is not None and _kept_by_partman(session, partman, name),
        taken_names=frozenset(_taken(session, name)),
    )


def read_dates(session: Session, name: TableName, column: str) -> Dates:
    """Return the span of `column`; it looks at every row when no index begins with it."""
    by = ident(column)
    inside = f"{by} >= '0001-01-01' and {by} < '{LAST_YEAR}-01-01'"
    outside = f"{by} < '0001-01-01' or {by} >= '{LAST_YEAR}-01-01'"
    query = (
        f"select (select min({by}) from {name} where {inside})::date,"
        f" (select max({by}) from {name} where {inside})::date,"
        f" exists (select from {name} where {by} is null),"
        f" exists (select from {name} where {outside})"
    )
    return Dates(*session.rows(query)[0])


def _structure(session: Session, oid: int, options: str, owner: str) -> Structure:
    indexes = tuple(
        Index(name, unique, constraint, tuple(columns), tail, definition)
        for name, unique, constraint, columns, tail, definition in session.rows(_INDEXES, [oid])
    )
    key = next((one for one in indexes if one.constraint == "p"), None)
    named = {"table": oid}
    return Structure(
        columns=tuple(Column(*one) for one in session.rows(_COLUMNS, [oid])),
        key=key.columns if key else (),
        key_name=key.name if key else "",
        indexes=indexes,
        foreign_keys=_foreign_keys(session, "k.conrelid", oid),
        referenced_by=_foreign_keys(session, "k.confrelid", oid),
        triggers=tuple(Trigger(*one) for one in session.rows(_TRIGGERS, [oid])),
        views=tuple(
            View(TableName(*one[:2]), *one[2:]) for one in session.rows(_VIEWS, [oid, oid])
        ),
        sequences=tuple(
            OwnedSequence(TableName(*one[:2]), *one[2:]) for one in session.rows(_SEQUENCES, [oid])
        ),
        settings=tuple(one[0] for one in session.rows(_SETTINGS, named)),
        owner=owner,
        options=options,
        publications=tuple(one[0] for one in session.rows(_PUBLICATIONS, [oid])),
        others=tuple(one[0] for one in session.rows(_OTHERS, named)),
    )


def _sum(counts: Iterable[int | None]) -> int | None:
    total = 0
    for one in counts:
        if one is None:
            return None
        total += one
    return total


def _foreign_keys(session: Session, side: str, oid: int) -> tuple[ForeignKey, ...]:
    return tuple(
        ForeignKey(name, TableName(*of), TableName(*to), definition)
        for name, *between, definition in session.rows(_FOREIGN_KEYS.format(side=side), [oid])
        for of, to in [(between[:2], between[2:])]
    )


def _partitions(session: Session, oid: int) -> tuple[Existing, ...]:
    return tuple(
        Existing(TableName(schema, name), _bounds(written), written, pending, rows, size)
        for schema, name, written, pending, rows, size in session.rows(_PARTITIONS, [oid])
    )


def _bounds(written: str) -> Period | None:
    """Return the dates of a bound; None for a default, an open end or a part of a day.

    The session's zone is UTC, so a moment that begins a day there ends in midnight.
    """
    found = _RANGE.fullmatch(written or "")
    days = [_midnight(one) for one in found.groups()] if found else []
    if len(days) == 2 and days[0] and days[1]:
        return Period(days[0], days[1])
    return None


def _midnight(text: str) -> date | None:
    day, _, rest = text.partition(" ")
    if rest.removesuffix("+00") not in {"", "00:00:00"}:
        return None
    try:
        return date.fromisoformat(day)
    except ValueError:
        return None


def _kept_by_partman(session: Session, schema: str, name: TableName) -> bool:
    query = f"select 1 from {ident(schema)}.part_config where parent_table = %s"
    return bool(session.rows(query, [f"{name.schema}.{name.name}"]))


def _taken(session: Session, name: TableName) -> list[str]:
    query = (
        "select relname from pg_class c join pg_namespace n on n.oid = c.relnamespace"
        " where n.nspname = %s"
    )
    return [one[0] for one in session.rows(query, [name.schema])]

"""The tables of the cache in PostgreSQL, and every step as one statement on them.

The tables are UNLOGGED: nothing is written twice, and a crash empties them, which ends the
store's life and makes every fill of before stale. `postgres_sql.SCHEMA` is run by the kit when
the tables are missing; a role that may not create tables needs it run by a migration.
"""

from __future__ import annotations

SCHEMA = """
create unlogged table if not exists outgrow_cache (
    key text primary key,
    value bytea,
    token text,
    value_until timestamptz,
    lease text,
    lease_until timestamptz
);
create index if not exists outgrow_cache_over
    on outgrow_cache (greatest(value_until, lease_until));
create unlogged table if not exists outgrow_cache_tags (
    tag text primary key,
    generation text not null,
    until timestamptz not null
);
create unlogged table if not exists outgrow_cache_lives (
    namespace text primary key,
    epoch text not null
);
create sequence if not exists outgrow_cache_version;
"""
IS_MADE = "select to_regclass('outgrow_cache_version') is not null"
# Every statement finds rows by their keys: there is nothing to gain by planning it again.
PLAN_ONCE = "set plan_cache_mode = force_generic_plan"
# Two processes that start at once would both find the tables missing.
LOCK = "select pg_advisory_xact_lock(7236460315)"

READ = """
select 'e', namespace, epoch, null::bytea from outgrow_cache_lives
    where namespace = %(namespace)s
union all
select 'v', key, null, value from outgrow_cache
    where key = any(%(keys)s) and value is not null and value_until > now()
union all
select 't', tag, generation, null from outgrow_cache_tags
    where tag = any(%(tags)s) and until > now()
"""

# What a hit of one key asks: a third of the time of READ.
READ_VALUE = """
select
    (select epoch from outgrow_cache_lives where namespace = %(namespace)s),
    (select value from outgrow_cache where key = %(key)s and value_until > now())
"""
READ_TAGGED = """
select
    (select epoch from outgrow_cache_lives where namespace = %(namespace)s),
    (select value from outgrow_cache where key = %(key)s and value_until > now()),
    array(
        select (select generation from outgrow_cache_tags where tag = wanted and until > now())
        from unnest(%(tags)s::text[]) with ordinality as asked (wanted, place) order by place
    )
"""

BEGIN = """
with born as (
    insert into outgrow_cache_lives (namespace, epoch) values (%(namespace)s, %(fresh)s)
    on conflict (namespace) do nothing returning epoch
), life as (
    select epoch from born
    union all select epoch from outgrow_cache_lives where namespace = %(namespace)s
    limit 1
), tagged as (
    insert into outgrow_cache_tags as t (tag, generation, until)
    select tag, %(generation)s, now() + %(tag_seconds)s * interval '1 second'
    from unnest(%(tags)s::text[]) as tag order by tag
    on conflict (tag) do update set
        generation = case when t.until > now() then t.generation else excluded.generation end,
        until = greatest(t.until, excluded.until)
    returning tag, generation
), leased as (
    insert into outgrow_cache as c (key, lease, lease_until)
    values (%(key)s, %(token)s, now() + %(lease_seconds)s * interval '1 second')
    on conflict (key) do update set lease = excluded.lease, lease_until = excluded.lease_until
    where %(force)s or (
        (coalesce(c.lease_until, '-infinity') <= now() or c.lease = %(token)s)
        and (c.value is null or c.value_until <= now() or c.token = %(seen)s)
    )
    returning key
)
select
    exists (select from leased),
    (select epoch from life),
    (select case when is_called then last_value else 0 end from outgrow_cache_version),
    (select value from outgrow_cache where key = %(key)s and value is not null
        and value_until > now() and token <> %(seen)s and not %(force)s),
    (select coalesce(jsonb_object_agg(tag, generation), '{}') from tagged)
"""

FILL = """
with filled as (
    update outgrow_cache set
        value = %(raw)s, token = %(token)s,
        value_until = now() + %(seconds)s * interval '1 second',
        lease = null, lease_until = null
    where key = %(key)s and lease = %(token)s and lease_until > now()
        and exists (
            select from outgrow_cache_lives
            where namespace = %(namespace)s and epoch = %(epoch)s
        )
        and not exists (
            select from unnest(%(tags)s::text[], %(generations)s::text[]) as w (tag, generation)
            left join outgrow_cache_tags as t on t.tag = w.tag
            where t.generation is distinct from w.generation
        )
    returning key
)
select exists (select from filled), (
    select pg_notify(%(channel)s, nextval('outgrow_cache_version') || ' ' || %(message)s)
    from filled where %(announce)s
)
"""

# Rows are locked in the order of their keys, so that two invalidations never wait for each other.
INVALIDATE = """
with gone as (
    delete from outgrow_cache where key in (
        select key from outgrow_cache where key = any(%(keys)s) order by key for update
    )
), untagged as (
    delete from outgrow_cache_tags where tag in (
        select tag from outgrow_cache_tags where tag = any(%(tags)s) order by tag for update
    )
), ended as (
    delete from outgrow_cache_lives where %(everything)s and namespace = %(namespace)s
)
select pg_notify(%(channel)s, nextval('outgrow_cache_version') || ' ' || message)
from unnest(%(messages)s::text[]) as message
"""

LEASES = """
update outgrow_cache as c
set lease = case when %(lease_seconds)s > 0 then c.lease end,
    lease_until = now() + %(lease_seconds)s * interval '1 second'
from unnest(%(keys)s::text[], %(tokens)s::text[]) as w (key, token)
where c.key = w.key and c.lease = w.token
"""

SWEEP = (
    """
delete from outgrow_cache where key in (
    select key from outgrow_cache
    where greatest(value_until, lease_until) < now() limit 2000 for update skip locked
)
""",
    """
delete from outgrow_cache_tags where tag in (
    select tag from outgrow_cache_tags where until < now() limit 2000 for update skip locked
)
""",
)

"""With pg_partman installed, it and outgrow look after the same partitions."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from tests.integration.partitions.workplace import EVENTS, HURRY, Silent, Workplace

from outgrow.operations.partitioning.applied import Applied, apply_table
from outgrow.partitions.periods import Every, label, period_of, shifted


def apply(work: Workplace, today: date) -> Applied:
    """pg_partman asks the server for the date, so here the day is the server's."""
    with work.desk() as (database, desk):
        return apply_table(database, desk, work.policy, HURRY, Silent(), today)


def today(work: Workplace) -> date:
    found = work.value("select (now() at time zone 'UTC')::date")
    assert isinstance(found, date)
    return found


@pytest.mark.parametrize("every", ["month", "week", "day"])
def test_a_split_table_is_handed_to_pg_partman_without_a_default_partition(
    work: Workplace, every: Every
) -> None:
    day = today(work)
    work.policy = replace(work.policy, every=every, create_ahead=2)
    work.run(
        "create schema partman", "create extension pg_partman schema partman",
        "create table events (id bigint primary key, created_at timestamptz not null)",
        "insert into events select i, now() - i * interval '1 day' from generate_series(0, 20) i",
    )  # fmt: skip
    apply(work, day)
    config = "select control, infinite_time_partitions, retention from partman.part_config"
    assert work.rows(config) == [("created_at", True, None)]
    names = work.partitions()
    assert not [one for one in names if "default" in one]
    now = period_of(day, every)
    for ahead in range(3):
        assert f"events_p{label(shifted(now, every, ahead), every)}" in names
    assert work.same_rows("events", "events_before_partitions")
    bounds = work.texts(
        "select pg_get_expr(c.relpartbound, c.oid) from pg_inherits i"
        " join pg_class c on c.oid = i.inhrelid where i.inhparent = 'events'::regclass"
    )
    assert len(set(bounds)) == len(names)


def test_what_one_of_them_makes_the_other_finds(work: Workplace) -> None:
    day = today(work)
    work.run("create schema partman", "create extension pg_partman schema partman", *EVENTS)
    apply(work, day)
    work.run("update partman.part_config set premake = 6")
    apply(work, day)
    assert len([one for one in work.partitions() if one > "events_p" + f"{day:%Y_%m}"]) >= 6
    work.policy = replace(work.policy, create_ahead=9)
    apply(work, day)
    before = work.partitions()
    work.run("select partman.run_maintenance('public.events', p_analyze := false)")
    assert work.partitions() == before

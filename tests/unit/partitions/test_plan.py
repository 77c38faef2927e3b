"""What is planned for a table."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from tests.unit.partitions.tables import (
    EVENTS,
    NO_DATES,
    PLAIN,
    POLICY,
    STRUCTURE,
    TODAY,
    months,
    part,
    split,
)

from outgrow.partitions.facts import Dates, ForeignKey, Index, Trigger, View
from outgrow.partitions.names import table_name
from outgrow.partitions.plan import Plan, State, plan_table
from outgrow.partitions.policy import policy_of
from outgrow.strategy.practices import Partition


def names(plan: Plan) -> list[str]:
    return [one.name.name for one in plan.create]


def test_a_plain_table_is_split_from_its_oldest_row_to_what_is_needed_ahead() -> None:
    dates = Dates(date(2026, 2, 3), date(2026, 4, 14), missing=False, out_of_range=False)
    plan = plan_table(PLAIN, POLICY, dates, TODAY)
    assert plan.state is State.PLAIN
    assert plan.convert
    assert names(plan) == [f"events_p2026_0{month}" for month in range(2, 7)]
    assert plan.refusals == ()


def test_the_changed_key_and_what_it_means_is_said() -> None:
    notices = " ".join(plan_table(PLAIN, POLICY, NO_DATES, TODAY).notices)
    assert "the primary key becomes (id, created_at)" in notices
    assert "on conflict (id, created_at)" in notices


def test_a_partitioned_table_gets_only_what_is_missing_ahead() -> None:
    plan = plan_table(split(*months(1, 5)), POLICY, NO_DATES, TODAY)
    assert not plan.convert
    assert names(plan) == ["events_p2026_06"]
    assert plan_table(split(*months(1, 6)), POLICY, NO_DATES, TODAY).nothing_to_apply


def test_a_gap_between_now_and_ahead_is_filled() -> None:
    plan = plan_table(split(*months(4, 4), *months(6, 6)), POLICY, NO_DATES, TODAY)
    assert names(plan) == ["events_p2026_05"]


def test_partitions_of_other_lengths_are_kept_where_they_cover_and_refused_where_not() -> None:
    quarter = part(date(2026, 4, 1), date(2026, 7, 1), "events_q2")
    assert plan_table(split(quarter), POLICY, NO_DATES, TODAY).nothing_to_apply
    half = part(date(2026, 4, 1), date(2026, 5, 10), "events_odd")
    plan = plan_table(split(half), POLICY, NO_DATES, TODAY)
    assert plan.create == ()
    assert "2026-05-01 to 2026-06-01 is covered in part only" in plan.refusals[0]


def test_what_is_older_than_what_stays_is_archived_oldest_first() -> None:
    plan = plan_table(split(*months(1, 6)), POLICY, NO_DATES, TODAY)
    assert [one.name.name for one in plan.archive] == ["events_p2026_01"]
    none_stay = replace(POLICY, keep=0)
    plan = plan_table(split(*months(1, 6)), none_stay, NO_DATES, TODAY)
    assert [one.name.name for one in plan.archive] == [f"events_p2026_0{m}" for m in (1, 2, 3)]


def test_nothing_is_archived_unless_both_archive_and_keep_say_so() -> None:
    table = split(*months(1, 6))
    assert plan_table(table, replace(POLICY, archive=False), NO_DATES, TODAY).archive == ()
    plan = plan_table(table, replace(POLICY, keep=None), NO_DATES, TODAY)
    assert plan.archive == ()
    assert "`keep` is not set" in plan.notices[0]


def test_a_table_that_is_split_by_something_else_is_left_alone() -> None:
    table = replace(split(*months(1, 2)), split_by="LIST (region)")
    plan = plan_table(table, POLICY, NO_DATES, TODAY)
    assert "split by LIST (region)" in plan.refusals[0]
    assert plan.create == plan.archive == ()


def test_far_dates_are_refused_rather_than_given_thousands_of_partitions() -> None:
    dates = Dates(date(1970, 1, 1), date(2026, 4, 1), missing=False, out_of_range=False)
    plan = plan_table(PLAIN, replace(POLICY, every="day"), dates, TODAY)
    assert "more than 1000 partitions" in plan.refusals[0]
    assert plan.create == ()
    assert not plan.convert


def test_a_name_that_is_taken_is_refused() -> None:
    table = replace(PLAIN, taken_names=frozenset({"events_p2026_05"}))
    plan = plan_table(table, POLICY, NO_DATES, TODAY)
    assert plan.refusals == ("there is something called events_p2026_05 already",)


def test_all_reasons_are_said_at_once() -> None:
    structure = replace(
        STRUCTURE,
        key=(),
        triggers=(Trigger("t", "", "O", rows_as_table=True),),
        views=(View(table_name("m"), "", "", materialized=True),),
        others=("the rule r",),
    )
    table = replace(PLAIN, structure=structure, persistence="u", inherits=True)
    dates = Dates(None, None, missing=True, out_of_range=True)
    assert len(plan_table(table, POLICY, dates, TODAY).refusals) == 8


def test_what_cannot_be_kept_is_listed_with_what_stands_for_it() -> None:
    structure = replace(
        STRUCTURE,
        indexes=(
            *STRUCTURE.indexes,
            Index("one_code", True, "u", ("code",), "", ""),
            Index("with_date", True, "u", ("code", "created_at"), "", ""),
            Index("no_overlap", False, "x", ("code",), "", ""),
        ),
        referenced_by=(ForeignKey("likes_event", table_name("likes"), EVENTS, ""),),
        publications=("stream",),
        others=("the replica identity",),
    )
    losses = plan_table(replace(PLAIN, structure=structure), POLICY, NO_DATES, TODAY).losses
    assert [one.name for one in losses] == [
        "one_code", "no_overlap", "likes_event of likes", "stream", "the replica identity",
    ]  # fmt: skip
    assert all(one.instead for one in losses)


@pytest.mark.parametrize(("every", "ahead"), [("month", 3), ("week", 8), ("day", 14)])
def test_what_exists_ahead_has_a_default_for_each_length(every: str, ahead: int) -> None:
    written = Partition.model_validate(
        {"table": "events", "component": "db", "by": "created_at", "every": every}
    )
    assert policy_of(written, EVENTS).create_ahead == ahead

"""Conditions: any, all, k of n, limits, rates, trends, dates, durations, and what is unknown."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import yaml

from outgrow.analysis.signals.conditions import Evidence, evaluate
from outgrow.analysis.signals.outcome import Outcome, State
from outgrow.analysis.usage.readings import Readings
from outgrow.analysis.usage.usage import Series, Usage, merge_usage
from outgrow.catalog.load import Catalog
from outgrow.strategy.signals import Condition
from outgrow.strategy.strategy import Strategy
from outgrow.topology.resolve import resolve

NOW = datetime(2026, 3, 31, tzinfo=UTC)
EMPTY_CATALOG = Catalog(lambda _: (), lambda _: None, lambda: ())
STRATEGY = Strategy.model_validate(
    yaml.safe_load(
        """
        outgrow: 1
        name: small
        demand:
          users: {measured: {system: Postgres, query: select count(*) from users}}
          db.database_gb:
            measured: {system: the Supabase dashboard}
            per: {users: {low: 0.01, likely: 0.02, high: 0.04}}
        components:
          db: {kind: postgres}
          cache: {kind: redis}
        signals:
          crowded: {when: {metric: users, at_least: 50}}
          circular: {when: {any: [{signal: circular}]}}
        phases:
          one:
            use:
              db:
                offering: own/db
                limits:
                  database_gb: 10
                  connections: {value: 100, metric: open_connections}
        """
    )
)


def daily(*values: float, metric: str = "users", every_days: float = 1) -> Series:
    count = len(values)
    return Series(
        metric,
        tuple(
            (NOW - timedelta(days=every_days * (count - 1 - i)), Decimal(str(value)))
            for i, value in enumerate(values)
        ),
        "usage.csv",
    )


def judge(condition: dict[str, Any], *series: Series, **values: float) -> Outcome:
    given = {name.replace("__", "."): Decimal(str(value)) for name, value in values.items()}
    usage = merge_usage(Usage({one.metric: one for one in series}), Usage.from_values(given, NOW))
    evidence = Evidence(
        Readings(usage, STRATEGY.demand, NOW),
        resolve(STRATEGY, EMPTY_CATALOG, "one"),
        STRATEGY.signals,
    )
    return evaluate(Condition.model_validate(condition), evidence)


@pytest.mark.parametrize(
    ("comparator", "value", "state"),
    [
        ({"above": 50}, 50, State.WARN),
        ({"above": 50}, 51, State.HOLDS),
        ({"at_least": 50}, 50, State.HOLDS),
        ({"at_least": 50}, 44, State.NO),
        ({"at_least": 50, "warn": 40}, 44, State.WARN),
        ({"below": 50}, 49, State.HOLDS),
        ({"below": 50}, 50, State.NO),
        ({"at_most": 50, "warn": 60}, 55, State.WARN),
        ({"at_most": 50, "warn": 60}, 61, State.NO),
    ],
)
def test_a_comparison_knows_its_threshold_and_its_warning_band(
    comparator: dict[str, int], value: int, state: State
) -> None:
    assert judge({"metric": "users", **comparator}, users=value).state is state


def test_the_reason_is_a_sentence_with_the_numbers() -> None:
    assert judge({"metric": "users", "at_least": 50}, users=52).reason == (
        "users is 52, at or above 50"
    )
    assert judge({"metric": "users", "at_least": 50}, users=46).reason == (
        "users is 46, below 50 still, but at or above the warning at 45"
    )


def test_a_missing_metric_is_unknown_and_says_where_to_measure_it() -> None:
    outcome = judge({"metric": "users", "at_least": 50})
    assert outcome.state is State.UNKNOWN
    assert outcome.reason == (
        "unknown because no value for `users`: measure it in Postgres (select count(*) from users)"
    )
    assert [one.metric for one in outcome.missing] == ["users"]


def test_an_estimate_holds_only_where_both_its_ends_agree() -> None:
    condition = {"metric": "db.database_gb", "at_least": 10}
    assert judge(condition, users=1200).state is State.HOLDS
    assert judge(condition, users=400).state is State.UNKNOWN
    assert judge(condition, users=100).state is State.NO


def test_an_estimate_may_warn_and_says_that_it_is_one() -> None:
    outcome = judge({"metric": "db.database_gb", "at_least": 10, "warn": 2}, users=300)
    assert outcome.state is State.WARN
    assert "estimated between 3 and 12" in outcome.reason
    assert "it was not measured" in outcome.because


def test_a_measured_value_wins_over_the_estimate() -> None:
    outcome = judge({"metric": "db.database_gb", "at_least": 10}, users=1200, db__database_gb=3)
    assert outcome.state is State.NO


def test_any_holds_if_one_holds_whatever_is_unknown() -> None:
    group = {"any": [{"metric": "tenants", "above": 1}, {"metric": "users", "at_least": 50}]}
    assert judge(group, users=50).state is State.HOLDS
    assert judge(group, users=10).state is State.UNKNOWN
    assert judge(group, users=10, tenants=0).state is State.NO


def test_all_fails_if_one_fails_whatever_is_unknown() -> None:
    group = {"all": [{"metric": "tenants", "above": 1}, {"metric": "users", "at_least": 50}]}
    assert judge(group, users=10).state is State.NO
    assert judge(group, users=50).state is State.UNKNOWN
    assert judge(group, users=50, tenants=2).state is State.HOLDS


def test_k_of_n_is_settled_as_soon_as_the_rest_cannot_change_it() -> None:
    group = {
        "at_least_k": 2,
        "of": [{"metric": name, "above": 1} for name in ("a", "b", "c")],
    }
    assert judge(group, a=5, b=5).state is State.HOLDS
    assert judge(group, a=0, b=0).state is State.NO
    assert judge(group, a=5, b=0).state is State.UNKNOWN
    assert judge(group, a=5, b=0, c=0).reason == (
        "1 of 3 holds, 2 needed; b is 0, not above 1; c is 0, not above 1"
    )


def test_a_condition_of_the_warning_band_never_becomes_a_must() -> None:
    assert judge({"metric": "users", "above": 5, "band": "warn"}, users=9).state is State.WARN


def test_a_named_signal_is_judged_where_it_is_referred_to() -> None:
    outcome = judge({"signal": "crowded"}, users=60)
    assert outcome.state is State.HOLDS
    assert outcome.reason == "crowded: users is 60, at or above 50"


def test_a_signal_that_refers_to_itself_is_unknown() -> None:
    assert "refers to itself" in judge({"signal": "circular"}).reason


def test_a_limit_is_compared_by_the_share_in_use() -> None:
    outcome = judge({"limit": "db.database_gb", "at_least": 0.8}, db__database_gb=8.5)
    assert outcome.state is State.HOLDS
    assert outcome.reason == (
        "db.database_gb is 8.5, 85 % of the limit db.database_gb of 10, at or above 80 % (8)"
    )
    assert "own/db database_gb = 10" in outcome.because


def test_a_limit_counts_the_metric_it_names_before_the_usual_ones() -> None:
    condition = {"limit": "db.connections", "above": 0.5, "warn": 0.4}
    assert judge(condition, open_connections=60, db__connections=1).state is State.HOLDS
    assert judge(condition, db__connections=45).state is State.WARN


def test_a_limit_of_a_component_that_the_phase_does_not_run_cannot_be_reached() -> None:
    assert judge({"limit": "cache.memory_gib", "above": 0.8}).state is State.NO


def test_a_limit_that_nobody_gives_is_unknown() -> None:
    outcome = judge({"limit": "db.rows", "above": 0.8})
    assert outcome.state is State.UNKNOWN
    assert "own/db has no limit db.rows" in outcome.reason


def test_a_duration_holds_when_every_value_in_the_window_does() -> None:
    condition = {"metric": "users", "above": 50, "for_days": 3}
    assert judge(condition, daily(10, 60, 60, 60, 60)).state is State.HOLDS
    outcome = judge(condition, daily(60, 60, 10, 60, 60))
    assert outcome.state is State.WARN
    assert "for 1 day of the 3 days it must last" in outcome.reason


def test_a_record_shorter_than_the_duration_is_unknown_unless_the_present_settles_it() -> None:
    condition = {"metric": "users", "above": 50, "for_days": 14}
    outcome = judge(condition, daily(60, 60, 60))
    assert outcome.state is State.UNKNOWN
    assert "the record covers 2 days of 14 days" in outcome.reason
    assert judge(condition, daily(60, 60, 10)).state is State.NO


def test_values_too_far_apart_do_not_show_that_something_lasted() -> None:
    condition = {"metric": "users", "above": 50, "for_days": 14}
    outcome = judge(condition, daily(60, 60, 60, every_days=30))
    assert outcome.state is State.UNKNOWN
    assert "too far apart" in outcome.reason
    assert judge(condition, daily(60, 60, 60, every_days=7)).state is State.HOLDS


def test_seconds_are_a_duration_too() -> None:
    condition = {"metric": "users", "above": 50, "for_seconds": 600}
    assert judge(condition, daily(60, 60, 60, every_days=1 / 288)).state is State.HOLDS


def test_a_duration_of_a_group_applies_to_each_condition() -> None:
    condition = {"all": [{"metric": "users", "above": 50}], "for_days": 3}
    assert judge(condition, daily(60, 60)).state is State.UNKNOWN
    assert judge(condition, daily(60, 60, 60, 60)).state is State.HOLDS


def test_an_estimate_has_no_record_to_last() -> None:
    condition = {"metric": "db.database_gb", "above": 1, "for_days": 2}
    assert "only estimated" in judge(condition, daily(9000, 9000, 9000)).reason


def test_a_rate_is_the_growth_a_day_over_a_week() -> None:
    outcome = judge({"rate_of": "users", "at_least": 10}, daily(*range(0, 90, 10)))
    assert outcome.state is State.HOLDS
    assert outcome.reason == "users grows by 10 a day over 7 days, at or above 10"
    assert judge({"rate_of": "users", "at_least": 10}, users=5).state is State.UNKNOWN


def test_a_rate_between_monthly_values_is_taken_over_the_month() -> None:
    outcome = judge({"rate_of": "users", "at_least": 10}, daily(0, 300, every_days=30))
    assert outcome.state is State.HOLDS


def test_a_trend_is_not_made_by_one_outlier() -> None:
    trend = {"metric": "users", "trend": {"direction": "rising", "by_share": 0.2, "over_days": 6}}
    assert judge(trend, daily(100, 105, 110, 115, 120, 125, 130)).state is State.HOLDS
    assert judge(trend, daily(100, 100, 100, 100, 100, 100, 900)).state is State.NO
    assert judge(trend, daily(100, 130)).state is State.UNKNOWN


def test_a_trend_without_a_share_must_stand_out_from_the_noise() -> None:
    trend = {"metric": "users", "trend": {"direction": "rising", "over_days": 6}}
    assert judge(trend, daily(100, 102, 101, 104, 105, 106, 108)).state is State.HOLDS
    assert judge(trend, daily(100, 130, 95, 125, 102, 131, 104)).state is State.NO


def test_a_falling_trend_is_the_mirror_of_a_rising_one() -> None:
    trend = {"metric": "users", "trend": {"direction": "falling", "by_share": 0.2, "over_days": 4}}
    assert judge(trend, daily(100, 90, 80, 70, 60)).state is State.HOLDS
    assert judge(trend, daily(60, 70, 80, 90, 100)).state is State.NO


def test_a_date_warns_a_month_ahead_and_holds_from_its_day_on() -> None:
    assert judge({"on_or_after": "2026-03-31"}).state is State.HOLDS
    assert judge({"on_or_after": "2026-04-20"}).state is State.WARN
    assert judge({"on_or_after": "2026-06-20"}).state is State.NO
    assert judge({"on_or_after": "2026-06-20", "warn": 90}).state is State.WARN


def test_values_after_now_do_not_count() -> None:
    later = Series("users", ((NOW + timedelta(days=1), Decimal(99)),))
    outcome = judge({"metric": "users", "at_least": 50}, later)
    assert outcome.state is State.UNKNOWN
    assert "lies after 2026-03-31" in outcome.reason


def test_a_figure_that_the_record_is_about_to_pass_holds_before_it_is_passed() -> None:
    rising = daily(*range(10, 70))
    condition = {"metric": "users", "above": 79}
    soon = judge({**condition, "within_days": 14}, rising)
    assert soon.state is State.HOLDS
    assert soon.reason.startswith("users is 69; above 79 within 14 days: likely 2026-04-")
    assert judge({**condition, "within_days": 3}, rising).state is State.NO
    passed = judge({"metric": "users", "above": 60, "within_days": 3}, rising)
    assert passed.reason == "users is 69, above 60 already"


def test_a_record_that_is_too_short_to_look_ahead_leaves_it_unknown() -> None:
    few = judge({"metric": "users", "above": 79, "within_days": 14}, users=50)
    assert few.state is State.UNKNOWN
    flat = daily(*([20] * 20))
    far = judge({"metric": "users", "above": 79, "within_days": 300}, flat)
    assert far.state is State.UNKNOWN
    assert "look ahead only 19 days" in far.reason

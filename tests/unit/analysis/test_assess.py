"""What `outgrow status` concludes: phase, headroom, signals, dates, money, and what is unknown."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import yaml

from outgrow.analysis.signals.outcome import State
from outgrow.analysis.status.assess import assess
from outgrow.analysis.status.assessment import Assessment, Verdict
from outgrow.analysis.status.findings import FindingKind
from outgrow.analysis.status.next_steps import Due
from outgrow.analysis.status.waiting import Bound
from outgrow.analysis.usage.usage import Series, Usage
from outgrow.catalog.load import Catalog
from outgrow.errors import InputError
from outgrow.strategy.strategy import Strategy

NOW = datetime(2026, 3, 31, tzinfo=UTC)
EMPTY_CATALOG = Catalog(lambda _: (), lambda _: None, lambda: ())
TEXT = """
outgrow: 1
name: small
demand:
  users: {measured: {system: Postgres}}
  database_gb: {per: {users: {low: 0.05, likely: 0.1, high: 0.2}}}
components:
  api: {kind: service}
  db: {kind: postgres}
finance: {labour_usd_hour: 50}
phases:
  free:
    serves: {users: 0-50}
    use:
      api: {offering: own/free, price: {per_month: 0}}
      db:
        offering: own/db-free
        price: {per_month: 5}
        limits:
          database_gb: 10
          egress_gb: {value: 100, hard: false}
    next:
      paid:
        when: {metric: users, at_least: 50}
        steps: [{do: Upgrade the database.}, {do: Raise the connection pool.}]
  paid:
    serves: {users: 50-500}
    labour_hours_week: 2
    use:
      api: {offering: own/paid, price: {per_month: 20}}
      db: {offering: own/db-paid, price: {per_month: 80}}
    next:
      large: {when: {metric: users, at_least: 500}}
      free:
        direction: down
        when: {metric: users, below: 30}
  large:
    serves: {users: 500+}
    use:
      api: {offering: own/large, price: {per_month: 400}}
      db: {offering: own/db-large, price: {unknown: true}}
next_steps:
  - {at: {users: 10}, do: Watch the size of the database.}
  - {at: {users: 40}, do: Add a cache.}
  - {at: {users: 100}, do: Add a replica.}
  - {when: at launch, do: Tell everybody.}
"""


def strategy(**changes: Any) -> Strategy:
    written = yaml.safe_load(TEXT)
    for path, value in changes.items():
        place = written
        *parents, last = path.split("__")
        for part in parents:
            place = place.setdefault(part, {})
        place[last] = value
    return Strategy.model_validate(written)


def weekly(metric: str, *values: float) -> Series:
    first = NOW - timedelta(weeks=len(values) - 1)
    points = ((first + timedelta(weeks=i), Decimal(str(v))) for i, v in enumerate(values))
    return Series(metric, tuple(points), "usage.csv")


def assessed(
    given: Strategy, *series: Series, phase: str | None = None, **values: float
) -> Assessment:
    usage = dict(Usage.from_values({k: Decimal(str(v)) for k, v in values.items()}, NOW))
    usage.update({one.metric: one for one in series})
    return assess(given, EMPTY_CATALOG, Usage(usage), NOW, phase)


def test_the_phase_is_the_one_that_the_demand_fits() -> None:
    found = assessed(strategy(), users=120)
    assert found.phase == "paid"
    assert found.phase_because == "it fits: users is 120, within the 50-500 it serves"
    assert {fit.phase: fit.reason for fit in found.fits} == {
        "free": "users is 120, above the 0-50 it serves",
        "paid": "users is 120, within the 50-500 it serves",
        "large": "users is 120, below the 500+ it serves",
    }


def test_the_phase_that_the_strategy_is_in_wins_over_the_one_that_fits() -> None:
    assert assessed(strategy(current="free"), users=120).phase == "free"
    assert assessed(strategy(current="free"), users=120, phase="large").phase == "large"


def test_several_fitting_phases_are_a_branch_and_both_are_named() -> None:
    given = strategy(phases__other={"serves": {"users": "50-500"}, "use": {}})
    found = assessed(given, users=120)
    assert found.fitting == ("paid", "other")
    assert "several fit (paid, other)" in found.phase_because


def test_all_is_well_inside_the_range() -> None:
    found = assessed(strategy(), users=20, database_gb=2, egress_gb=10)
    assert (found.verdict, found.exit_code) == (Verdict.STAY, 0)
    assert found.firing == ()


def test_a_firing_transition_means_move_now_by_its_steps() -> None:
    found = assessed(strategy(current="free"), users=60)
    assert (found.verdict, found.exit_code) == (Verdict.MOVE, 1)
    assert "to paid: users is 60, at or above 50" in found.because
    assert found.move is not None
    assert found.move.phase == "paid"
    assert found.to_do == ("Upgrade the database.", "Raise the connection pool.")


def test_a_phase_that_was_outgrown_long_ago_leads_to_the_one_that_fits() -> None:
    found = assessed(strategy(current="free"), users=900)
    assert found.move is not None
    assert (found.move.phase, found.move.via) == ("large", ("paid",))
    assert found.to_do == ("Move to large, past paid.",)
    assert [way.phase for way in found.ways_on] == ["large", "paid"]


def test_near_the_end_of_the_range_is_time_to_prepare() -> None:
    found = assessed(strategy(), users=46)
    assert (found.verdict, found.exit_code) == (Verdict.PREPARE, 0)
    assert {one.kind for one in found.near} == {FindingKind.TRANSITION, FindingKind.RANGE}


def test_without_the_deciding_metric_the_verdict_is_unknown_and_says_what_to_measure() -> None:
    found = assessed(strategy(current="free"), database_gb=1)
    assert (found.verdict, found.exit_code) == (Verdict.UNKNOWN, 2)
    users = next(one for one in found.unknowns if "users" in one.because)
    assert users.measure == "measure it in Postgres"
    assert "transition paid" in users.about


def test_without_any_phase_the_verdict_is_unknown() -> None:
    found = assessed(strategy())
    assert found.phase is None
    assert found.verdict is Verdict.UNKNOWN
    assert "no value for `users`" in found.because
    assert found.notes == ("nothing was measured",)


def test_headroom_is_the_share_of_each_limit_in_use() -> None:
    found = assessed(strategy(), users=20, database_gb=8.5)
    by_name = {one.name: one for one in found.headroom}
    database = by_name["db.database_gb"]
    assert (database.share, database.state, database.measured) == (
        Decimal("0.85"), State.WARN, True,
    )  # fmt: skip
    assert "own/db-free database_gb = 10 (the strategy)" in database.because
    egress = by_name["db.egress_gb"]
    assert (egress.state, egress.share) == (State.UNKNOWN, None)
    assert egress.reason == "unknown because no value for `db.egress_gb`"


def test_an_estimate_of_headroom_is_called_one_and_may_be_unknown() -> None:
    found = assessed(strategy(), users=45)
    database = next(one for one in found.headroom if one.name == "db.database_gb")
    assert not database.measured
    assert database.state is State.UNKNOWN
    assert "estimated between 2.25 and 9" in database.reason


def test_a_full_hard_limit_means_move_and_a_used_up_allowance_does_not() -> None:
    full = assessed(strategy(), users=20, database_gb=10)
    assert full.verdict is Verdict.MOVE
    assert full.move is not None
    assert full.move.phase == "paid"
    over = assessed(strategy(), users=20, database_gb=1, egress_gb=150)
    assert over.verdict is Verdict.PREPARE
    assert "what is above it is billed" in over.because


def test_too_large_a_phase_costs_the_difference_every_month() -> None:
    found = assessed(strategy(current="paid"), users=40)
    assert found.verdict is Verdict.PREPARE
    assert found.waiting is not None
    assert (found.waiting.amount_usd, found.waiting.per) == (Decimal("95.00"), "month")
    assert "free fits the measured demand: $100.00 - $5.00 a month" in found.waiting.because


def test_a_way_down_is_a_move_too() -> None:
    found = assessed(strategy(current="paid"), users=20)
    assert found.verdict is Verdict.MOVE
    assert found.move is not None
    assert (found.move.phase, found.move.direction) == ("free", "down")


def test_the_costs_of_now_and_next_keep_their_unknown_parts() -> None:
    found = assessed(strategy(), users=120)
    assert found.cost_now is not None
    assert found.cost_now.expected.amount_usd_month == Decimal("100.00")
    assert found.cost_now.labour_usd_month == Decimal("434.52")  # 2 h x 365/84 weeks x $50
    assert found.next is not None
    assert found.next.cost.expected.at_least
    assert "unknown: price" in found.next.cost.because


def test_moving_early_costs_the_difference_until_the_first_crossing() -> None:
    growing = weekly("users", *range(2, 44, 2))
    found = assessed(strategy(), growing)
    first = found.first_crossing
    assert first is not None
    assert first.crossing is not None
    assert first.crossing.likely is not None
    assert timedelta(weeks=3) < first.crossing.likely - NOW < timedelta(weeks=8)
    assert found.moving_early is not None
    assert found.moving_early.amount_usd is not None
    assert Decimal(60) < found.moving_early.amount_usd < Decimal(180)
    assert "$100.00 - $5.00 a month" in found.moving_early.because


def test_moving_early_is_a_bound_where_a_bill_has_unknown_parts() -> None:
    found = assessed(strategy(), weekly("users", *range(60, 480, 20)))
    assert found.moving_early is not None
    assert found.moving_early.bound is Bound.AT_LEAST


def test_moving_early_to_a_cheaper_phase_costs_nothing_and_to_an_unknown_one_is_unknown() -> None:
    growing = weekly("users", *range(2, 44, 2))
    prices = {"per_month": 1}, {"per_month": 1, "unknown": True}
    cheaper, partly = (
        assessed(
            strategy(
                phases__paid__use={"api": {"offering": "own/paid", "price": price}},
            ),
            growing,
        ).moving_early
        for price in prices
    )
    assert cheaper is not None
    assert (cheaper.amount_usd, cheaper.bound) == (Decimal(0), Bound.EXACT)
    assert partly is not None
    assert partly.amount_usd is None


def test_moving_early_is_unknown_without_a_date() -> None:
    found = assessed(strategy(), users=20)
    assert found.moving_early is not None
    assert found.moving_early.amount_usd is None
    assert "nothing says when" in found.moving_early.because
    assert "a forecast needs at least 6" in found.crossings[0].reason


def test_waiting_at_a_full_limit_costs_what_an_hour_of_outage_costs() -> None:
    unknown = assessed(strategy(), users=20, database_gb=11).waiting
    assert unknown is not None
    assert unknown.amount_usd is None
    assert "downtime_usd_hour does not say" in unknown.because
    stated = assessed(strategy(finance__downtime_usd_hour=30), users=20, database_gb=11).waiting
    assert stated is not None
    assert stated.usd_hour_down == Decimal(30)


def test_waiting_costs_nothing_only_where_every_limit_was_measured() -> None:
    known = assessed(strategy(), users=20, database_gb=1, egress_gb=1).waiting
    assert known is not None
    assert known.amount_usd == 0
    unknown = assessed(strategy(), users=20, database_gb=1).waiting
    assert unknown is not None
    assert unknown.amount_usd is None


def test_an_expiring_plan_warns_a_month_ahead_and_then_fires() -> None:
    def state(expires: str) -> State:
        given = strategy(phases__free__use__api={"offering": "own/free", "expires": expires})
        found = assessed(given, users=20)
        return next(one.state for one in found.findings if one.kind is FindingKind.EXPIRY)

    assert state("2026-12-31") is State.NO
    assert state("2026-04-20") is State.WARN
    assert state("2026-03-31") is State.HOLDS


def test_an_expiring_plan_is_a_date_among_the_crossings() -> None:
    given = strategy(phases__free__use__api={"offering": "own/free", "expires": "2026-12-31"})
    first = assessed(given, users=20).first_crossing
    assert first is not None
    assert first.reason == "api on own/free ends on 2026-12-31"


def test_a_named_signal_counts_alone_unless_a_transition_refers_to_it() -> None:
    alone = strategy(signals={"slow": {"when": {"metric": "p95_ms", "above": 500}}})
    assert assessed(alone, users=20, p95_ms=900).verdict is Verdict.MOVE
    both = {"all": [{"signal": "slow"}, {"metric": "users", "at_least": 40}]}
    referred = strategy(
        signals={"slow": {"when": {"metric": "p95_ms", "above": 500}}},
        phases__free__next={"paid": {"when": both}},
    )
    assert assessed(referred, users=20, p95_ms=900).verdict is Verdict.STAY
    assert assessed(referred, users=44, p95_ms=900).verdict is Verdict.MOVE


def test_a_signal_of_a_phase_that_nothing_follows_asks_for_attention_only() -> None:
    given = strategy(signals={"slow": {"when": {"metric": "p95_ms", "above": 500}}})
    assert assessed(given, users=900, p95_ms=900).verdict is Verdict.PREPARE


def test_an_addon_that_is_due_is_no_move_to_another_phase() -> None:
    given = strategy(addons={"replica": {"when": {"metric": "p95_ms", "above": 500}, "use": {}}})
    assert assessed(given, users=20, p95_ms=900).verdict is Verdict.PREPARE


def test_what_a_phase_holds_is_a_limit_with_two_ends() -> None:
    given = strategy(phases__free__holds={"generations": "15-25"})
    states = {
        used: next(
            one.state
            for one in assessed(given, users=20, generations=used).headroom
            if one.name == "generations"
        )
        for used in (10, 13, 20, 25)
    }
    assert states == {10: State.NO, 13: State.WARN, 20: State.WARN, 25: State.HOLDS}


def test_steps_are_reached_next_or_later() -> None:
    found = assessed(strategy(), users=20)
    assert [one.due for one in found.steps] == [Due.REACHED, Due.NEXT, Due.LATER, Due.UNKNOWN]
    assert found.to_do == (
        "Watch the size of the database.",
        "Add a cache. (users is 20 of 40)",
    )


def test_targets_are_met_missed_or_missed_so_far_that_they_alert() -> None:
    given = strategy(
        targets={
            "p95": {"metric": "latency_ms", "component": "api", "below": 300, "alert_above": 500},
            "availability": {"metric": "availability_percent", "above": 99.9},
        }
    )
    fast = assessed(given, Series("api.latency_ms", ((NOW, Decimal(200)),)), users=20)
    assert [one.state for one in fast.targets] == [State.NO, State.UNKNOWN]
    slow = assessed(given, users=20, latency_ms=400, availability_percent=99)
    assert [one.state for one in slow.targets] == [State.WARN, State.WARN]
    down = assessed(given, users=20, latency_ms=600)
    assert down.targets[0].state is State.HOLDS
    assert down.targets[0].reason == (
        "latency_ms is 600, not below 300, and past the alert level 500"
    )


def test_an_alert_needs_every_window_beyond_its_level() -> None:
    given = strategy(
        alerts={
            "hot": {
                "metric": "cpu", "above": 80, "window_seconds": 604800, "windows": 2,
                "to": ["ops"],
            },
            "full": {"limit": "database_gb", "above_share": 0.8},
            "deploy": {"event": "deployed"},
            "elsewhere": {"metric": "cpu", "above": 1, "phases": ["large"]},
        }
    )  # fmt: skip
    hot = assessed(given, weekly("cpu", 10, 90, 95), users=20, database_gb=9)
    assert [(one.name, one.state) for one in hot.alerts] == [
        ("hot", State.HOLDS),
        ("full", State.HOLDS),
        ("deploy", State.UNKNOWN),
    ]
    once = assessed(given, weekly("cpu", 90, 10, 95), users=20)
    assert once.alerts[0].state is State.NO
    short = assessed(given, users=20, cpu=95)
    assert "1 of 2 windows" in short.alerts[0].reason


def test_old_values_count_with_a_note() -> None:
    old = Series("users", ((NOW - timedelta(days=100), Decimal(20)),), "usage.csv")
    found = assessed(strategy(), old)
    assert found.phase == "free"
    assert found.notes == (
        "the newest value is 100 days old, of 2025-12-21: what follows is as of then",
    )


def test_a_phase_or_environment_that_does_not_exist_is_an_error_with_the_names() -> None:
    with pytest.raises(InputError) as raised:
        assessed(strategy(), users=20, phase="huge")
    assert raised.value.remedy == "The phases are free, paid, large."
    with pytest.raises(InputError):
        assess(strategy(), EMPTY_CATALOG, Usage(), NOW, environment="staging")

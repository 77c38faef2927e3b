"""The path through the phases, with the reason for each branch taken and not taken."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import yaml

from outgrow.analysis.decision.decide import Branch, DecisionPath, decide
from outgrow.analysis.decision.decision_tree import Tree, decision_tree
from outgrow.analysis.decision.matrix import Option, matrix
from outgrow.analysis.signals.condition_words import describe
from outgrow.analysis.signals.outcome import State
from outgrow.catalog.load import Catalog
from outgrow.catalog.offering import Capabilities, Offering
from outgrow.catalog.rates import Grade, Provenance
from outgrow.strategy.fields import Range
from outgrow.strategy.load import parse_strategy
from outgrow.strategy.signals import Condition
from outgrow.strategy.strategy import Strategy

NOW = datetime(2026, 3, 31, tzinfo=UTC)
PAGE = Provenance("the provider's page", "2026-01", Grade.A)
CATALOG = Catalog(lambda _: (), lambda _: None, lambda: ()).with_overlay(
    offerings=[
        Offering(
            "fast/functions", "", "tariff", "", frozenset(), PAGE,
            capabilities=Capabilities(longest_request_seconds=Decimal(10), provenance=PAGE),
        )
    ]
)  # fmt: skip
TEXT = """
        outgrow: 1
        name: forked
        demand:
          revenue_usd_month: {measured: {system: Stripe}}
        components:
          api: {kind: service}
          web: {kind: frontend}
          db: {kind: postgres}
        phases:
          free:
            serves: {users: 0-100}
            use: {api: {offering: fast/functions, price: {per_month: 0}}}
            control: limited
            complexity: low
            labour_hours_week: 0
            next:
              managed: {when: {metric: users, at_least: 100}, effort_days: 1-2, complexity: low}
          managed:
            serves: {users: 100-1000}
            holds: {generations: 15-25}
            use:
              api: {offering: fast/functions, price: {per_month: 50}}
              web: {offering: other/web, price: {unknown: true}}
              db: {offering: own/db, price: {per_month: 0}, limits: {requests_minute: 600}}
            next:
              aws:
                when:
                  all: [{metric: users, at_least: 1000}, {metric: revenue_usd_month, above: 300}]
              enterprise: {direction: aside, when: {metric: users, at_least: 1000}}
              free: {direction: down, when: {metric: users, below: 50}}
          aws:
            serves: {users: 1000+}
            use: {}
          enterprise:
            serves: {users: 1000+}
            use: {}
        addons:
          replica: {use: {}, fits: [managed, aws], when: {metric: reads_per_second, above: 100}}
          cache: {use: {}, fits: [free]}
        environments:
          spare: {fallback_for: production}
"""
STRATEGY = Strategy.model_validate(yaml.safe_load(TEXT))


def decided(**values: float) -> DecisionPath:
    return decide(STRATEGY, CATALOG, {k: Decimal(str(v)) for k, v in values.items()}, NOW)


def branches(path: DecisionPath, phase: str) -> dict[str, Branch]:
    stop = next(one for one in path.stops if one.phase == phase)
    return {one.to: one for one in stop.branches}


def test_the_path_ends_at_the_phase_that_fits() -> None:
    path = decided(users=35)
    assert path.phase == "free"
    assert path.because == "users is 35, within the 0-100 it serves"
    branch = branches(path, "free")["managed"]
    assert (branch.taken, branch.reason) == (False, "users is 35, below 100")


def test_every_stop_says_why_one_goes_on() -> None:
    path = decided(users=300)
    assert [stop.phase for stop in path.stops] == ["free", "managed"]
    assert path.stops[0].reason == "on to managed: users is 300, at or above 100"


def test_of_two_open_branches_the_first_is_taken_and_the_other_named() -> None:
    path = decided(users=2000, revenue_usd_month=500)
    assert path.phase == "aws"
    assert path.alternatives == ("enterprise",)
    other = branches(path, "managed")["enterprise"]
    assert other.reason.startswith("open as well, but aws comes first")


def test_a_missing_value_leaves_its_branch_unknown_and_says_what_to_measure() -> None:
    path = decided(users=2000)
    branch = branches(path, "managed")["aws"]
    assert branch.state is State.UNKNOWN
    assert "no value for `revenue_usd_month`: measure it in Stripe" in branch.reason
    assert path.phase == "enterprise"


def test_without_the_first_value_the_path_ends_where_it_starts() -> None:
    path = decided()
    assert path.phase is None
    assert "no value for `users`" in path.because


def test_a_way_back_is_never_taken_on_the_way_up() -> None:
    back = branches(decided(users=300), "managed")["free"]
    assert not back.taken
    assert back.reason == "it leads back; users is 300, not below 50"


def test_addons_and_fallback_environments_stand_beside_the_phase() -> None:
    path = decided(users=300, reads_per_second=500)
    asides = {one.name: (one.state, one.reason) for one in path.asides}
    assert asides == {
        "replica": (State.HOLDS, "reads_per_second is 500, above 100"),
        "cache": (State.NO, "meant for free"),
        "spare": (State.HOLDS, "it stands by for production"),
    }


def test_a_phase_without_a_condition_is_reached_by_the_range_it_serves() -> None:
    written = yaml.safe_load(TEXT)
    written["phases"]["free"]["next"] = {"managed": {}}
    given = Strategy.model_validate(written)
    path = decide(given, CATALOG, {"users": Decimal(300)}, NOW)
    assert path.phase == "managed"
    assert path.stops[0].reason == (
        "on to managed: users is 300, above the 0-100 it serves; managed fits"
    )


def test_the_tree_draws_every_phase_once_with_its_forks() -> None:
    (tree,) = decision_tree(STRATEGY)
    assert drawn(tree) == ["free", "managed", "aws", "enterprise"]
    managed = tree.forks[0].to
    assert managed is not None
    assert [(fork.name, fork.direction, fork.when, fork.to is None) for fork in managed.forks] == [
        ("aws", "up", "users at least 1,000 and revenue_usd_month above 300", False),
        ("enterprise", "aside", "users at least 1,000", False),
        ("free", "down", "users below 50", True),
    ]
    assert managed.addons == (("replica", "reads_per_second above 100"),)


def test_a_circle_of_phases_is_drawn_once() -> None:
    text = """
        outgrow: 1
        name: circle
        components: {api: {kind: service}}
        start: c
        phases:
          a: {next: {b: {}}}
          b: {next: {a: {}}}
          c: {}
    """
    trees = decision_tree(Strategy.model_validate(yaml.safe_load(text)))
    assert [drawn(tree) for tree in trees] == [["c"], ["a", "b"]]


def drawn(tree: Tree) -> list[str]:
    below = [name for fork in tree.forks if fork.to for name in drawn(fork.to)]
    return [tree.phase, *below]


def test_a_condition_reads_as_words() -> None:
    def words(**written: object) -> str:
        return describe(Condition.model_validate(written))

    assert words(limit="db.database_gb", above=0.8, for_days=3) == (
        "use of the limit db.database_gb above 80 % for 3 days"
    )
    rising = {"direction": "rising", "by_share": 0.2, "over_days": 28}
    assert words(metric="timeouts", trend=rising) == "timeouts rising by 20 % over 28 days"
    assert words(at_least_k=2, of=[{"signal": "a"}, {"signal": "b"}, {"signal": "c"}]) == (
        "at least 2 of: the signal a, the signal b, the signal c"
    )
    nested = [{"on_or_after": "2026-09-01"}, {"all": [{"signal": "a"}, {"signal": "b"}]}]
    assert words(any=nested) == "on or after 2026-09-01 or (the signal a and the signal b)"
    assert words(rate_of="users", at_least=10) == "daily growth of users at least 10"


def options() -> dict[str, Option]:
    return {one.phase: one for one in matrix(STRATEGY, CATALOG).options}


def test_the_matrix_shows_what_is_unknown_as_unknown() -> None:
    free, aws = options()["free"], options()["aws"]
    assert (free.control, free.complexity) == ("limited", "low")
    assert free.devops_hours_week is not None
    assert (aws.control, aws.complexity, aws.devops_hours_week) == (None, None, None)
    assert aws.longest_request is None
    assert options()["managed"].cost.expected.at_least


def test_the_longest_request_is_the_shortest_of_those_that_answer() -> None:
    free, managed = options()["free"].longest_request, options()["managed"].longest_request
    assert free is not None
    assert (free.seconds, free.at_most) == (Decimal(10), False)
    assert free.because == "api on fast/functions: 10 s (the provider's page, 2026-01)"
    assert managed is not None
    assert managed.at_most
    assert managed.because.endswith("nothing says it of web")


def test_the_matrix_names_what_a_phase_holds_and_the_effort_to_get_there() -> None:
    managed = options()["managed"]
    assert [(one.name, str(one.amount)) for one in managed.concurrency] == [
        ("generations", "15-25")
    ]
    assert [(one.name, str(one.amount)) for one in managed.request_limits] == [
        ("db.requests_minute", "600")
    ]
    (effort,) = managed.effort
    assert (effort.come_from, effort.days, effort.complexity) == (
        "free", Range(low=Decimal(1), high=Decimal(2)), "low",
    )  # fmt: skip


def decided_in(text: str, **values: float) -> DecisionPath:
    given = {name: Decimal(value) for name, value in values.items()}
    return decide(parse_strategy(text).strategy, CATALOG, given, NOW)


LISTED = """
outgrow: 1
name: listed
demand: {tenants: {}, documents: {}}
components: {api: {kind: service}}
phases:
  pilot: {serves: {tenants: 0-10, documents: 0-1000}, use: {api: {price: {per_month: 1}}}}
  grown: {serves: {tenants: 10-90, documents: 1000-9000}, use: {api: {price: {per_month: 2}}}}
  large: {serves: {tenants: 90-500, documents: 9000-90000}, use: {api: {price: {per_month: 3}}}}
"""


def test_phases_without_any_next_follow_each_other_as_written() -> None:
    path = decided_in(LISTED, tenants=50, documents=5000)
    assert [stop.phase for stop in path.stops] == ["pilot", "grown"]


def test_the_variable_that_grew_most_decides_where_several_are_served() -> None:
    path = decided_in(LISTED, tenants=4, documents=5000)
    assert path.phase == "grown"
    assert "no smaller phase serves it all" in path.because


def test_who_outgrew_every_phase_is_led_to_the_largest() -> None:
    path = decided_in(LISTED, tenants=4000, documents=5000)
    assert path.phase == "large"
    assert path.because.endswith("and nothing leads on")


def test_a_phase_that_fits_is_named_though_no_way_leads_there() -> None:
    text = LISTED.replace("pilot: {", "pilot: {next: {large: {when: {metric: x, above: 1}}}, ")
    path = decided_in(text, tenants=50, documents=5000, x=0)
    assert path.phase == "grown"
    assert "no way is written that leads there from pilot" in path.because

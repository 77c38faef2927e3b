"""Names that lead nowhere, and names that lead in circles, are found wherever they stand."""

from __future__ import annotations

import pytest

from outgrow.diagnostics import Diagnostic, Severity
from outgrow.errors import InvalidStrategy
from outgrow.strategy.load import parse_strategy

BASE = """\
outgrow: 1
name: base
demand: {users: {}, requests: {per: {users: 3}}}
components: {app: {kind: service}, db: {kind: postgres}}
phases:
  one: {use: {app: {offering: aws/fargate}}, next: {two: {}}}
  two: {use: {app: {offering: aws/fargate}}}
"""


def found(addition: str, base: str = BASE) -> list[Diagnostic]:
    try:
        parse_strategy(base + addition)
    except InvalidStrategy as invalid:
        return list(invalid.diagnostics)
    return []


@pytest.mark.parametrize(
    ("addition", "code", "path"),
    [
        ("start: three", "unknown-phase", "start"),
        ("current: three", "unknown-phase", "current"),
        ("production: live\nenvironments: {dev: {}}", "unknown-environment", "production"),
        ("signals: {s: {component: x, when: {metric: m, above: 1}}}", "unknown-component",
         "signals/s/component"),
        ("signals: {s: {when: {any: [{limit: x.storage_gib, above: 1}]}}}", "unknown-component",
         "signals/s/when/any/0/limit"),
        ("signals: {s: {when: {all: [{signal: t}]}}}", "unknown-signal",
         "signals/s/when/all/0/signal"),
        ("addons: {a: {use: {x: {offering: aws/alb}}}}", "unknown-component", "addons/a/use/x"),
        ("addons: {a: {use: {}, fits: [three]}}", "unknown-phase", "addons/a/fits/0"),
        ("addons: {a: {use: {}, steps: [{do: it, component: x}]}}", "unknown-component",
         "addons/a/steps/0/component"),
        ("alerts: {a: {event: e, to: [team]}}", "unknown-channel", "alerts/a/to/0"),
        ("alerts: {a: {event: e, phases: [three]}}", "unknown-phase", "alerts/a/phases/0"),
        ("alerts: {a: {limit: x.conns, above_share: 0.8}}", "unknown-component", "alerts/a/limit"),
        ("targets: {t: {metric: m, below: 1, component: x}}", "unknown-component",
         "targets/t/component"),
        ("caching: {c: {layer: cdn, component: x}}", "unknown-component", "caching/c/component"),
        ("sandboxes: [{component: x, stop_after_seconds: 9}]", "unknown-component",
         "sandboxes/0/component"),
        ("data_growth: {sharding: [{component: db, by: [id], from_phase: three}]}",
         "unknown-phase", "data_growth/sharding/0/from_phase"),
        ("next_steps: [{do: it, at: {tenants: 5}}]", "unknown-demand-variable",
         "next_steps/0/at/tenants"),
        ("next_steps: [{do: it, phase: three}]", "unknown-phase", "next_steps/0/phase"),
        ("claims: {c: {says: s, states: 1, sum_of: [d]}}", "unknown-claim", "claims/c/sum_of/0"),
        ("claims: {c: {says: s, states: 1, phase: {phase: three}}}", "unknown-phase",
         "claims/c/phase/phase"),
        ("claims: {c: {says: s, states: 1, phase: {phase: one, environment: dev}}}",
         "unknown-environment", "claims/c/phase/environment"),
        ("environments: {production: {phase: three}}", "unknown-phase",
         "environments/production/phase"),
        ("environments: {production: {only: [x]}}", "unknown-component",
         "environments/production/only/0"),
        ("environments: {production: {fallback_for: dev}}", "unknown-environment",
         "environments/production/fallback_for"),
        ("environments: {production: {rules: {migrations_first_in: dev}}}",
         "unknown-environment", "environments/production/rules/migrations_first_in"),
        ("environments: {dev: {}}", "unknown-environment", "environments"),
        ("environments: {production: {use: {db: {count: 1}}}}", "no-offering",
         "environments/production/use/db"),
        ("deploy: {jobs: {a: {runs: [x], after: [b]}}}", "unknown-job", "deploy/jobs/a/after/0"),
        ("offerings: {x/y: {price: {per_month: 5, currency: EUR}}}", "unknown-currency",
         "offerings/x/y/price/currency"),
        ("finance: {currency: CHF}", "unknown-currency", "finance/currency"),
        ("offerings: {x/y: {price: {share_of_revenue: 0.03}}}", "unknown-demand-variable",
         "offerings/x/y/price/share_of_revenue"),
    ],
)  # fmt: skip
def test_a_name_that_nothing_declares_is_reported(addition: str, code: str, path: str) -> None:
    [problem] = found(addition)
    assert (problem.code, problem.path_text) == (code, path)
    assert problem.location
    assert problem.remedy


@pytest.mark.parametrize(
    ("assignment", "path"),
    [
        ("{offering: aws/alb, holds: {tenants: 5}}", "holds/tenants"),
        ("{offering: aws/alb, usage: {requests: tenants}}", "usage/requests"),
        ("{offering: aws/alb, usage: {requests: {demand: tenants}}}", "usage/requests/demand"),
        ("{runs_on: machine}", "runs_on"),
    ],
)
def test_names_inside_an_assignment_are_followed(assignment: str, path: str) -> None:
    [problem] = found("", BASE.replace("{offering: aws/fargate}", assignment, 1))
    assert problem.path_text == f"phases/one/use/app/{path}"


@pytest.mark.parametrize("section", ["serves", "expects", "holds"])
def test_demand_that_a_phase_speaks_of_must_be_declared(section: str) -> None:
    [problem] = found("", BASE.replace("one: {", f"one: {{{section}: {{usres: 5}}, "))
    assert problem.code == "unknown-demand-variable"
    assert problem.remedy == "Did you mean `users`?"


@pytest.mark.parametrize(
    ("base", "addition", "code", "chain"),
    [
        (BASE.replace("users: {},", "users: {per: {requests: 1}},"), "", "demand-cycle",
         "users -> requests -> users"),
        (BASE, "signals: {a: {when: {signal: b}}, b: {when: {any: [{signal: a}]}}}",
         "signal-cycle", "a -> b -> a"),
        (BASE, "claims: {a: {says: s, states: 1, sum_of: [a]}}", "claim-cycle", "a -> a"),
        (BASE, "offerings: {a/a: {like: b/b}, b/b: {like: a/a}}", "like-cycle", "a/a -> b/b"),
        (BASE, "deploy: {jobs: {a: {runs: [], after: [b]}, b: {runs: [], after: [a]}}}",
         "job-cycle", "a -> b -> a"),
        (BASE.replace("{offering: aws/fargate}", "{offering: aws/alb, runs_on: app}", 1), "",
         "runs-on-cycle", "app -> app"),
    ],
)  # fmt: skip
def test_a_circle_is_reported_with_its_chain(
    base: str, addition: str, code: str, chain: str
) -> None:
    [problem] = found(addition, base)
    assert problem.code == code
    assert chain in problem.reason
    assert problem.remedy == "Remove one of these links."


def test_a_cycle_that_only_leads_into_another_is_reported_once() -> None:
    text = "signals: {a: {when: {signal: b}}, b: {when: {signal: c}}, c: {when: {signal: b}}}"
    assert [problem.code for problem in found(text)] == ["signal-cycle"]


def test_a_phase_is_not_its_own_next_phase() -> None:
    [problem] = found("", BASE.replace("next: {two: {}}", "next: {one: {}, two: {}}"))
    assert (problem.code, problem.path_text) == ("next-to-itself", "phases/one/next/one")


def test_an_assignment_without_offering_price_or_leave_out_is_reported() -> None:
    [problem] = found("", BASE.replace("{offering: aws/fargate}", "{count: 2}", 1))
    assert (problem.code, problem.path_text) == ("no-offering", "phases/one/use/app")
    for enough in ("{price: {per_month: 5}}", "{leave_out: true}"):
        assert found("", BASE.replace("{offering: aws/fargate}", enough, 1)) == []


def test_an_environment_may_change_what_its_phase_assigns() -> None:
    assert found("environments: {production: {use: {app: {count: 1}}}}") == []
    assert found("environments: {production: {phase: one, use: {app: {count: 1}}}}") == []


def test_an_unknown_name_lists_what_there_is() -> None:
    [problem] = found("start: third-phase-of-all")
    assert problem.remedy == "Add it under `phases`, or write one of: one, two."
    [problem] = found("alerts: {a: {event: e, to: [team]}}")
    assert problem.remedy == "Declare it: add `team` under `channels`."


def test_wrong_values_and_wrong_names_are_reported_together() -> None:
    codes = [problem.code for problem in found("start: three\nretention: {logs_days: -1}\n")]
    assert codes == ["unknown-phase", "out-of-range"]


def test_a_phase_that_nothing_leads_to_is_a_warning() -> None:
    extra = "  three: {use: {}, next: {two: {}}}\n"
    [warning] = parse_strategy(BASE + extra).warnings
    assert (warning.severity, warning.code) == (Severity.WARNING, "unreachable-phase")
    assert str(warning.location) == "outgrow.yaml:8:3"
    assert parse_strategy(BASE + extra + "current: three\n").warnings == ()


def test_phases_without_any_transition_are_a_list_in_order() -> None:
    assert parse_strategy(BASE.replace(", next: {two: {}}", "")).warnings == ()

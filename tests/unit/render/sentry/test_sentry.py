"""Which alerts become rules of Sentry, in whose words, and which it cannot keep."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from tests.systems import all_systems, system
from tests.unit.render.written_systems import system_with, text_of

from outgrow.render.sentry import TARGET
from outgrow.render.sentry.apply_script import APPLY_SH
from outgrow.render.system.model import System
from outgrow.strategy.bindings import Tracing
from outgrow.strategy.targets import Alert, Channel, Target

SHOP = """
api:
  kind: service
  build: {}
  talks_to: [errors]
  environment: {SENTRY_TRACES_SAMPLE_RATE: "0.25"}
  secrets: {SENTRY_DSN: "env:SENTRY_DSN"}
job: {kind: worker, build: {}}
errors: {kind: error_tracking}
"""
HOSTILE = "x\" env:SENTRY_TEAM_ID $(id) `id` ${HOME} {{.}} \\ \n'; rm -rf /"


def shop(components: str = SHOP, channels: Any = None, **alerts: Any) -> System:
    rented = {"offering": "railway/pro"}  # where nobody but Sentry sees how long requests take
    found = system_with(components, errors={"offering": "sentry/team"}, api=rented)
    changes = {
        "alerts": {name.replace("_", "-"): Alert(**alert) for name, alert in alerts.items()},
        "channels": {name: Channel(**one) for name, one in (channels or {}).items()},
    }
    return replace(found, strategy=found.strategy.model_copy(update=changes))


def document(found: System, path: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(text_of(TARGET.render(found), path))
    return read


def paths(found: System) -> set[str]:
    return {file.path for file in TARGET.render(found).files}


def codes(found: System) -> set[str]:
    return {loss.code for loss in TARGET.render(found).losses}


def slow(**more: Any) -> dict[str, Any]:
    return {"metric": "api.latency_p95_ms", "component": "api", "above": Decimal(500), **more}


def test_an_application_with_the_kit_samples_as_it_is_told() -> None:
    found = shop(SHOP.replace("kind: service", "kind: service\n  kit: true"))
    told = Tracing(errors_sample_share=Decimal("0.5"), traces_sample_share=Decimal("0.1"))
    changed = replace(found, strategy=found.strategy.model_copy(update={"tracing": told}))
    settings = document(changed, "settings.json")["projects"]["api"]
    assert (settings["sampleRate"], settings["tracesSampleRate"]) == (0.5, 0.1)


def test_a_latency_is_a_percentile_of_the_requests_spans() -> None:
    rule = document(shop(slow=slow()), "metric-alerts/api/slow.json")
    assert rule["aggregate"] == "p95(span.duration)"
    assert rule["query"] == "is_transaction:true"
    assert (rule["timeWindow"], rule["thresholdType"]) == (5, 0)
    assert rule["triggers"][0]["alertThreshold"] == 500
    assert rule["projects"] == ["api"]
    assert rule["environment"] == "production"


def test_an_error_rate_in_percent_is_a_share_between_zero_and_one() -> None:
    found = shop(failing={"metric": "api.error_rate_percent", "component": "api", "above": 2})
    rule = document(found, "metric-alerts/api/failing.json")
    assert rule["aggregate"] == "failure_rate()"
    assert rule["triggers"][0]["alertThreshold"] == 0.02


def test_a_number_of_errors_is_counted_in_every_project() -> None:
    many = {"metric": "errors.events", "component": "errors", "above": 10, "statistic": "sum"}
    found = shop(
        SHOP.replace("{kind: worker, build: {}}", "{kind: worker, talks_to: [errors]}"), many=many
    )
    for project in ("api", "job"):
        rule = document(found, f"metric-alerts/{project}/many.json")
        assert (rule["dataset"], rule["aggregate"]) == ("events", "count()")
        assert rule["name"] == f"shop production {project}: many"


def test_a_latency_without_traces_is_a_loss_and_no_rule() -> None:
    found = shop(SHOP.replace('"0.25"', '"0"'), slow=slow())
    assert "metric-alerts/api/slow.json" not in paths(found)
    assert codes(found) == {"sentry-no-traces"}


def test_what_prometheus_keeps_is_no_loss() -> None:
    found = system_with(SHOP.replace('"0.25"', '"0"'), errors={"offering": "sentry/team"})
    alerts = {"slow": Alert(**slow())}
    strategy = found.strategy.model_copy(update={"alerts": alerts})
    assert codes(replace(found, strategy=strategy)) == set()


def test_what_cloudwatch_keeps_is_no_loss() -> None:
    losses = {loss.path for loss in TARGET.render(system("nexod", "production")).losses}
    assert losses == {("channels", "on-call")}


@pytest.mark.parametrize(
    ("alert", "code"),
    [
        (slow(window_seconds=2700), "sentry-window"),
        (slow(windows=3), "sentry-windows"),
        (slow(to=["pager"]), "sentry-channel"),
        ({**slow(), "metric": "api.latency_p80_ms"}, "sentry-percentile"),
        ({"event": "tea_is_cold", "component": "errors"}, "sentry-event"),
    ],
)
def test_what_sentry_cannot_keep_is_a_loss(alert: dict[str, Any], code: str) -> None:
    assert codes(shop(channels={"pager": {"kind": "page"}}, slow=alert)) == {code}


def test_the_short_window_of_a_burn_rate_is_told_as_lost() -> None:
    promise = Target(metric="api.availability", aim="availability", component="api", above=99)
    found = shop()
    strategy = found.strategy.model_copy(update={"targets": {"available": promise}})
    told = [one for one in TARGET.render(replace(found, strategy=strategy)).losses]
    short = [one.what for one in told if one.code == "sentry-windows"]
    assert [what.split(" of the alert ")[0] for what in short] == [
        "the short window of 300 s",
        "the short window of 1800 s",
    ]


def test_a_window_between_two_of_sentrys_becomes_the_longer_one() -> None:
    rule = document(shop(slow=slow(window_seconds=2700)), "metric-alerts/api/slow.json")
    assert rule["timeWindow"] == 60


def test_new_issues_regressions_and_spikes_are_told_to_their_owners() -> None:
    found = shop()
    for name in ("new-issue", "regression", "spike"):
        rule = document(found, f"issue-alerts/api/{name}.json")
        assert rule["actions"][0]["targetType"] == "IssueOwners"
        assert rule["filters"][0]["level"] == "40"


def test_an_event_of_the_strategy_says_which_channel_is_told() -> None:
    found = shop(
        channels={"chat": {"kind": "slack", "to": "#errors"}},
        fresh={"event": "new_issue", "component": "errors", "to": ["chat"]},
    )
    slack = document(found, "issue-alerts/api/new-issue.json")["actions"][1]
    assert slack["channel"] == "#errors"
    assert len(document(found, "issue-alerts/api/spike.json")["actions"]) == 1


def test_settings_hold_the_rates_that_are_stated_and_null_for_the_others() -> None:
    settings = document(shop(), "settings.json")["projects"]["api"]
    assert settings["tracesSampleRate"] == 0.25
    assert settings["profilesSampleRate"] is None
    assert settings["dsn"] == "env:SENTRY_DSN"
    assert "filtered-transaction" in settings["inboundFilters"]


@pytest.mark.parametrize("rate", ["2", "-0.1", "ten percent", "NaN"])
def test_a_rate_that_is_no_share_is_a_loss(rate: str) -> None:
    found = shop(SHOP.replace('"0.25"', f'"{rate}"'))
    assert codes(found) == {"sentry-sample-rate"}
    assert document(found, "settings.json")["projects"]["api"]["tracesSampleRate"] is None


def test_text_of_the_strategy_is_data_and_the_script_holds_none_of_it() -> None:
    found = shop(
        channels={"chat": {"kind": "slack", "to": HOSTILE}},
        slow=slow(description=HOSTILE, to=["chat"]),
    )
    rule = document(found, "metric-alerts/api/slow.json")
    assert rule["triggers"][0]["actions"][1]["targetIdentifier"] == HOSTILE
    assert text_of(TARGET.render(found), "apply.sh") == APPLY_SH


def test_it_is_rendered_where_errors_go_to_sentry_and_for_anyone_who_asks() -> None:
    for name, found in all_systems():
        rendering = TARGET.render(found)
        assert rendering == TARGET.render(found), name
        assert {"settings.json", "apply.sh"} <= {file.path for file in rendering.files}, name
        sentry = [p for p in found.parts if p.provider == "sentry"]
        assert TARGET.applies(found) == bool(sentry), name
        assert rendering.covers == {part.name for part in sentry}, name

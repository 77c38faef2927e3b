"""Each rule about applications with outgrow-kit finds what it is for, and nothing else."""

from __future__ import annotations

import pytest
from tests.unit.lint.test_rules import codes, one_phase, only


def with_kit(api: str = "", phase: str = "", more: str = "") -> str:
    return f"""\
outgrow: 1
name: test
components:
  lb: {{kind: load_balancer, talks_to: [api]}}
  api: {{kind: service, kit: true, talks_to: [db]{api}}}
  db: {{kind: postgres}}
  copy: {{kind: postgres}}
phases:
  one:
    use:
      api: {{offering: aws/ec2/t3.medium}}
      db: {{offering: aws/rds-postgresql/db.t4g.medium, settings: {{storage_gb: 20}}}}
{phase}{more}"""


LB = "      lb: {offering: aws/alb}\n"
LIMIT = "rate_limits: [{route: /api, requests: 5, per_seconds: 60}]\n"


def kit_codes(text: str) -> list[str]:
    ours = {
        *("kit-without-code", "kit-without-database", "replicas-missing", "shards-missing"),
        *("copy-out-of-reach", "limit-sees-the-proxy"),
        *("sign-in-without-issuer", "sign-in-for-anyone", "limit-of-nothing"),
    }
    return [one for one in codes(text) if one in ours]


def test_right_application_with_the_kit_has_no_findings() -> None:
    assert kit_codes(with_kit()) == []


@pytest.mark.parametrize("kind", ["postgres", "other", "frontend, build: {runtime: static}"])
def test_kit_on_what_runs_no_code_is_found(kind: str) -> None:
    text = one_phase("{offering: aws/ec2/t3.medium}").replace("kind: service", f"kind: {kind}")
    found_there = kit_codes(text.replace("needs: {}", "kit: true"))
    assert found_there == ["kit-without-code"]


def test_service_without_a_database_is_found_in_each_phase() -> None:
    text = with_kit().replace("talks_to: [db]", "talks_to: []")
    assert only(text, "kit-without-database").path_text == "phases/one/use/api"


@pytest.mark.parametrize(
    ("setting", "expected"),
    [("storage_gb: 20", ["replicas-missing"]), ("storage_gb: 20, replicas: 1", [])],
)
def test_reads_that_go_to_replicas_the_phase_does_not_have(
    setting: str, expected: list[str]
) -> None:
    more = "data_growth: {replicas: [{component: db, count: 1}]}\n"
    text = with_kit(more=more).replace("storage_gb: 20", setting)
    assert kit_codes(text) == expected


def test_replicas_of_a_provider_that_makes_them_by_hand_are_not_missed() -> None:
    more = "data_growth: {replicas: [{component: db, count: 1}]}\n"
    text = with_kit(more=more).replace(
        "aws/rds-postgresql/db.t4g.medium, settings: {storage_gb: 20}", "supabase/pro"
    )
    assert kit_codes(text) == []


def test_replica_that_is_a_component_must_be_in_the_phase_and_in_reach() -> None:
    more = "data_growth: {replicas: [{component: db, count: 1, components: [copy]}]}\n"
    assert kit_codes(with_kit(more=more)) == ["replicas-missing", "copy-out-of-reach"]
    there = "      copy: {offering: aws/rds-postgresql/db.t4g.medium, settings: {storage_gb: 20}}\n"
    text = with_kit(phase=there, more=more).replace("talks_to: [db]", "talks_to: [db, copy]")
    assert kit_codes(text) == []


def test_replicas_from_a_later_phase_are_not_missed_before() -> None:
    later = "  two: {use: {api: {offering: aws/ec2/t3.medium}}}\n"
    more = "data_growth: {replicas: [{component: db, count: 1, from_phase: two}]}\n"
    assert "replicas-missing" not in kit_codes(with_kit(more=later + more))


def test_shards_must_be_named_and_in_the_phase() -> None:
    nowhere = "data_growth: {sharding: [{component: db, by: [team_id]}]}\n"
    assert "in `databases`" in only(with_kit(more=nowhere), "shards-missing").remedy
    absent = "data_growth: {sharding: [{component: db, by: [team_id], databases: [db, copy]}]}\n"
    assert only(with_kit(more=absent), "shards-missing").reason == "one does not have copy"


def test_limit_by_address_behind_a_load_balancer_needs_to_know_its_network() -> None:
    finding = only(with_kit(phase=LB, more=LIMIT), "limit-sees-the-proxy")
    assert finding.path_text == "rate_limits/0"
    assert kit_codes(with_kit(more=LIMIT)) == []
    trusted = "http: {trusted_proxies: [10.0.0.0/8]}\n"
    assert kit_codes(with_kit(phase=LB, more=LIMIT + trusted)) == []
    by_user = LIMIT.replace("60}", "60, by: user}")
    assert kit_codes(with_kit(phase=LB, more=by_user)) == []


def test_a_limit_that_lets_nothing_pass_is_a_mistake() -> None:
    nothing = LIMIT.replace("requests: 5", "requests: 0")
    assert kit_codes(with_kit(more=nothing)) == ["limit-of-nothing"]


def test_tokens_need_an_issuer_and_somebody_they_are_made_for() -> None:
    nobody = "sign_in: {audience: [api]}\n"
    assert kit_codes(with_kit(more=nobody)) == ["sign-in-without-issuer"]
    anyone = "sign_in: {issuer: 'https://id.example.com'}\n"
    assert kit_codes(with_kit(more=anyone)) == ["sign-in-for-anyone"]
    environments = "environments: {production: {sign_in: {audience: [api]}}}\n"
    assert kit_codes(with_kit(more=anyone + environments)) == []

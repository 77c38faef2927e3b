"""Each rule finds what it is for, and nothing in a strategy that is right."""

from __future__ import annotations

from datetime import date
from textwrap import dedent

import pytest

from outgrow.analysis.lint.check import lint
from outgrow.catalog.load import load_catalog
from outgrow.diagnostics import Diagnostic
from outgrow.strategy.load import parse_strategy

CATALOG = load_catalog()
TODAY = date(2026, 7, 1)


def found(text: str, today: date | None = TODAY) -> list[Diagnostic]:
    return list(lint(parse_strategy(dedent(text)).strategy, CATALOG, today))


def codes(text: str) -> list[str]:
    return [one.code for one in found(text)]


def only(text: str, code: str) -> Diagnostic:
    matching = [one for one in found(text) if one.code == code]
    assert len(matching) == 1, codes(text)
    return matching[0]


def one_phase(app: str, kind: str = "service", needs: str = "{}", more: str = "") -> str:
    return f"""\
outgrow: 1
name: test
components:
  app: {{kind: {kind}, needs: {needs}}}
phases:
  one:
    use:
      app: {app}
{more}"""


def ranges(*phases: str) -> str:
    lines = ["outgrow: 1", "name: test", "demand: {users: {}}"]
    lines += ["components: {app: {kind: service}}", "phases:"]
    for number, phase in enumerate(phases, start=1):
        lines += [f"  p{number}: {{use: {{app: {{offering: aws/ec2/t3.medium}}}}, {phase}}}"]
    return "\n".join(lines)


def test_right_strategy_has_no_findings() -> None:
    assert codes(one_phase("{offering: aws/ec2/t3.medium}")) == []


# Offerings


def test_unknown_offering_suggests_the_nearest() -> None:
    finding = only(one_phase("{offering: aws/ec2/t3.medum}"), "unknown-offering")
    assert finding.path_text == "phases/one/use/app/offering"
    assert "aws/ec2/t3.medium" in finding.remedy


def test_unknown_offering_with_a_price_of_its_own_is_fine() -> None:
    assert codes(one_phase("{offering: my/server, price: {per_month: 5}}")) == []


def test_claim_about_an_unknown_offering_is_found() -> None:
    more = "claims: {c: {says: it, states: 5, items: [{offering: vercel/prow}]}}\n"
    text = one_phase("{offering: aws/ec2/t3.medium}", more=more)
    assert "vercel/pro" in only(text, "claim-names-unknown-offering").remedy


def test_plan_that_is_not_sold_says_what_is() -> None:
    text = one_phase("{offering: daytona/free}", "sandbox_pool")
    assert "daytona/tier-1" in only(text, "offering-not-sold").reason


def test_database_cannot_stand_for_a_service() -> None:
    finding = only(one_phase("{offering: mongodb-atlas/m10}"), "offering-of-another-kind")
    assert finding.reason == "mongodb-atlas/m10 is no service; it serves as mongodb"


def test_unmaintained_software_is_found_once_for_all_phases() -> None:
    text = """\
    outgrow: 1
    name: test
    components: {box: {kind: sandbox_pool}}
    phases:
      one: {use: {box: {offering: daytona/self-hosted}}}
      two: {use: {box: {offering: daytona/self-hosted}}}
    """
    assert "used in one, two," in only(text, "unmaintained-offering").reason


def test_expired_and_expiring_offerings_are_told_by_the_date() -> None:
    old = one_phase("{offering: railway/trial, expires: 2026-06-30}")
    soon = one_phase("{offering: railway/trial, expires: 2026-07-31}")
    assert "1 days ago" in only(old, "offering-expired").reason
    assert "in 30 days" in only(soon, "offering-expires-soon").reason
    assert found(old, today=None) == []


# Settings


def test_misspelt_setting_suggests_the_right_one() -> None:
    finding = only(
        one_phase("{offering: aws/ec2/t3.medium, settings: {disk_gbs: 5}}"), "unknown-setting"
    )
    assert finding.remedy == "Did you mean 'disk_gb'?"
    assert finding.path_text == "phases/one/use/app/settings/disk_gbs"


def test_setting_of_a_plan_changes_nothing() -> None:
    text = one_phase("{offering: vercel/pro, settings: {multi_az: true}}", "frontend")
    assert "changes nothing" in only(text, "setting-without-effect").reason


def test_misspelt_meter_of_a_plan_is_found() -> None:
    text = one_phase("{offering: vercel/pro, usage: {bandwith_gb: 5}}", "frontend")
    assert only(text, "unknown-meter").remedy == "Did you mean 'bandwidth_gb'?"


def test_misspelt_meter_of_a_service_is_found() -> None:
    text = one_phase("{offering: aws/alb, usage: {lcus: 5}}", "load_balancer")
    assert only(text, "unknown-meter").remedy == "Did you mean 'lcu'?"


def test_setting_that_cannot_be_priced_is_found() -> None:
    finding = only(
        one_phase("{offering: aws/ec2/t3.medium, settings: {disk_type: floppy}}"),
        "unusable-setting",
    )
    assert finding.path_text.endswith("settings/disk_type")


def test_setting_that_is_missing_is_found() -> None:
    text = one_phase("{offering: aws/fargate, settings: {vcpu: 1}}")
    assert "memory_gb is missing" in only(text, "unusable-setting").reason


@pytest.mark.parametrize(
    ("term", "offering"),
    [
        ("commitment: {years: 1}", "aws/fargate, settings: {vcpu: 1, memory_gb: 2}"),
        ("spot_share: 0.5", "railway/pro"),
        ("schedule: {hours_month: 100}", "railway/pro"),
        ("seats: 5", "railway/pro"),
    ],
)
def test_term_that_changes_nothing_is_found(term: str, offering: str) -> None:
    assert codes(one_phase(f"{{offering: {offering}, {term}}}")) == ["term-without-effect"]


def test_seats_of_a_plan_with_seats_count() -> None:
    assert codes(one_phase("{offering: vercel/pro, seats: 5}", "frontend")) == []


def test_stopped_droplet_saves_nothing() -> None:
    app = "{offering: digitalocean/droplet/s-2vcpu-2gb, schedule: {hours_month: 100}}"
    assert codes(one_phase(app)) == ["autostop-saves-nothing"]


# Ranges


def test_hole_between_two_phases_is_found() -> None:
    finding = only(ranges("serves: {users: 0-50}", "serves: {users: 100-200}"), "range-hole")
    assert "between 50 and 100" in finding.reason


def test_whole_numbers_that_follow_each_other_leave_no_hole() -> None:
    assert codes(ranges("serves: {users: 0-50}", "serves: {users: 51-200}")) == []


def test_overlap_along_the_way_is_found() -> None:
    text = ranges("serves: {users: 0-100}", "serves: {users: 50-200}")
    assert "from 50 to 100 both do" in only(text, "range-overlap").reason


def test_branches_may_serve_the_same_range() -> None:
    text = ranges(
        "serves: {users: 0-50}, next: {p2: {}, p3: {}}",
        "serves: {users: 50+}",
        "serves: {users: 50-500}",
    )
    assert codes(text) == []


def test_phase_for_the_developers_alone_serves_nothing() -> None:
    assert codes(ranges("next: {p2: {when: {metric: users, at_least: 1}}}",
                        "serves: {users: 0-50}")) == []  # fmt: skip


def test_way_up_that_leads_down_is_found() -> None:
    text = ranges("serves: {users: 50-100}", "serves: {users: 0-50}")
    assert codes(text) == ["range-backwards"]


def test_way_down_may_lead_down() -> None:
    text = ranges(
        "serves: {users: 0-50}, next: {p2: {}}",
        "serves: {users: 50-100}, next: {p1: {direction: down}}",
    )
    assert codes(text) == []


def test_way_past_the_next_range_is_found() -> None:
    text = ranges(
        "serves: {users: 0-50}, next: {p3: {}}",
        "serves: {users: 50-100}, next: {p3: {}}",
        "serves: {users: 100-200}, next: {p2: {direction: down}}",
    )
    assert "p2 serves what lies between" in only(text, "range-skipped").reason


def test_way_that_nothing_triggers_is_found() -> None:
    text = ranges("serves: {users: 0-50}, next: {p2: {}}", "budget_usd_month: 500")
    assert "when p1 moves to p2" in only(text, "transition-without-when").reason


def test_phase_that_no_way_leads_to_is_found() -> None:
    text = ranges(
        "serves: {users: 0-50}, next: {p2: {}}",
        "serves: {users: 50-100}",
        "serves: {users: 50-100}",
    )
    assert only(text, "unreachable-phase").path_text == "phases/p3"


# Capacity


def test_phase_meant_for_more_than_it_holds_is_found() -> None:
    text = ranges("serves: {users: 0-50}, holds: {users: 10-40}")
    assert "holds users up to 40, but the phase is meant for 50" in (
        only(text, "phase-cannot-hold").reason
    )


def with_users(app: str, per: str, users: str = "1000") -> str:
    return f"""\
outgrow: 1
name: test
demand:
  users: {{}}
  database_gb: {{per: {{users: {per}}}}}
components: {{app: {{kind: postgres}}}}
phases:
  one:
    expects: {{users: {users}}}
    use: {{app: {app}}}
"""


def test_hard_limit_below_what_is_expected_is_found_with_its_numbers() -> None:
    finding = only(with_users("{offering: supabase/free}", "0.001"), "limit-exceeded")
    assert finding.reason == (
        "database_gb reaches 1, 0.5 more than database_gb of supabase/free, 0.5"
    )
    assert "supabase" in finding.source


def test_hard_limit_that_only_the_high_end_exceeds_is_a_risk() -> None:
    text = with_users("{offering: supabase/free}", "{low: 0.0001, likely: 0.0002, high: 0.001}")
    assert codes(text) == ["limit-at-risk"]


def test_included_quantity_that_is_exceeded_is_a_note() -> None:
    text = with_users("{offering: supabase/pro, usage: {database_gb: database_gb}}", "0.01")
    assert codes(text) == ["limit-overrun"]


def test_limit_of_an_unknown_quantity_is_not_judged() -> None:
    assert codes(one_phase("{offering: supabase/free}", "postgres")) == []


def test_component_that_needs_more_than_its_machine_is_found() -> None:
    text = one_phase("{offering: aws/ec2/t3.small}", needs="{memory_gib: 4}")
    assert "needs memory_gib 4; aws/ec2/t3.small has 2" in only(text, "machine-too-small").reason


def test_overrun_that_is_metered_is_said_to_be_in_the_price() -> None:
    text = with_users("{offering: supabase/pro, usage: {database_gb: database_gb}}", "0.01")
    assert "in the price" in only(text, "limit-overrun").remedy


@pytest.mark.parametrize("kind", ["mysql", "search", "queue", "vpn", "vector_store"])
def test_a_machine_can_stand_for_any_software(kind: str) -> None:
    assert codes(one_phase("{offering: digitalocean/droplet/s-4vcpu-8gb}", kind)) == []


def test_a_limit_of_the_same_value_by_chance_is_not_mistaken_for_it() -> None:
    text = one_phase("{offering: neon/free, limits: {connections: 10}}", "postgres")
    assert "limit-mislabelled" not in codes(text)


@pytest.mark.parametrize(
    ("region", "expected"),
    [
        ("fsn1", []),
        ("europe-west3", []),
        ("lhr1", ["outside-residency"]),
        ("us-east-1", ["outside-residency"]),
        ("dc7", ["residency-unknown"]),
    ],
)
def test_regions_of_other_providers_are_placed(region: str, expected: list[str]) -> None:
    text = one_phase(f"{{price: {{per_month: 4}}, region: {region}}}", needs="{residency: [EU]}")
    assert codes(text) == expected


def test_a_setting_by_another_services_name_leads_to_the_right_one() -> None:
    database = "{offering: aws/rds-postgresql/db.t3.small, settings: {disk_gb: 20}}"
    text = one_phase(database, "postgres")
    assert only(text, "unknown-setting").remedy == "Did you mean 'storage_gb'?"


def test_a_phase_of_the_calendar_may_serve_what_the_one_before_serves() -> None:
    text = ranges(
        "serves: {users: 0-50}, next: {p2: {when: {on_or_after: 2026-11-15}}}",
        "serves: {users: 0-90}, weeks: {from_date: 2026-11-15, to_date: 2026-12-01}",
    )
    assert codes(text) == []


def on_one_machine(memory: str, vcpu: str) -> str:
    return f"""\
outgrow: 1
name: test
components:
  host: {{kind: machine}}
  app: {{kind: service, needs: {{memory_gib: {memory}, vcpu: {vcpu}}}}}
  job: {{kind: worker, needs: {{memory_gib: 1}}}}
phases:
  one:
    use:
      host: {{offering: aws/ec2/t3.small}}
      app: {{offering: self-hosted/docker, runs_on: host}}
      job: {{offering: self-hosted/docker, runs_on: host}}
"""


def test_machine_with_less_memory_than_its_guests_is_found() -> None:
    finding = only(on_one_machine("1.5", "1"), "machine-overfull")
    assert "memory_gib 2.5 is asked for (app 1.5, job 1)" in finding.reason


def test_machine_with_less_vcpu_than_its_guests_is_only_slower() -> None:
    assert codes(on_one_machine("1", "4")) == ["machine-oversubscribed"]


def test_environment_that_its_parts_do_not_fit_into_is_found() -> None:
    more = """\
environments:
  production: {}
  laptop: {phase: one, fits_into: {memory_gib: 1}}
"""
    text = one_phase("{offering: aws/ec2/t3.medium}", needs="{memory_gib: 2}", more=more)
    assert "app 2" in only(text, "environment-too-small").reason


def pooled(pooler: str) -> str:
    return f"""\
outgrow: 1
name: test
components:
  api: {{kind: service, needs: {{pool: {{to: db, maximum: 20, pooler: {pooler}}}}}}}
  db: {{kind: postgres}}
phases:
  one:
    use:
      api: {{offering: aws/ec2/t3.medium, instances: {{minimum: 1, maximum: 4}}}}
      db: {{offering: supabase/free}}
"""


def test_pools_of_all_instances_together_must_fit_the_database() -> None:
    finding = only(pooled("none"), "too-many-connections")
    assert "accepts 60 connections; pools may open 80 (api 4 x 20)" in finding.reason


def test_pooler_opens_its_connections_once() -> None:
    assert codes(pooled("pgbouncer")) == []


# Needs


def test_request_that_is_cut_off_is_found() -> None:
    text = one_phase("{offering: vercel/hobby}", needs="{longest_request_seconds: 600}")
    assert "ends it after 300 s" in only(text, "request-cut-off").reason


def test_stated_timeout_wins_over_the_catalogue() -> None:
    app = "{offering: daytona/tier-1, limits: {request_timeout_seconds: 180}}"
    text = one_phase(app, "sandbox_pool", "{longest_request_seconds: 600}")
    assert codes(text) == ["request-cut-off"]


def test_unknown_timeout_is_not_judged() -> None:
    text = one_phase("{offering: daytona/tier-1}", "sandbox_pool", "{longest_request_seconds: 600}")
    assert codes(text) == []


def test_kind_of_work_that_takes_longer_is_a_warning() -> None:
    text = """\
    outgrow: 1
    name: test
    components:
      app:
        kind: service
        workloads: {short: {seconds: 1-10}, long: {seconds: 100-900, share: 0.1}}
    phases: {one: {use: {app: {offering: vercel/hobby}}}}
    """
    assert "long work of app (10 % of all) takes 100-900 s" in only(text, "workload-cut-off").reason


@pytest.mark.parametrize(
    ("offering", "need"), [("railway/free", "always_on"), ("vercel/hobby", "commercial_use")]
)
def test_plan_that_cannot_do_what_is_needed_is_found(offering: str, need: str) -> None:
    text = one_phase(f"{{offering: {offering}}}", needs=f"{{{need}: true}}")
    assert codes(text) == ["lacks-capability"]


def test_part_of_a_plan_can_do_what_the_plan_can() -> None:
    text = """\
    outgrow: 1
    name: test
    components: {web: {kind: frontend}, api: {kind: service, needs: {commercial_use: true}}}
    phases: {one: {use: {web: {offering: vercel/hobby}, api: {runs_on: web}}}}
    """
    assert "vercel/hobby does not allow" in only(text, "lacks-capability").reason


def test_need_that_no_source_speaks_of_is_unknown_and_no_error() -> None:
    text = one_phase("{offering: digitalocean/app-platform}", needs="{websockets: true}")
    assert "capability-unknown" in codes(text)
    assert "lacks-capability" not in codes(text)


def test_machine_of_ones_own_speaks_whatever_it_runs() -> None:
    text = one_phase("{offering: aws/ec2/t3.medium}", needs="{websockets: true}")
    assert codes(text) == []


def test_feature_of_a_higher_plan_is_found() -> None:
    text = one_phase("{offering: clerk/free, gated: [mfa]}", "auth", "{features: [mfa]}")
    assert "feature-gated" in codes(text)


def test_data_outside_its_residency_is_found() -> None:
    text = one_phase("{offering: aws/ec2/t3.medium}", needs="{residency: [EU]}")
    inside = one_phase(
        "{offering: aws/ec2/t3.medium, region: eu-west-1}", needs="{residency: [EU]}"
    )
    assert codes(text) == ["outside-residency"]
    assert codes(inside) == []


# Environments


def test_production_data_where_it_is_forbidden_is_found() -> None:
    more = """\
environments:
  production: {data: production}
  staging: {data: production, rules: {production_data: false}}
"""
    text = one_phase("{offering: aws/ec2/t3.medium}", more=more)
    assert codes(text) == ["production-data-forbidden"]


WITH_CREDENTIALS = """\
outgrow: 1
name: x
components:
  api:
    kind: service
    secrets: {API_KEY: "env:API_KEY", API_URL: "env:API_URL"}
    credentials: {%s}
phases: {one: {use: {api: {offering: aws/ec2/t3.medium}}}}
environments: {production: {%s}}
"""


def test_credential_that_is_no_secret_is_found() -> None:
    text = WITH_CREDENTIALS % ("API_KEYS: {endpoint: 'https://a.example.com'}", "")
    assert codes(text) == ["credential-not-a-secret"]


def test_credential_without_a_known_endpoint_is_found() -> None:
    text = WITH_CREDENTIALS % ("API_KEY: {endpoint: API_URI}", "")
    assert codes(text) == ["credential-endpoint-unknown"]


def test_credential_for_an_address_of_any_host_is_a_warning() -> None:
    bound = "API_KEY: {endpoint: API_URL}"
    assert codes(WITH_CREDENTIALS % (bound, "")) == ["endpoint-without-hosts"]
    assert codes(WITH_CREDENTIALS % (bound, "hosts: {API_URL: [a.example.com]}")) == []
    stated = "environment: {API_URL: 'https://a.example.com'}"
    assert codes(WITH_CREDENTIALS % (bound, stated)) == []


def test_production_data_that_no_rule_speaks_of_is_a_warning() -> None:
    more = "environments: {production: {data: production}, staging: {data: production}}\n"
    text = one_phase("{offering: aws/ec2/t3.medium}", more=more)
    assert codes(text) == ["production-data-without-rule"]


def test_preview_without_an_end_is_a_note() -> None:
    more = "environments: {production: {}, preview: {preview: pull_request}}\n"
    ended = "environments: {production: {}, preview: {preview: pull_request, preview_hours: 72}}\n"
    app = "{offering: aws/ec2/t3.medium}"
    assert codes(one_phase(app, more=more)) == ["preview-without-end"]
    assert codes(one_phase(app, more=ended)) == []


# Figures


def test_stated_limit_that_the_catalogue_contradicts_is_found() -> None:
    text = one_phase("{offering: supabase/free, limits: {database_gb: 2}}", "postgres")
    finding = only(text, "stated-limit-differs")
    assert finding.reason == "database_gb of supabase/free is 0.5, not 2"
    assert finding.source


def test_limit_under_another_name_is_found() -> None:
    text = one_phase("{offering: supabase/free, limits: {file_gb: 0.5}}", "postgres")
    assert "0.5 is its database_gb" in only(text, "limit-mislabelled").reason


def test_stated_price_that_the_catalogue_contradicts_is_found() -> None:
    text = one_phase("{offering: aws/ec2/t3.medium, price: {per_month: 20}}")
    assert "stated $20.00 a month; aws/ec2/t3.medium costs $30.37" in (
        only(text, "stated-price-differs").reason
    )


def test_stated_price_within_five_percent_is_fine() -> None:
    assert codes(one_phase("{offering: aws/ec2/t3.medium, price: {per_month: 30}}")) == []


def test_phase_over_its_budget_at_its_least_is_an_error() -> None:
    text = ranges("budget_usd_month: 10-20")
    assert "costs $30.37 a month even at its least; its budget is $20.00" in (
        only(text, "over-budget").reason
    )


def test_phase_over_its_budget_as_expected_is_a_warning() -> None:
    app = "{offering: aws/ec2/t3.medium, instances: {minimum: 1, expected: 2, maximum: 3}}"
    text = one_phase(app).replace("    use:", "    budget_usd_month: 40\n    use:")
    assert codes(text) == ["may-exceed-budget"]


def test_cost_that_rests_on_secondary_sources_is_a_note() -> None:
    assert codes(one_phase("{offering: sentry/team}", "error_tracking")) == ["weak-price"]


# Targets and alerts


def with_app(more: str) -> str:
    return one_phase("{offering: aws/ec2/t3.medium}", more=more)


def test_alarm_that_rings_while_the_target_is_met_is_found() -> None:
    wrong = "targets: {t: {metric: latency_p95_ms, below: 300, alert_above: 200}}\n"
    right = "targets: {t: {metric: latency_p95_ms, below: 300, alert_above: 500}}\n"
    assert codes(with_app(wrong)) == ["alert-on-wrong-side"]
    assert codes(with_app(right)) == []


def test_alert_at_the_limit_itself_comes_too_late() -> None:
    more = """\
alerts: {a: {limit: connections, above_share: 1, to: [team]}}
channels: {team: {kind: email}}
"""
    assert codes(with_app(more)) == ["alert-too-late"]


def test_alert_above_the_limit_comes_too_late() -> None:
    text = """\
    outgrow: 1
    name: test
    components: {db: {kind: postgres}}
    phases: {one: {use: {db: {offering: supabase/free}}}}
    alerts: {a: {metric: database_gb, above: 0.6, to: [team]}}
    channels: {team: {kind: email}}
    """
    assert "database_gb of supabase/free in one is 0.5" in only(text, "alert-too-late").reason


def test_alert_that_reaches_nobody_and_channel_that_nothing_uses_are_found() -> None:
    more = """\
alerts: {a: {metric: users, above: 5}}
channels: {team: {kind: email}}
"""
    assert codes(with_app(more)) == ["alert-reaches-nobody", "channel-unused"]


def test_practice_that_is_not_met_is_a_note_and_unknown_is_not() -> None:
    more = "security: [{do: Use TLS., met: false}, {do: Rotate keys.}]\n"
    assert codes(with_app(more)) == ["security-not-met"]

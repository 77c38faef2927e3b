"""CDN, names, secrets, cost alarms and the dashboard on AWS are as the strategy says."""

from __future__ import annotations

import pytest
from tests.systems import system
from tests.terraform import behind_a_cdn, other_stores
from tests.unit.render.aws.graph_of import example, graph, small

from outgrow.render.aws.budgets import budget_usd_month
from outgrow.render.aws.hosts import default_domain, host_of
from outgrow.render.aws.region import regions_of
from outgrow.render.aws.retention import log_days
from outgrow.render.aws.secrets import fill_command, keys_to_fill
from outgrow.render.aws.store_losses import store_losses
from outgrow.render.writers.expressions import Joined, Ref, Var
from outgrow.render.writers.hcl import resource_text

CDN = "aws_cloudfront_distribution.cdn"


def test_the_cdn_keeps_files_as_long_as_the_strategy_says() -> None:
    found = example("nexod", "production")
    assert found.arguments("aws_cloudfront_cache_policy.cdn")["default_ttl"] == 3600
    headers = found.arguments("aws_cloudfront_response_headers_policy.cdn")
    sent = headers["custom_headers_config"]["items"]
    assert sent["value"] == "public, max-age=3600, stale-while-revalidate=86400"


def test_without_a_lifetime_the_cdn_uses_the_policy_of_aws() -> None:
    found = example("nowry", "aws")
    assert found.names("aws_cloudfront_cache_policy") == []
    behaviour = found.arguments(CDN)["default_cache_behavior"]
    assert behaviour["cache_policy_id"] == "658327ea-f89d-4fab-a63d-7443e5a2b4ed"


def test_every_answer_is_sent_over_tls_1_2_and_says_so_for_two_years() -> None:
    found = example("nowry", "aws")
    certificate = found.arguments(CDN)["viewer_certificate"]
    assert certificate["minimum_protocol_version"] == "TLSv1.2_2021"
    headers = found.arguments("aws_cloudfront_response_headers_policy.cdn")
    hsts = headers["security_headers_config"]["strict_transport_security"]
    assert hsts["access_control_max_age_sec"] == 63_072_000


def test_a_frontend_in_a_bucket_answers_every_path_with_its_page() -> None:
    distribution = example("nowry", "aws").arguments(CDN)
    assert distribution["default_root_object"] == "index.html"
    assert {one["error_code"] for one in distribution["custom_error_response"]} == {403, 404}
    assert distribution["web_acl_id"] == Ref("aws_wafv2_web_acl", "cdn", "arn")


def test_a_cdn_before_a_load_balancer_takes_pages_there_and_files_from_the_bucket() -> None:
    distribution = example("floyo", "self-hosted").arguments(CDN)
    assert [one["origin_id"] for one in distribution["origin"]] == ["web", "api", "files"]
    assert [one["path_pattern"] for one in distribution["ordered_cache_behavior"]] == [
        "/api/*",
        "/files/*",
    ]


def test_one_name_never_leads_to_two_places() -> None:
    found = example("floyo", "self-hosted")
    records = [
        found.arguments(f"aws_route53_record.{n}") for n in found.names("aws_route53_record")
    ]
    places = [(str(one["name"]), one["type"]) for one in records if "alias" in one]
    assert len(places) == len(set(places))


def test_production_and_staging_have_different_names_below_one_domain() -> None:
    hosts = []
    for environment in (None, "staging"):
        region = regions_of(system("nexod", "production", environment))[0]
        api = region.part("api")
        assert api is not None
        assert default_domain(region) == "nexod.ai"
        hosts.append(host_of(region, api))
    assert hosts == [Joined("api.", Var("domain")), Joined("api.staging.", Var("domain"))]


def test_a_certificate_is_shown_to_be_ours_for_each_of_its_names() -> None:
    found = example("floyo", "self-hosted")
    certificate = found.arguments("aws_acm_certificate.main")
    names = [certificate["domain_name"], *certificate["subject_alternative_names"]]
    records = [n for n in found.names("aws_route53_record") if n.startswith("main_certificate_")]
    assert len(records) == len(names) == 2


def test_each_secret_has_a_place_and_no_value() -> None:
    found = example("nexod", "production")
    names = found.names("aws_secretsmanager_secret")
    assert {"api_database_url", "api_redis_url", "api_clerk_secret_key"} <= set(names)
    region = regions_of(system("nexod", "production"))[0]
    left = [(part.name, key) for part, key in keys_to_fill(region)]
    assert left == [("api", "CLERK_SECRET_KEY"), ("api", "SENTRY_DSN")]
    written = found.names("aws_secretsmanager_secret_version")
    assert sorted(written) == ["api_database_url", "api_redis_url", "db_master"]


def test_a_secret_is_filled_from_a_variable_and_never_from_the_command_line() -> None:
    region = regions_of(system("nexod", "production"))[0]
    commands = [fill_command(region, part, key) for part, key in keys_to_fill(region)]
    assert all(command.endswith("--secret-string file:///dev/stdin") for command in commands)
    assert commands[0].startswith('printf %s "$CLERK_SECRET_KEY" | aws secretsmanager')


def test_the_address_of_a_store_that_is_built_here_is_put_together_here() -> None:
    found = example("nexod", "production")
    database = found.arguments("aws_secretsmanager_secret_version.api_database_url")
    assert database["secret_string_wo"] == Joined(
        "postgresql://outgrow_admin:",
        Var("db_password"),
        "@",
        Ref("aws_db_instance", "db", "address"),
        ":5432/app?sslmode=require",
    )
    cache = found.arguments("aws_secretsmanager_secret_version.api_redis_url")
    assert cache["secret_string_wo"].parts[0] == "rediss://:"
    waits = found.blocks["aws_ecs_service.api"].depends_on
    assert Ref("aws_secretsmanager_secret_version", "api_database_url") in waits


def test_a_password_that_stands_in_an_address_is_not_rotated_by_aws() -> None:
    database = example("sample-app", "aws").arguments("aws_db_instance.db")
    assert database["password_wo"] == Var("db_password")
    assert "manage_master_user_password" not in database
    (password,) = [
        variable
        for variable in example("sample-app", "aws").module.variables
        if variable.name == "db_password"
    ]
    assert password.ephemeral
    assert password.sensitive


def test_a_secret_that_secrets_manager_holds_already_is_only_read() -> None:
    found = graph(
        small(
            """
            components:
              api:
                kind: service
                secrets: {TOKEN: "aws-secrets-manager:shared/token", OTHER: "env:OTHER"}
            phases: {only: {use: {api: {offering: aws/fargate}}}}
            """
        )
    )
    held = found.blocks["aws_secretsmanager_secret.api_token"]
    assert (held.kind, held.arguments) == ("data", {"name": "shared/token"})
    assert found.blocks["aws_secretsmanager_secret.api_other"].kind == "resource"


def test_the_budget_is_the_upper_end_of_the_phases_budget() -> None:
    found = example("floyo", "start")
    budget = found.arguments("aws_budgets_budget.month")
    default = {v.name: v.default for v in found.module.variables}["budget_usd_month"]
    assert default == 50
    told = [(n["threshold"], n["notification_type"]) for n in budget["notification"]]
    assert told == [(80, "ACTUAL"), (100, "ACTUAL"), (100, "FORECASTED")]


def test_without_a_budget_it_is_what_outgrow_computes_and_the_comment_says_so() -> None:
    region = regions_of(system("nexod", "production"))[0]
    usd, said = budget_usd_month(region)
    computed = sum(
        region.system.costs.high.of(part.component).amount_usd_month
        for part in region.system.parts
        if part.provider == "aws"
    )
    assert computed <= usd < computed + 10
    assert "outgrow computes" in said


@pytest.mark.parametrize(
    ("retention", "days"),
    [("", 30), ("retention: {logs_days: 31}", 60), ("retention: {logs_days: 9999}", 3653)],
)
def test_logs_are_kept_for_days_that_cloudwatch_takes(retention: str, days: int) -> None:
    found = small(
        f"""
        components: {{api: {{kind: service}}}}
        phases: {{only: {{use: {{api: {{offering: aws/fargate}}}}}}}}
        {retention}
        """
    )
    assert log_days(regions_of(found)[0]) == days


def test_the_dashboard_shows_what_there_is_and_what_it_costs() -> None:
    body = example("nexod", "production").arguments("aws_cloudwatch_dashboard.main")
    titles = [one["properties"]["title"] for one in body["dashboard_body"].value["widgets"]]
    assert titles[0] == "lb: seconds to answer"
    assert titles[-1].startswith("Cost of the account")
    assert {"db: storage and free memory, in bytes"} <= set(titles)


def test_alarms_of_the_strategy_tell_the_topic() -> None:
    found = example("nexod", "production")
    names = found.names("aws_cloudwatch_metric_alarm")
    assert "api_p95" in names
    topic = [Ref("aws_sns_topic", "alerts", "arn")]
    alarms = [found.arguments(f"aws_cloudwatch_metric_alarm.{name}") for name in names]
    assert all(alarm["alarm_actions"] == topic for alarm in alarms)


def test_a_pager_is_called_and_slack_is_a_loss_without_alertmanager() -> None:
    found = example("nexod", "production")
    assert found.names("aws_sns_topic_subscription") == ["email", "on_call"]
    sensitive = {v.name for v in found.module.variables if v.sensitive}
    assert "alert_on_call_url" in sensitive
    lost = {
        environment: [
            loss.code
            for loss in store_losses(regions_of(system("nexod", "production", environment))[0])
        ]
        for environment in ("staging", "production")
    }
    assert lost == {"staging": ["aws-slack-channel"], "production": []}


def test_text_of_the_strategy_is_never_evaluated() -> None:
    evil = '${file(\\"/etc/passwd\\")} %{if true}\\n} resource \\"x\\" \\"y\\" {'
    found = graph(
        small(
            f"""
            components:
              db: {{kind: postgres, description: "{evil}"}}
              cache: {{kind: redis, description: "{evil}"}}
              files: {{kind: object_store, description: "{evil}"}}
            phases:
              only:
                use:
                  db: {{offering: aws/rds-postgresql/db.t4g.micro}}
                  cache: {{offering: aws/elasticache-redis/cache.t4g.micro}}
                  files: {{offering: aws/s3}}
            """
        )
    )
    for block in found.module.resources:
        lines = resource_text(block).splitlines()
        code = [line for line in lines if not line.lstrip().startswith("#")]
        assert not [line for line in code if "${file" in line and "$${file" not in line]
        assert [line for line in code if line.startswith("resource ")][1:] == []


def test_only_cloudfront_reaches_a_load_balancer_that_nobody_else_needs() -> None:
    found = graph(behind_a_cdn())
    rule = found.arguments("aws_vpc_security_group_ingress_rule.lb_https")
    assert rule["prefix_list_id"] == Ref("aws_ec2_managed_prefix_list", "lb_cdn", data=True)
    assert "cidr_ipv4" not in rule
    assert "lb_http" not in found.names("aws_vpc_security_group_ingress_rule")


def test_a_load_balancer_with_names_of_its_own_is_open_to_users() -> None:
    found = graph(other_stores())
    rule = found.arguments("aws_vpc_security_group_ingress_rule.lb_https")
    assert rule["cidr_ipv4"] == "0.0.0.0/0"


def test_addresses_are_counted_where_users_come_in() -> None:
    found = graph(behind_a_cdn())
    counted = {
        name: [rule["name"] for rule in found.arguments(f"aws_wafv2_web_acl.{name}")["rule"]]
        for name in ("lb", "cdn")
    }
    assert "rate-limit-1" in counted["cdn"]
    assert "rate-limit-1" not in counted["lb"]

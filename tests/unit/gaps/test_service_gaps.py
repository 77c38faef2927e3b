"""Gaps of usage nobody states, logs, secrets, tools and whole components; and waivers."""

from __future__ import annotations

from decimal import Decimal

import pytest
from tests.unit.gaps.found import codes, gap, gaps
from tests.written import strategy

from outgrow.analysis.gaps.find import RULES
from outgrow.analysis.lint.waivers import UNUSED, without_waived
from outgrow.analysis.pricing.cost_line import Total


@pytest.mark.parametrize(
    ("kind", "offering", "meter"),
    [
        ("cdn", "aws/cloudfront", "internet_out_gb"),
        ("object_store", "aws/s3", "storage_gb"),
        ("network", "aws/nat-gateway", "gb_month"),
        ("worker", "aws/lambda", "requests"),
        ("queue", "aws/sqs", "requests"),
        ("registry", "aws/ecr", "storage_gb"),
    ],
)
def test_what_is_billed_by_use_needs_a_quantity(kind: str, offering: str, meter: str) -> None:
    text = f"""
    components: {{it: {{kind: {kind}}}}}
    phases: {{one: {{use: {{it: {{offering: {offering}}}}}}}}}
    """
    found = gap("usage-not-stated", text)
    assert found.total.at_least
    assert {line.quantity for line in found.lines} == {None}
    assert meter in found.remedy
    stated = text.replace(f"{offering}}}", f"{offering}, usage: {{{meter}: 5}}}}")
    assert "usage-not-stated" not in codes(stated)


def test_a_quantity_that_follows_unknown_demand_is_in_the_bill_already() -> None:
    text = """
    demand: {stored: {}}
    components: {it: {kind: object_store}}
    phases: {one: {use: {it: {offering: aws/s3, usage: {storage_gb: stored}}}}}
    """
    assert codes(text) == set()


def logs(use: str, components: str = "logs: {kind: logs}", phase: str = "") -> str:
    return f"""
    components:
      api: {{kind: service}}
      lambda: {{kind: worker}}
      watch: {{kind: monitoring}}
      {components}
    phases: {{one: {{use: {{{use}}}{phase}}}}}
    """


FARGATE = "api: {offering: aws/fargate, settings: {vcpu: 1, memory_gb: 2}}"
EC2 = "api: {offering: aws/ec2/t3.small, settings: {disk_gb: 9}}"


def test_logs_on_cloudwatch_without_an_amount_are_a_gap() -> None:
    found = gap("log-ingestion", logs("logs: {offering: aws/cloudwatch}"))
    assert found.total == Total(Decimal(0), at_least=True)
    assert found.lines[0].unit_price_usd == Decimal("0.50")
    assert "first 5" in found.reason


def test_tasks_log_somewhere() -> None:
    text = logs(FARGATE, components="other: {kind: other}")
    assert "no disk to log to" in gap("log-ingestion", text).reason


def test_logs_that_the_strategy_collects_and_the_phase_does_not_pay_for_are_a_gap() -> None:
    assert "pays for none" in gap("log-ingestion", logs(EC2)).reason


@pytest.mark.parametrize(
    "use",
    [
        f"{FARGATE}, logs: {{offering: logtail/free}}",
        f"{FARGATE}, logs: {{offering: aws/cloudwatch, usage: {{log_ingest_gb: 3}}}}",
        f"{FARGATE}, watch: {{offering: aws/cloudwatch, usage: {{log_ingest_gb: 3}}}}",
        f"{EC2}, logs: {{leave_out: true}}",
        "lambda: {offering: aws/lambda, usage: {requests: 9000}}",
        "api: {offering: vercel/pro}",
    ],
)
def test_logs_that_are_paid_for_or_go_nowhere_are_no_gap(use: str) -> None:
    assert "log-ingestion" not in codes(logs(use))


def test_one_machine_and_no_word_of_logs_is_no_gap() -> None:
    assert "log-ingestion" not in codes(logs(EC2, components="other: {kind: other}"))


def test_monitoring_on_cloudwatch_takes_no_logs() -> None:
    text = logs(f"{EC2}, watch: {{offering: aws/cloudwatch}}", components="other: {kind: other}")
    assert "log-ingestion" not in codes(text)


SECRETS = """
components:
  api:
    kind: service
    secrets:
      DB_USER: aws-secrets-manager:prod/db#user
      DB_PASSWORD: aws-secrets-manager:prod/db#password
      KEY: aws-secrets-manager:prod/key
      DSN: env:DSN
  vault: {kind: secrets}
phases: {one: {use: {api: {offering: vercel/pro}}}}
environments:
  production: {secrets: {TOKEN: "aws-secrets-manager:prod/token"}}
"""


def test_each_secret_in_secrets_manager_is_billed() -> None:
    found = gap("secrets", SECRETS)
    assert found.total == Total(Decimal("1.20"), at_least=False)  # db, key and token at $0.40
    assert "3 secrets" in found.reason


def test_a_store_that_is_paid_for_is_no_gap() -> None:
    paid = "vercel/pro}, vault: {offering: aws/secrets-manager, count: 3}"
    assert "secrets" not in codes(SECRETS.replace("vercel/pro}", paid))


def test_secrets_elsewhere_are_no_gap() -> None:
    assert "secrets" not in codes(SECRETS.replace("aws-secrets-manager", "env"))


def test_a_store_that_the_strategy_has_and_a_phase_on_aws_does_not_pay_for_is_a_gap() -> None:
    text = SECRETS.replace("aws-secrets-manager", "env").replace("vercel/pro", "aws/ec2/t3.small")
    found = gap("secrets", text)
    assert (found.component, found.lines) == ("vault", ())
    left_out = text.replace("use: {", "use: {vault: {leave_out: true}, ")
    assert "secrets" not in codes(left_out)


TOOLS = """
components: {box: {kind: machine}, graphs: {kind: monitoring}, api: {kind: service}}
phases:
  one:
    use:
      box: {offering: digitalocean/droplet/s-2vcpu-2gb}
      graphs: {offering: self-hosted/grafana}
      api: {offering: self-hosted/docker}
environments: {production: {}, laptop: {}}
"""


def test_a_tool_of_ones_own_runs_on_some_machine() -> None:
    found = gap("monitoring-machine", TOOLS)
    assert (found.component, found.lines) == ("graphs", ())


def test_a_tool_on_a_machine_of_the_plan_is_no_gap() -> None:
    hosted = TOOLS.replace("self-hosted/grafana", "self-hosted/grafana, runs_on: box")
    assert "monitoring-machine" not in codes(hosted)
    assert "monitoring-machine" not in codes(TOOLS, environment="laptop")


LEFT_OUT = """
components:
  api: {kind: service, talks_to: [model, cache, db]}
  jobs: {kind: worker, talks_to: [model]}
  model: {kind: other}
  cache: {kind: redis}
  db: {kind: postgres}
  replica: {kind: postgres}
phases:
  one: {use: {api: {offering: vercel/pro}, db: {offering: supabase/free}}}
  two:
    use:
      api: {offering: vercel/pro}
      jobs: {offering: railway/pro}
      cache: {offering: upstash/redis/free}
environments: {production: {}, test: {}}
"""


def left_out(phase: str, text: str = LEFT_OUT, environment: str | None = None) -> list[str]:
    found = gaps(text, phase, environment)
    return [one.component for one in found if one.code == "component-left-out"]


def test_a_component_that_no_phase_pays_for_is_left_out() -> None:
    assert left_out("one") == ["model"]
    assert gap("component-left-out", LEFT_OUT).reason.startswith("api talks to it")


def test_a_component_of_a_later_phase_is_not_missing_yet_and_one_of_an_earlier_is() -> None:
    assert left_out("two") == ["model", "db"]
    (model, _) = [g for g in gaps(LEFT_OUT, "two") if g.code == "component-left-out"]
    assert model.reason.startswith("api, jobs talk to it")


def test_a_component_left_out_on_purpose_or_offered_as_an_addon_is_no_gap() -> None:
    on_purpose = LEFT_OUT.replace("db: {offering: supabase/free}", "model: {leave_out: true}")
    assert left_out("one", on_purpose) == ["db"]  # now in no phase at all
    addon = LEFT_OUT + "addons: {ai: {use: {model: {price: {unknown: true}}}}}\n"
    assert left_out("one", addon) == []


def test_other_environments_may_do_without() -> None:
    assert left_out("one", environment="test") == []


DISK = """
components: {box: {kind: machine}, other: {kind: machine}}
phases:
  one:
    use:
      box: {offering: aws/ec2/t3.small, settings: {public_ipv4: 1}}
      other: {offering: aws/ec2/t3.small, settings: {public_ipv4: 1}}
waivers: [{code: gap-machine-disk, why: we know%s}]
"""


def test_a_waiver_without_a_path_accepts_a_gap_everywhere() -> None:
    assert codes(DISK % "") == set()


@pytest.mark.parametrize(
    "path", ["phases/one/use/box", "phases/one/use/box/settings", "/phases/one/use/box/"]
)
def test_a_waiver_with_a_path_accepts_the_gap_there_and_below(path: str) -> None:
    assert [one.component for one in gaps(DISK % f", path: {path}")] == ["other"]


def test_a_waiver_of_another_gap_or_place_accepts_nothing() -> None:
    assert codes(DISK.replace("gap-machine-disk", "gap-backups") % "") == {"machine-disk"}
    assert codes(DISK % ", path: phases/two") == {"machine-disk"}


def test_a_waived_gap_is_not_an_unused_waiver() -> None:
    waivers = strategy(DISK % "").waivers
    assert without_waived([], waivers) == ()
    other = [one.model_copy(update={"code": "no-such-finding"}) for one in waivers]
    assert [one.code for one in without_waived([], other)] == [UNUSED]


def test_gaps_come_in_the_order_of_the_rules() -> None:
    order = list(RULES)
    places = [order.index(one.code) for one in gaps(TOOLS)]
    assert places == sorted(places)

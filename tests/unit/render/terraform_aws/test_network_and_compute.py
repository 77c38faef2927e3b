"""What the network and what runs in it look like, as blocks and as text."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from tests.systems import system
from tests.terraform import TWO_REGIONS, behind_a_cdn, trees, two_regions
from tests.unit.render.aws.graph_of import graph
from tests.unit.render.written_systems import system_with

from outgrow.catalog.load import load_catalog
from outgrow.render.aws.fargate import fargate_size
from outgrow.render.aws.graph import aws_modules
from outgrow.render.registry import target
from outgrow.render.system.build import build_system
from outgrow.render.system.model import System
from outgrow.render.writers.expressions import Module, Noted, Ref, ResourceBlock
from outgrow.strategy.load import parse_strategy

TARGET = target("terraform-aws")
RULE = "aws_lb_listener_rule"
_SERVICE = """
api: {kind: service, talks_to: [db], needs: {ports: [8000]}}
lb: {kind: load_balancer, talks_to: [api]}
db: {kind: postgres}
"""


def _fargate(**settings: object) -> System:
    return system_with(
        _SERVICE,
        api={"offering": "aws/fargate", "settings": settings},
        lb={"offering": "aws/alb"},
        db={"offering": "aws/rds-postgresql/db.t3.small", "settings": {"storage_gb": 20}},
    )


def _root(found: System) -> Module:
    return aws_modules(found)[""]


def _block(module: Module, type_: str, name: str) -> ResourceBlock:
    return next(b for b in module.resources if (b.type, b.name) == (type_, name))


def _files(found: System) -> dict[str, str]:
    return {file.path: file.text for file in TARGET.render(found).files}


@pytest.mark.parametrize(
    ("vcpu", "memory", "pair"),
    [
        ("0.1", "0.1", ("0.25", "0.5")),
        ("0.25", "3", ("0.5", "3")),
        ("0.7", "3", ("1", "3")),
        ("2", "4.2", ("2", "5")),
        ("8", "17", ("8", "20")),
        ("16", "120", ("16", "120")),
    ],
)
def test_a_task_gets_the_smallest_pair_that_holds_it(
    vcpu: str, memory: str, pair: tuple[str, str]
) -> None:
    part = _fargate(vcpu=Decimal(vcpu), memory_gb=Decimal(memory)).part("api")
    assert part is not None
    assert fargate_size(part) == (Decimal(pair[0]), Decimal(pair[1]))


def test_more_than_fargate_sells_is_a_loss() -> None:
    found = TARGET.render(_fargate(vcpu=Decimal(32), memory_gb=Decimal(64)))
    assert [loss.code for loss in found.losses] == ["aws-fargate-size"]


def test_only_linked_parts_reach_one_another() -> None:
    rules = {
        (b.arguments["security_group_id"], b.arguments.get("referenced_security_group_id"))
        for b in _root(_fargate()).resources
        if b.type == "aws_vpc_security_group_ingress_rule"
    }
    groups = {name: Ref("aws_security_group", name) for name in ("lb", "api", "db")}
    assert (groups["db"], groups["api"]) in rules
    assert (groups["api"], groups["lb"]) in rules
    assert (groups["db"], groups["lb"]) not in rules


def test_the_database_has_no_rule_that_lets_it_out() -> None:
    out = [
        b.arguments["security_group_id"]
        for b in _root(_fargate()).resources
        if b.type == "aws_vpc_security_group_egress_rule"
    ]
    assert Ref("aws_security_group", "db") not in out


def test_one_nat_gateway_where_the_strategy_names_none_and_it_says_so() -> None:
    text = _files(_fargate())["network.tf"]
    assert text.count('resource "aws_nat_gateway"') == 1
    assert "The strategy names none" in text


def test_as_many_nat_gateways_as_the_strategy_pays_for() -> None:
    modules = aws_modules(two_regions())
    home = [b for b in modules["modules/us_east_1"].resources if b.type == "aws_nat_gateway"]
    assert len(home) == 3


def test_three_zones_where_something_runs_three_times() -> None:
    home = aws_modules(two_regions())["modules/us_east_1"]
    assert {b.name for b in home.resources if b.type == "aws_subnet"} >= {
        f"{tier}_{zone}" for tier in ("public", "private", "data") for zone in "abc"
    }


def test_networks_of_regions_do_not_overlap() -> None:
    modules = aws_modules(two_regions())
    ranges = {
        _block(module, "aws_vpc", "main").arguments["cidr_block"]
        for name, module in modules.items()
        if name
    }
    assert ranges == {"10.0.0.0/16", "10.1.0.0/16"}


def test_a_canary_is_shifted_by_ecs_itself_and_a_worker_rolls() -> None:
    found = TARGET.render(two_regions())
    home = aws_modules(two_regions())["modules/us_east_1"]
    api, worker = (_block(home, "aws_ecs_service", name) for name in ("api", "worker"))
    for service in (api, worker):
        assert "deployment_circuit_breaker" in service.arguments
        assert "deployment_controller" not in service.arguments
    assert api.lifecycle is not None
    assert {"task_definition", "load_balancer"} <= set(api.lifecycle.ignore_changes)
    assert worker.lifecycle is None or "load_balancer" not in worker.lifecycle.ignore_changes
    assert not any(b.type.startswith("aws_codedeploy") for b in home.resources)
    managed = _block(home, "aws_iam_role_policy_attachment", "api_shift_balancers").arguments
    wanted = "arn:aws:iam::aws:policy/AmazonECSInfrastructureRolePolicyForLoadBalancers"
    assert managed["policy_arn"] == wanted
    assert [loss.code for loss in found.losses] == [
        "aws-release",
        "aws-redis-regions",
        "aws-queue-regions",
    ]


def test_what_is_shifted_has_a_rule_over_both_target_groups_also_where_it_is_alone() -> None:
    text = next(
        f.text for f in trees()["two-regions"] if f.path == "modules/us_east_1/load_balancer.tf"
    )
    rule = text[text.index('resource "aws_lb_listener_rule" "api" {') :]
    assert "listener_arn = aws_lb_listener.lb_https.arn" in rule
    assert "priority     = 50000" in rule
    assert 'values = ["/*"]' in rule
    blue, green = rule.index("aws_lb_target_group.api.arn"), rule.index("api_green.arn")
    assert "weight = 1" in rule[blue:green]
    assert "weight = 0" in rule[green:]
    # AWS refuses sticky target groups behind a weighted rule whose groups are not.
    assert "duration = 60" in rule
    assert "ignore_changes = [action]" in rule
    tester = text[text.index('resource "aws_lb_listener_rule" "api_test" {') :]
    assert "listener_arn = aws_lb_listener.lb_test.arn" in tester
    assert "target_group_arn = aws_lb_target_group.api_green.arn" in tester


def test_parts_behind_one_balancer_are_each_shifted_by_a_rule_of_their_own() -> None:
    (root,) = aws_modules(behind_a_cdn()).values()
    rules = {b.name: b.arguments["priority"] for b in root.resources if b.type == RULE}
    shifted = {name for name in rules if f"{name}_test" in rules}
    assert len(shifted) >= 2
    assert sorted(rules[name] for name in shifted)[-1] == 50_000
    assert len({rules[name] for name in shifted}) == len(shifted)


def test_alarms_on_what_is_shifted_count_both_target_groups() -> None:
    home = aws_modules(two_regions())["modules/us_east_1"]
    texts = [str(b) for b in home.resources if b.type == "aws_cloudwatch_metric_alarm"]
    ours = [text for text in texts if "orders-production-api-" in text]
    assert ours
    assert not [text for text in ours if "TargetGroup" in text]


def test_a_limit_that_waf_cannot_count_is_a_loss_where_no_application_holds_it() -> None:
    text = TWO_REGIONS.read_text("utf-8").replace("    kit: true\n", "")
    strategy = parse_strategy(text).strategy
    found = TARGET.render(build_system(strategy, load_catalog(), "regions"))
    assert "aws-rate-limit" in [loss.code for loss in found.losses]


def test_half_of_the_workers_run_on_spot_and_one_never_does() -> None:
    text = next(f.text for f in trees()["two-regions"] if f.path == "modules/us_east_1/ecs.tf")
    assert 'capacity_provider = "FARGATE_SPOT"\n    weight            = 50' in text
    assert 'capacity_provider = "FARGATE"\n    base              = 1' in text


def test_text_of_the_strategy_is_never_evaluated() -> None:
    text = next(f.text for f in trees()["two-regions"] if f.path == "modules/us_east_1/ecs.tf")
    assert 'value = "$${hello} %%{if} \\"x\\""' in text


def test_containers_run_without_root_and_cannot_write() -> None:
    for name, files in trees().items():
        for file in files:
            if file.path.endswith("ecs.tf"):
                containers = file.text.count("essential ")
                assert file.text.count("readonlyRootFilesystem = true") == containers, name


def test_a_machine_that_is_stopped_when_idle_stands_in_no_group() -> None:
    root = _root(system("pocketable", "development"))
    types = {block.type for block in root.resources}
    assert "aws_instance" in types
    assert "aws_autoscaling_group" not in types
    stop = _block(root, "aws_cloudwatch_event_rule", "machine_stop")
    assert stop.arguments["schedule_expression"] == "rate(5 minutes)"


def test_only_the_idle_machine_may_be_stopped() -> None:
    text = _files(system("pocketable", "development"))["idle.tf"]
    statement = text[text.index("ec2:StopInstances") :][:400]
    assert "instance/${aws_instance.machine.id}" in statement
    assert '"aws:ResourceTag/Component" = "machine"' in statement


def test_machines_behind_a_load_balancer_grow_from_a_warm_pool_with_sticky_sessions() -> None:
    root = _root(system("pocketable", "horizontal"))
    group = _block(root, "aws_autoscaling_group", "machine")
    assert (group.arguments["min_size"], group.arguments["max_size"]) == (3, 5)
    assert "warm_pool" in group.arguments
    assert "stickiness" in _block(root, "aws_lb_target_group", "backend").arguments


def test_a_load_balancer_of_production_is_protected() -> None:
    lb = _block(_root(system("nexod", "production")), "aws_lb", "lb")
    protected = lb.arguments["enable_deletion_protection"]
    assert isinstance(protected, Noted)
    assert protected.value is True
    staging = _block(_root(system("nexod", "production", "staging")), "aws_lb", "lb")
    assert staging.arguments["enable_deletion_protection"] is False


def test_rendering_twice_gives_the_same_bytes() -> None:
    assert TARGET.render(two_regions()).files == TARGET.render(two_regions()).files


def test_no_tree_where_nothing_is_rented_from_aws() -> None:
    assert not TARGET.applies(system("nowry", "hybrid"))


def test_no_value_of_a_secret_reaches_a_file() -> None:
    for files in trees().values():
        for file in (file for file in files if "tests/" not in file.path):
            assert not re.search(r'(secret_string|password|token)\s+= "[^$]', file.text)


def test_a_machine_waits_for_its_way_out_and_names_its_image_itself() -> None:
    found = graph(system("pocketable", "development"))
    machine = found.blocks["aws_instance.machine"]
    assert machine.arguments["ami"].value == Ref(
        "aws_ssm_parameter", "ubuntu_amd64", "insecure_value", data=True
    )
    waits = {(ref.type, ref.name) for ref in machine.depends_on}
    assert ("aws_route", "public_out") in waits
    assert ("aws_route_table_association", "public_a") in waits
    assert ("aws_vpc_security_group_egress_rule", "machine_http") in waits


def test_alarms_of_kubernetes_machines_watch_what_an_add_on_publishes() -> None:
    found = graph(system("nowry", "kubernetes"))
    addon = found.arguments("aws_eks_addon.amazon_cloudwatch_observability")
    assert addon["pod_identity_association"]["service_account"] == "cloudwatch-agent"
    alarm = found.arguments("aws_cloudwatch_metric_alarm.nodes_memory_used_percent")
    assert (alarm["namespace"], alarm["metric_name"]) == (
        "ContainerInsights",
        "node_memory_utilization",
    )

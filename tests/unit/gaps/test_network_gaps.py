"""Gaps of the network: NAT gateways, addresses, load, traffic and names."""

from __future__ import annotations

from decimal import Decimal

import pytest
from tests.unit.gaps.found import codes, gap, gaps

from outgrow.analysis.pricing.cost_line import Total

NAT_USD = Decimal("36.50")  # 32.85 for the gateway, 3.65 for its address


def exactly(amount: str) -> Total:
    return Total(Decimal(amount), at_least=False)


def api(written: str, needs: str = "{}", more: str = "", public: str = "false") -> str:
    return f"""
    components:
      api: {{kind: service, needs: {needs}, public: {public}}}
      lb: {{kind: load_balancer, public: true, talks_to: [api]}}
      out: {{kind: network}}
      db: {{kind: postgres}}
      cache: {{kind: redis}}
      cdn: {{kind: cdn, public: true, talks_to: [lb]}}
      names: {{kind: dns}}
      web: {{kind: frontend, public: true}}
    phases: {{one: {{use: {{api: {{{written}}}{more}}}}}}}
    """


EC2 = "offering: aws/ec2/t3.small, settings: {disk_gb: 20}"
FARGATE = "offering: aws/fargate, settings: {vcpu: 1, memory_gb: 2}"
PRIVATE = "{private_network: true}"


@pytest.mark.parametrize("written", [EC2, FARGATE])
def test_private_machines_reach_out_through_a_nat_gateway(written: str) -> None:
    found = gap("nat-gateway", api(written, PRIVATE))
    assert found.total == Total(NAT_USD, at_least=True)  # the GB through it are not stated
    assert found.component == "network"
    assert found.path == ("phases", "one", "use")


def test_data_in_two_zones_asks_for_a_gateway_in_each() -> None:
    for data in (
        "db: {offering: aws/rds-postgresql/db.t3.small, settings: {multi_az: true, storage_gb: 9}}",
        "cache: {offering: aws/elasticache-redis/cache.t4g.micro, settings: {nodes: 2}}",
    ):
        found = gap("nat-gateway", api(EC2, PRIVATE, f", {data}"))
        assert found.total.amount_usd_month == 2 * NAT_USD


def test_each_region_needs_its_own_gateway() -> None:
    found = gap("nat-gateway", api(f"{EC2}, regions: [us-east-1, us-west-2]", PRIVATE))
    names = [line.name for line in found.lines]
    assert names == 2 * ["NAT gateway", "Data processed", "Public IPv4 address"]
    assert "us-west-2" in found.lines[3].formula  # no price was read there


@pytest.mark.parametrize("offering", ["aws/nat-gateway", "aws/vpc-endpoint"])
def test_a_way_out_that_is_paid_for_is_no_gap(offering: str) -> None:
    text = api(EC2, PRIVATE, f", out: {{offering: {offering}, usage: {{gb_month: 5}}}}")
    assert "nat-gateway" not in codes(text)


def test_a_machine_that_is_not_private_needs_no_gateway() -> None:
    assert "nat-gateway" not in codes(api(EC2))


def test_a_machine_reaches_out_over_a_public_address() -> None:
    found = gap("public-ipv4", api(f"{EC2}, count: 2"))
    assert (found.component, found.total) == ("api", exactly("7.30"))


def test_an_address_costs_the_same_in_every_region() -> None:
    found = gap("public-ipv4", api(f"{EC2}, region: eu-west-1"))
    assert found.total == exactly("3.65")


def test_a_sleeping_machine_keeps_its_address_on_the_bill() -> None:
    found = gap("public-ipv4", api(f"{EC2}, schedule: {{hours_month: 200}}"))
    assert found.total == exactly("3.65")
    assert "stopped" in found.reason


@pytest.mark.parametrize("addresses", [0, 1])
def test_a_machine_whose_addresses_are_stated_has_no_gap(addresses: int) -> None:
    written = f"offering: aws/ec2/t3.small, settings: {{disk_gb: 20, public_ipv4: {addresses}}}"
    assert "public-ipv4" not in codes(api(written))


def test_a_machine_may_go_out_through_the_gateway_that_is_there() -> None:
    nat = ", out: {offering: aws/nat-gateway, usage: {gb_month: 5}}"
    found = gaps(api(EC2, more=nat))
    assert [(one.code, one.component) for one in found] == [("public-ipv4", "out")]


def test_a_public_machine_needs_an_address_beside_a_gateway() -> None:
    nat = ", out: {offering: aws/nat-gateway, usage: {gb_month: 5}}"
    found = [one for one in gaps(api(EC2, more=nat, public="true")) if one.code == "public-ipv4"]
    assert [one.component for one in found] == ["api", "out"]


def test_tasks_reach_out_by_the_cheaper_of_addresses_and_a_gateway() -> None:
    few = "offering: aws/fargate, settings: {vcpu: 1, memory_gb: 2, tasks: 2}"
    assert gap("public-ipv4", api(few)).total == exactly("7.30")
    many = few.replace("tasks: 2", "tasks: 20")
    assert gap("public-ipv4", api(many)).total == Total(NAT_USD, at_least=True)


def test_tasks_with_a_way_out_have_no_gap() -> None:
    nat = ", out: {offering: aws/nat-gateway, usage: {gb_month: 5}}"
    found = [one.component for one in gaps(api(FARGATE, more=nat)) if one.code == "public-ipv4"]
    assert found == ["out"]


LB = ", lb: {offering: aws/alb, usage: {lcu: 1}}"


def test_a_load_balancer_for_users_holds_an_address_in_each_of_two_zones() -> None:
    found = gap("public-ipv4", api("price: {per_month: 5}", more=LB))
    assert (found.component, found.total) == ("lb", exactly("7.30"))
    nlb = LB.replace("aws/alb", "aws/nlb")
    assert gap("public-ipv4", api("price: {per_month: 5}", more=nlb)).total == exactly("3.65")


def test_an_internal_load_balancer_holds_none() -> None:
    text = api("price: {per_month: 5}", more=LB + ", web: {offering: vercel/pro}")
    internal = text.replace("load_balancer, public: true", "load_balancer")
    assert "public-ipv4" not in codes(internal)
    private = text.replace("load_balancer,", "load_balancer, needs: {private_network: true},")
    assert "public-ipv4" not in codes(private)


def test_a_load_balancer_is_for_users_where_nothing_is_called_public() -> None:
    text = api("price: {per_month: 5}", more=LB).replace("public: true", "public: false")
    assert "public-ipv4" in codes(text)


def test_addresses_that_are_paid_for_are_no_gap() -> None:
    text = api(EC2, more=LB + ", out: {offering: aws/public-ipv4, count: 3}")
    assert "public-ipv4" not in codes(text)


@pytest.mark.parametrize("offering", ["aws/alb", "aws/nlb"])
def test_capacity_units_come_on_top_of_the_hours_of_a_load_balancer(offering: str) -> None:
    more = f", lb: {{offering: {offering}}}"
    found = gap("load-balancer-capacity", api("price: {per_month: 5}", more=more))
    assert found.total == Total(Decimal(0), at_least=True)
    (line,) = found.lines
    assert line.unit_price_usd is not None
    assert found.path == ("phases", "one", "use", "lb", "usage")


@pytest.mark.parametrize("said", ["lcu: 1", "gb_month: 100", "lambda_gb_per_hour: 1", "lcu: 0"])
def test_a_stated_load_is_no_gap(said: str) -> None:
    more = f", lb: {{offering: aws/alb, usage: {{{said}}}}}"
    assert "load-balancer-capacity" not in codes(api("price: {per_month: 5}", more=more))


def test_what_users_fetch_is_billed_by_the_gb() -> None:
    found = gap("egress", api(EC2, more=LB))
    assert "lb" in found.reason
    assert "100 GB" in found.reason
    assert found.lines[0].quantity is None
    assert "egress" in codes(api(EC2, public="true"))


def test_a_machine_is_for_users_when_what_runs_on_it_is() -> None:
    text = """
    components: {box: {kind: machine}, api: {kind: service, public: true}}
    phases:
      one:
        use:
          box: {offering: aws/ec2/t3.small, settings: {disk_gb: 9}}
          api: {offering: self-hosted/docker, runs_on: box}
    """
    assert "egress" in codes(text)
    asleep = text.replace("t3.small,", "t3.small, schedule: {hours_month: 100},")
    assert "egress" not in codes(asleep)


def test_a_machine_that_no_user_reaches_sends_them_nothing() -> None:
    assert "egress" not in codes(api(EC2))


def test_stated_egress_is_no_gap() -> None:
    sent = ", out: {offering: aws/data-transfer, usage: {internet_out_gb: 50}}"
    assert "egress" not in codes(api(EC2, more=LB + sent))
    other = ", out: {offering: aws/data-transfer, usage: {cross_az_gb: 50}}"
    assert "egress" in codes(api(EC2, more=LB + other))


def test_what_cloudfront_fetches_is_free() -> None:
    cdn = ", cdn: {offering: aws/cloudfront, usage: {internet_out_gb: 50}}"
    assert "egress" not in codes(api(EC2, more=LB + cdn))


TWO_ZONES = (
    ", db: {offering: aws/rds-postgresql/db.t3.small, settings: {multi_az: true, storage_gb: 9}}"
)


def test_machines_and_data_in_two_zones_pay_for_what_passes_between() -> None:
    found = gap("cross-zone", api(f"{EC2}, count: 2", more=TWO_ZONES))
    (line,) = found.lines
    assert (line.quantity, found.total.at_least) == (None, True)
    tasks = "offering: aws/fargate, settings: {vcpu: 1, memory_gb: 2, tasks: 2}"
    assert "cross-zone" in codes(api(tasks, more=TWO_ZONES))


def test_one_machine_or_data_in_one_zone_pay_nothing_between_zones() -> None:
    assert "cross-zone" not in codes(api(EC2, more=TWO_ZONES))
    assert "cross-zone" not in codes(
        api(f"{EC2}, count: 2", more=TWO_ZONES.replace("true", "false"))
    )


def test_stated_traffic_between_zones_is_no_gap() -> None:
    sent = ", out: {offering: aws/data-transfer, usage: {cross_az_gb: 50}}"
    assert "cross-zone" not in codes(api(f"{EC2}, count: 2", more=TWO_ZONES + sent))


def test_a_load_balancer_needs_a_name_that_something_answers_for() -> None:
    found = gap("dns", api(EC2, more=LB))
    assert found.lines == ()  # Route 53 bills its zones, others do not
    assert "$0.50" in found.reason


@pytest.mark.parametrize(
    "more",
    [
        ", names: {offering: aws/route53}",
        ", names: {offering: cloudflare/free}",
        ", cdn: {offering: cloudflare/free}",
        ", web: {offering: vercel/pro}",
    ],
)
def test_names_that_are_answered_for_are_no_gap(more: str) -> None:
    assert "dns" not in codes(api(EC2, more=LB + more))


def test_a_machine_without_a_load_balancer_may_have_its_name_anywhere() -> None:
    assert "dns" not in codes(api(EC2, public="true"))


def test_at_a_stated_price_nobody_knows_what_is_in_it() -> None:
    own = ", price: {per_month: 30}"
    more = ", lb: {offering: aws/alb, price: {per_month: 20}}"
    found = codes(api(f"{EC2}{own}", more=more))
    assert not found & {"public-ipv4", "load-balancer-capacity", "machine-disk"}

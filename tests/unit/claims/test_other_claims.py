"""Hours, discounts, limits, capacities, sums, plans."""

from __future__ import annotations

from decimal import Decimal

import pytest
from tests.unit.claims.strategies import judge

from outgrow.analysis.claims.judgement import Figure, Verdict


def certain(value: str) -> Figure:
    return Figure(Decimal(value), Decimal(value))


def test_autostop_price_holds_only_at_some_hours() -> None:
    judgement = judge("""
        states: 11
        hours: {offering: aws/ec2/t3.medium}
        alternatives:
          with the disk: [{service: aws/ebs, parameters: {disk_gb: 50}}]
          with disk and address:
            - {service: aws/ebs, parameters: {disk_gb: 50}}
            - {service: aws/public-ipv4}
        """)
    assert judgement.verdict is Verdict.HOLDS_IF
    assert [one.real for one in judgement.readings] == [
        certain("264"),
        certain("168"),
        certain("81"),
    ]


def test_price_below_what_is_always_on_holds_at_no_hours() -> None:
    judgement = judge("""
        states: 3
        hours:
          offering: aws/ec2/t3.medium
          also_always_on: [{service: aws/public-ipv4}]
        """)
    assert judgement.readings[-1].fits is False


def test_price_above_a_whole_month_holds_at_no_hours() -> None:
    judgement = judge("states: 60\nhours: {offering: aws/ec2/t3.medium}")
    assert judgement.verdict is Verdict.DOES_NOT_HOLD


def test_price_of_a_whole_month_needs_no_hours() -> None:
    judgement = judge("states: 30\nhours: {offering: aws/ec2/t3.medium}")
    assert judgement.verdict is Verdict.HOLDS


def test_metered_plan_is_solved_by_what_it_uses_in_an_hour() -> None:
    judgement = judge("""
        states: 75
        hours: {offering: daytona/tier-2, count: 50,
                parameters: {vcpu_hours: 1, memory_gib_hours: 1}}
        """)
    assert judgement.readings[0].real == certain("1126")


def test_discount_holds_for_every_offering_within_the_stated_range() -> None:
    judgement = judge("""
        states: 30-40
        unit: "%"
        discount: {offerings: [aws/ec2/t3.medium, aws/rds-postgresql/db.t3.large]}
        """)
    assert judgement.verdict is Verdict.HOLDS
    assert "37.3 %" in judgement.reason
    assert "29.6 %" in judgement.reason


def test_discount_that_some_offerings_miss_holds_only_for_the_others() -> None:
    judgement = judge("""
        states: 35-40
        unit: "%"
        discount: {offerings: [aws/ec2/t3.medium, aws/rds-postgresql/db.t3.large]}
        """)
    assert judgement.verdict is Verdict.HOLDS_IF


def test_discount_without_a_known_reserved_price_is_unknown() -> None:
    judgement = judge('states: 30\nunit: "%"\ndiscount: {offerings: [aws/ec2/m5.large]}')
    assert judgement.verdict is Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        ("states: 8\nunit: GB\nlimit: {offering: supabase/pro, limit: database_gb}", "holds"),
        ("states: 500\nunit: MB\nlimit: {offering: supabase/free, limit: database_gb}", "holds"),
        ("states: 8.1\nlimit: {offering: supabase/pro, limit: database_gb}", "does_not_hold"),
        ("states: 3\nlimit: {offering: supabase/pro, limit: no_such_limit}", "unknown"),
        ("states: 3\nlimit: {offering: no/such, limit: database_gb}", "unknown"),
        ("states: 20\nlimit: {offering: daytona/tier-1, limit: memory_gib_total}", "unknown"),
        ("states: 180\nlimit: {offering: daytona/tier-1, capability: longest_request_seconds}",
         "unknown"),
        ("states: 10\nlimit: {offering: vercel/pro, capability: longest_request_seconds}",
         "does_not_hold"),
        ("limit: {offering: vercel/pro, capability: websockets}", "holds"),
        ("limit: {offering: vercel/pro, capability: websockets, lacks: true}", "does_not_hold"),
        ("limit: {offering: railway/free, capability: always_on}", "does_not_hold"),
        ("limit: {offering: railway/free, capability: always_on, lacks: true}", "holds"),
    ],
)  # fmt: skip
def test_limit_is_exact_and_never_guessed(claim: str, verdict: str) -> None:
    assert judge(claim).verdict.value == verdict


def test_limit_of_another_name_is_named() -> None:
    judgement = judge("states: 500\nunit: MB\nlimit: {offering: supabase/free, limit: storage_gb}")
    assert judgement.verdict is Verdict.DOES_NOT_HOLD
    assert judgement.reason.endswith("0.5 is its database_gb")


def test_size_of_a_machine_is_compared_figure_by_figure() -> None:
    good = judge("size: {offering: aws/ec2/t3.medium, vcpu: 2, memory_gib: 4}")
    bad = judge("size: {offering: aws/elasticache-redis/cache.r6g.large, memory_gib: 8}")
    assert (good.verdict, bad.verdict) == (Verdict.HOLDS, Verdict.DOES_NOT_HOLD)
    assert "memory_gib is 13.07, not 8" in bad.reason


def test_pool_holds_the_least_of_what_its_parts_allow() -> None:
    judgement = judge("""
        states: 50-100
        unit: sandboxes
        capacity: {offering: daytona/tier-2, vcpu: 2, memory_gib: 1}
        """)
    assert judgement.real == certain("50")
    assert judgement.verdict is Verdict.HOLDS_IF


def test_pool_of_unknown_memory_holds_only_as_far_as_it_is_known() -> None:
    judgement = judge("""
        states: 10
        unit: sandboxes
        capacity: {offering: daytona/tier-1, vcpu: 1, memory_gib: 1}
        """)
    assert judgement.verdict is Verdict.HOLDS_IF
    assert "10 or 20" in judgement.reason


def test_pool_that_is_too_small_does_not_hold() -> None:
    judgement = judge("states: 50\nunit: s\ncapacity: {offering: daytona/tier-1, vcpu: 1}")
    assert judgement.verdict is Verdict.DOES_NOT_HOLD


def test_same_memory_does_not_hold_twice_as_much() -> None:
    judgement = judge("""
        states: 30-50
        unit: generations
        scaled:
          stated: 15-25
          of: [{offering: aws/ec2/t3.2xlarge}]
          here: [{offering: aws/ec2/t3.xlarge, count: 2}]
        """)
    assert judgement.verdict is Verdict.DOES_NOT_HOLD
    assert judgement.real == Figure(Decimal(15), Decimal(25))


def test_sum_is_checked_against_its_stated_parts() -> None:
    parts = (
        "states: 20\nitems: [{offering: vercel/pro}]",
        "states: 40-50\nitems: [{offering: supabase/pro}]",
    )
    judgement = judge("states: 60-70\nsum_of: [c1, c2]", *parts)
    assert (judgement.verdict, judgement.real) == (
        Verdict.HOLDS,
        Figure(Decimal(60), Decimal(70)),
    )
    assert "at real prices they sum to $45.00" in judgement.reason


def test_sum_that_its_parts_do_not_make_does_not_hold() -> None:
    part = "states: 20\nitems: [{offering: vercel/pro}]"
    assert judge("states: 50\nsum_of: [c1]", part).verdict is Verdict.DOES_NOT_HOLD


def test_difference_subtracts_a_part() -> None:
    parts = (
        "states: 30\nitems: [{offering: aws/ec2/t3.medium}]",
        "states: 11\nhours: {offering: aws/ec2/t3.medium}",
    )
    assert judge("states: 19\nsum_of: [c1]\nless: [c2]", *parts).verdict is Verdict.HOLDS


def test_repetition_must_agree() -> None:
    first = "states: 20\nitems: [{offering: vercel/pro}]"
    assert judge("states: 10-30\nrepeats: c1", first).verdict is Verdict.HOLDS
    assert judge("states: 40\nrepeats: c1", first).verdict is Verdict.DOES_NOT_HOLD


def test_share_of_revenue_is_taken_at_both_ends() -> None:
    cost = "states: 240\nitems: [{offering: aws/ec2/t3.2xlarge}]"
    claim = 'states: 5-48\nunit: "%"\nrevenue_share: {cost: c1, revenue_usd_month: 500-5000}'
    judgement = judge(claim, cost)
    assert (judgement.verdict, judgement.real) == (
        Verdict.HOLDS,
        Figure(Decimal("4.8"), Decimal(48)),
    )


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        ("exists: vercel/pro", Verdict.HOLDS),
        ("exists: daytona/free", Verdict.DOES_NOT_HOLD),
        ("exists: no/such", Verdict.UNKNOWN),
        ("exists: aws/fargate/t3.medium", Verdict.DOES_NOT_HOLD),
        ("maintained: daytona/self-hosted", Verdict.RISK),
        ("maintained: vercel/pro", Verdict.UNKNOWN),
    ],
)
def test_plan_is_sold_and_software_maintained(claim: str, verdict: Verdict) -> None:
    assert judge(claim).verdict is verdict


def test_plan_that_is_not_sold_says_what_is() -> None:
    assert "daytona/tier-1" in judge("exists: daytona/free").reason


def test_environment_sums_its_parts_and_what_it_reserves() -> None:
    head = """
        outgrow: 1
        name: test
        components:
          app: {kind: service, needs: {memory_gib: 1}}
          db: {kind: postgres, needs: {memory_gib: 0.5}}
          server: {kind: machine}
        phases:
          one:
            use:
              server: {offering: aws/ec2/t3.small}
              app: {offering: self-hosted/docker, runs_on: server, count: 2}
              db: {offering: self-hosted/docker, runs_on: server}
        environments:
          staging: {phase: one, reserves: {memory_gib: 0.25}}
          production: {}
        """
    basis = "resources: {environment: staging, resource: memory_gib}"
    judgement = judge(f"states: 2.75\nunit: GiB\n{basis}", head=head)
    assert (judgement.verdict, judgement.real) == (Verdict.HOLDS, certain("2.75"))
    assert "app 2 + db 0.5 + reserved 0.25" in judgement.reason


@pytest.mark.parametrize("figure", ["9" * 15, "0.0001", "0", "1k-2k", "5+"])
def test_figure_of_any_size_is_judged(figure: str) -> None:
    part = f"states: {figure}\nitems: [{{offering: aws/ec2/t3.medium, count: {figure}}}]"
    assert judge(f"states: {figure}\nsum_of: [c1]", part).reason
    assert judge(part).reason
    assert judge(f"states: {figure}\nhours: {{offering: aws/ec2/t3.medium}}").reason
    assert judge(f"states: {figure}\nlimit: {{offering: supabase/free, limit: mau}}").reason
    of = f"[{{offering: aws/ec2/t3.medium, count: {figure}}}]"
    assert judge(f"states: {figure}\nscaled: {{stated: 1, of: {of}, here: []}}").reason

"""Stated costs against the catalogue's."""

from __future__ import annotations

from decimal import Decimal

from tests.unit.claims.strategies import judge

from outgrow.analysis.claims.judgement import Figure, Verdict

T3_MEDIUM = Figure(Decimal("30.37"), Decimal("30.37"))


def test_price_within_five_percent_holds() -> None:
    judgement = judge("states: 30\nitems: [{offering: aws/ec2/t3.medium}]")
    assert (judgement.verdict, judgement.real) == (Verdict.HOLDS, T3_MEDIUM)


def test_price_within_twice_the_tolerance_is_near() -> None:
    judgement = judge("states: 28\nitems: [{offering: aws/ec2/t3.medium}]")
    assert judgement.verdict is Verdict.NEAR
    assert "8.5 % more than stated" in judgement.reason


def test_price_beyond_that_does_not_hold() -> None:
    judgement = judge("states: 20\nitems: [{offering: aws/ec2/t3.medium}]")
    assert judgement.verdict is Verdict.DOES_NOT_HOLD


def test_own_tolerance_replaces_five_percent() -> None:
    judgement = judge("states: 20\ntolerance: 0.6\nitems: [{offering: aws/ec2/t3.medium}]")
    assert judgement.verdict is Verdict.HOLDS


def test_price_holds_only_without_what_the_statement_omits() -> None:
    judgement = judge("""
        states: 30
        items: [{offering: aws/ec2/t3.medium}]
        omits:
          - {service: aws/ebs, parameters: {disk_gb: 50}}
          - {service: aws/public-ipv4}
        """)
    assert judgement.verdict is Verdict.HOLDS_IF
    assert [one.real.text("USD") for one in judgement.readings if one.real] == ["$34.37", "$38.02"]


def test_price_that_omits_nothing_that_matters_holds() -> None:
    judgement = judge("""
        states: 240
        items: [{offering: aws/ec2/t3.2xlarge}]
        omits: [{service: aws/public-ipv4}]
        """)
    assert judgement.verdict is Verdict.HOLDS


def test_price_that_only_fits_with_what_it_omits_holds_with_it() -> None:
    judgement = judge("""
        states: 65
        items: [{offering: aws/ec2/t3.medium}]
        omits: [{offering: aws/nat-gateway}]
        """)
    assert judgement.verdict is Verdict.HOLDS_IF
    assert "true only with what it leaves out" in judgement.reason


def test_price_stated_too_high_even_with_what_it_omits_does_not_hold() -> None:
    judgement = judge("""
        states: 150
        items: [{offering: aws/ec2/t3.medium}]
        omits: [{offering: aws/nat-gateway}]
        """)
    assert judgement.verdict is Verdict.DOES_NOT_HOLD


def test_price_that_is_near_and_far_with_what_it_omits_does_not_hold() -> None:
    judgement = judge("""
        states: 28
        items: [{offering: aws/ec2/t3.medium}]
        omits: [{offering: aws/nat-gateway}]
        """)
    assert judgement.verdict is Verdict.DOES_NOT_HOLD


def test_another_reading_that_costs_more_limits_a_true_price() -> None:
    judgement = judge("""
        states: 30
        items: [{offering: aws/ec2/t3.medium}]
        alternatives: {twice as large: [{offering: aws/ec2/t3.large}]}
        """)
    assert judgement.verdict is Verdict.HOLDS_IF
    assert "twice as large: $60.74" in judgement.reason


def test_another_reading_that_costs_what_is_stated_saves_no_false_price() -> None:
    judgement = judge("""
        states: 30
        items: [{offering: aws/ec2/t3.large}]
        alternatives: {half as large: [{offering: aws/ec2/t3.medium}]}
        """)
    assert judgement.verdict is Verdict.DOES_NOT_HOLD
    assert judgement.readings[0].fits is True


def test_count_that_is_a_range_is_priced_at_both_ends() -> None:
    judgement = judge("states: 90-150\nitems: [{offering: aws/ec2/t3.medium, count: 3-5}]")
    assert judgement.real == Figure(Decimal("91.10"), Decimal("151.84"))
    assert judgement.verdict is Verdict.HOLDS


def test_real_range_that_is_wider_than_stated_holds_in_part() -> None:
    judgement = judge("states: 90-100\nitems: [{offering: aws/ec2/t3.medium, count: 3-5}]")
    assert judgement.verdict is Verdict.HOLDS_IF


def test_unknown_price_is_unknown_while_the_rest_fits() -> None:
    judgement = judge("""
        states: 30-100
        items: [{offering: aws/ec2/t3.medium}, {offering: mongodb-atlas/m20}]
        """)
    assert (judgement.verdict, judgement.real) == (
        Verdict.UNKNOWN,
        Figure(Decimal("30.37"), None),
    )


def test_price_below_what_is_known_of_the_parts_does_not_hold() -> None:
    judgement = judge("""
        states: 20
        items: [{offering: aws/ec2/t3.medium}, {offering: mongodb-atlas/m20}]
        """)
    assert judgement.verdict is Verdict.DOES_NOT_HOLD
    assert "at least $30.37" in judgement.reason


def test_meter_that_the_statement_does_not_mention_is_not_used() -> None:
    judgement = judge("states: 20\nitems: [{offering: vercel/pro}]")
    assert judgement.verdict is Verdict.HOLDS


def test_yearly_price_is_compared_with_twelve_months() -> None:
    judgement = judge("states: 364\nunit: USD/year\nitems: [{offering: aws/ec2/t3.medium}]")
    assert judgement.real == Figure(Decimal("364.44"), Decimal("364.44"))


def test_price_of_one_of_several_is_the_share() -> None:
    judgement = judge("states: 15\nper_count: 2\nitems: [{offering: aws/ec2/t3.medium}]")
    assert judgement.verdict is Verdict.HOLDS


def test_phase_is_priced_at_the_size_named() -> None:
    head = """
        outgrow: 1
        name: test
        components:
          app: {kind: service}
          db: {kind: postgres}
        phases:
          one:
            use:
              app: {offering: aws/ec2/t3.medium, instances: {minimum: 1, maximum: 3}}
              db: {offering: supabase/pro}
        """
    basis = "phase: {phase: one, components: [app], instances: maximum}"
    judgement = judge(f"states: 91\n{basis}", head=head)
    assert judgement.real == Figure(Decimal("91.10"), Decimal("91.10"))


def test_price_from_a_secondary_source_says_so() -> None:
    judgement = judge("states: 26\nitems: [{offering: sentry/team}]")
    assert judgement.verdict is Verdict.HOLDS
    assert "grade C" in judgement.reason
    assert judgement.weak_sources


def test_own_price_without_a_source_does_not_confirm_itself() -> None:
    head = """
        outgrow: 1
        name: test
        components: {app: {kind: service}}
        offerings:
          aws/ec2/t3.medium: {price: {per_month: 10}}
        phases: {one: {use: {app: {offering: aws/ec2/t3.medium}}}}
        """
    judgement = judge("states: 10\nitems: [{offering: aws/ec2/t3.medium}]", head=head)
    assert judgement.verdict is Verdict.DOES_NOT_HOLD

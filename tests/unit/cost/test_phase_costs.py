"""The bill of a phase: levels, parts, peaks, allowances, unknowns, labour and extras."""

from __future__ import annotations

from decimal import Decimal

from tests.written import bill, bills

from outgrow.analysis.costs.phase_costs import CostReport
from outgrow.analysis.pricing.cost_line import LineKind, Total
from outgrow.topology.model import Level
from outgrow.topology.what_if import WhatIf
from outgrow.units import WEEKS_PER_MONTH, to_cents

T3_SMALL_HOUR = Decimal("0.0208")


def exactly(amount: str) -> Total:
    return Total(Decimal(amount), at_least=False)


def at_least(amount: str) -> Total:
    return Total(Decimal(amount), at_least=True)


def machine(written: str) -> str:
    return f"""
    components: {{api: {{kind: service}}}}
    phases: {{one: {{use: {{api: {{offering: aws/ec2/t3.small, {written}}}}}}}}}
    """


def test_each_level_counts_its_own_instances() -> None:
    costs = bills(machine("instances: {minimum: 1, expected: 2, maximum: 4}"))
    each = T3_SMALL_HOUR * 730
    assert costs.low.total == exactly(str(to_cents(each)))
    assert costs.expected.total == exactly(str(to_cents(2 * each)))
    assert costs.high.total == exactly(str(to_cents(4 * each)))
    assert [costs.at(level).level for level in Level] == list(Level)


def test_each_level_reads_its_own_end_of_the_demand() -> None:
    text = """
    demand: {stored: {}}
    components: {files: {kind: object_store}}
    phases:
      one:
        expects: {stored: {low: 100, likely: 200, high: 1000}}
        use: {files: {offering: aws/s3, usage: {storage_gb: stored}}}
    """
    costs = bills(text)
    totals = [costs.at(level).total for level in Level]
    assert totals == [exactly("2.30"), exactly("4.60"), exactly("23.00")]


def test_peak_instances_join_the_expected_and_the_high_bill_for_their_hours() -> None:
    costs = bills(machine("count: 1, peak: {count: 3, hours_month: 100}"))
    base, peak = T3_SMALL_HOUR * 730, T3_SMALL_HOUR * 300
    assert costs.low.total == exactly(str(to_cents(base)))
    assert costs.expected.total == exactly(str(to_cents(base) + to_cents(peak)))
    assert costs.high.total == costs.expected.total


def test_nobody_reserves_for_a_peak() -> None:
    lines = bill(machine("commitment: {years: 1}, peak: {count: 3, hours_month: 100}")).lines
    assert ["reserved" in line.name for line in lines] == [True, False]
    assert lines[1].quantity == 300


def test_the_usage_of_a_month_is_not_billed_again_for_the_peak() -> None:
    text = """
    components: {api: {kind: service}}
    phases:
      one:
        use:
          api:
            price: {per_hour: 1, per_use: {requests: {unit_price: 0.5}}}
            usage: {requests: 100}
            peak: {count: 2, hours_month: 10}
    """
    assert bill(text).total == exactly("800.00")  # 730 + 100 x 0.5 + 2 x 10


def test_a_month_with_instances_at_the_peak_alone_bills_its_usage_there() -> None:
    text = """
    components: {api: {kind: service}}
    phases:
      one:
        use:
          api:
            count: 0
            price: {per_hour: 1, per_use: {requests: {unit_price: 0.5}}}
            usage: {requests: 100}
            peak: {count: 1, hours_month: 10}
    """
    assert bill(text).total == exactly("60.00")


def test_none_at_all_cost_nothing() -> None:
    assert bill(machine("count: 0")).total == exactly("0")


ALLOWANCES = """
components: {logs: {kind: logs}, metrics: {kind: monitoring}}
phases:
  one:
    use:
      logs: {offering: aws/cloudwatch, usage: {log_ingest_gb: 4}}
      metrics: {offering: aws/cloudwatch, usage: {log_ingest_gb: 4}}
"""


def allowed(report: CostReport) -> list[tuple[str, Decimal | None]]:
    return [
        (cost.resource.component, line.quantity)
        for cost in report.resources
        for line in cost.lines
        if line.kind is LineKind.ALLOWANCE
    ]


def test_a_free_allowance_is_given_once_an_account_and_apart_from_the_total() -> None:
    report = bill(ALLOWANCES)
    assert report.total == exactly("4.00")  # 8 GB at $0.50
    assert allowed(report) == [("logs", Decimal(4)), ("metrics", Decimal(1))]
    assert report.allowances_usd_month == Decimal("2.50")


def test_a_one_time_price_stands_apart_from_the_month() -> None:
    text = """
    components: {api: {kind: service}}
    phases: {one: {use: {api: {price: {per_month: 5, once: 300}}}}}
    """
    report = bill(text)
    assert report.total == exactly("5.00")
    assert report.once_usd == 300


def test_an_unknown_part_makes_the_total_at_least_what_is_known() -> None:
    text = """
    components: {api: {kind: service}, db: {kind: postgres}, box: {kind: machine}}
    phases:
      one:
        use:
          api: {price: {per_month: 5}}
          db: {price: {unknown: true}}
          box: {offering: acme/box}
    """
    report = bill(text)
    assert report.total == at_least("5.00")
    assert report.of("db") == at_least("0")
    assert "acme/box" in report.resources[2].lines[0].formula


def test_usage_without_a_value_makes_the_total_at_least() -> None:
    text = """
    demand: {stored: {}}
    components: {files: {kind: object_store}}
    phases:
      one: {use: {files: {offering: aws/s3, usage: {storage_gb: stored, put_requests: 1000}}}}
    """
    assert bill(text).total == at_least("0.01")


def test_settings_that_cannot_be_priced_are_unknown_and_say_why() -> None:
    report = bill(machine("settings: {disk_gb: 20, disk_type: floppy}"))
    assert report.total == at_least("0")
    assert "disk_type" in report.lines[0].formula or "floppy" in report.lines[0].formula


def test_a_setting_cannot_change_which_service_is_priced() -> None:
    assert bill(machine("settings: {service: aws/s3}")).total == bill(machine("count: 1")).total


PARTS = """
demand: {users: {}}
components: {web: {kind: frontend}, api: {kind: service}, jobs: {kind: worker}}
phases:
  one:
    use:
      web:
        price: {per_month: 20, per_use: {calls: {included: 100, unit_price: 1}}}
        usage: {calls: 80}
      api: {runs_on: web, usage: {calls: 50}}
      jobs: {runs_on: api, usage: {calls: 5}}
"""


def test_what_is_part_of_another_is_billed_once() -> None:
    report = bill(PARTS)
    assert report.of("api") == report.of("jobs") == exactly("0")
    assert [len(cost.lines) for cost in report.resources] == [2, 0, 0]


def test_the_usage_of_parts_is_on_the_bill_of_their_host() -> None:
    assert bill(PARTS).total == exactly("55.00")  # 20 + (80 + 50 + 5 - 100) x 1


def test_the_unknown_usage_of_a_part_is_unknown_of_the_host() -> None:
    assert bill(PARTS.replace("{calls: 50}", "{calls: users}")).total == at_least("20.00")


def test_a_part_whose_host_an_environment_leaves_out_is_unknown_and_not_free() -> None:
    text = PARTS + "environments: {production: {}, test: {only: [api]}}\n"
    report = bill(text, environment="test")
    assert report.total == at_least("0")
    assert "web" in report.lines[0].formula


REVENUE = """
demand:
  users: {}
  revenue_usd_month: {per: {users: {low: 1, likely: 2, high: 3}}}
components: {payments: {kind: other}}
phases:
  one:
    expects: {users: 100}
    costs: {licence: {share_of_revenue: 0.1}}
    use: {payments: {price: {share_of_revenue: 0.03}}}
"""


def test_a_share_of_revenue_follows_the_revenue_at_each_level() -> None:
    costs = bills(REVENUE)
    totals = [costs.at(level).total for level in Level]
    assert totals == [exactly("13.00"), exactly("26.00"), exactly("39.00")]


def test_a_share_of_an_unknown_revenue_is_unknown() -> None:
    assert bill(REVENUE.replace("expects: {users: 100}", "expects: {}")).total == at_least("0")


LABOUR = """
finance: {labour_usd_hour: 50}
components: {api: {kind: service}, db: {kind: postgres}}
phases:
  one:
    labour_hours_week: 1-3
    costs: {audits: {per_month: 10, labour_hours_week: 2}}
    use:
      api: {price: {per_month: 5, labour_hours_week: 4}}
      db: {price: {per_month: 1}}
"""


def test_labour_stands_beside_the_bill_and_counts_the_hours_of_prices_too() -> None:
    report = bill(LABOUR)
    assert report.total == exactly("16.00")
    assert report.labour_usd_month == to_cents(8 * WEEKS_PER_MONTH * 50)
    assert bill(LABOUR, Level.LOW).labour_usd_month == to_cents(7 * WEEKS_PER_MONTH * 50)


def test_labour_without_a_wage_or_without_hours_is_unknown() -> None:
    assert bill(LABOUR.replace("{labour_usd_hour: 50}", "{}")).labour_usd_month is None
    assert bill(machine("count: 1")).labour_usd_month is None


def test_extra_costs_carry_their_name() -> None:
    text = """
    finance: {currencies: {EUR: 1.25}}
    components: {api: {kind: service}}
    phases:
      one:
        costs: {domain: {annual: 24}, support: {per_month: 8, currency: EUR}}
        use: {api: {price: {per_month: 5}}}
    """
    report = bill(text)
    assert [line.name for line in report.extras] == [
        "domain: annual price, a twelfth",
        "support: fixed",
    ]
    assert report.total == exactly("17.00")


def test_a_bill_of_several_regions_counts_each() -> None:
    text = """
    components: {api: {kind: service}}
    phases:
      one: {regions: [us-east-1, us-west-2], use: {api: {offering: aws/ec2/t3.small}}}
    """
    report = bill(text)
    assert len(report.resources) == 2
    assert report.of("api") == report.total


def test_figures_of_any_size_are_priced() -> None:
    text = """
    finance: {currencies: {EUR: 1000000000000000}}
    components: {api: {kind: service}, files: {kind: object_store}}
    phases:
      one:
        costs: {deal: {per_month: 999999999999999, currency: EUR}}
        use:
          api:
            count: 100000
            price: {currency: EUR, per_use: {calls: {unit_price: 999999999999999}}}
            usage: {calls: 999999999999999}
          files: {offering: aws/s3, usage: {storage_gb: 999999999999999}}
    """
    report = bill(text)
    assert report.total.at_least  # more storage than S3 can be priced for
    assert report.total.amount_usd_month > Decimal(10) ** 40


def test_autostop_keeps_billing_the_disk_and_the_address() -> None:
    text = machine("settings: {disk_gb: 50, public_ipv4: 1}")
    stopped = bill(text, what_if=WhatIf(hours_month=Decimal(0)))
    assert stopped.total == exactly("7.65")  # 50 GB gp3 at $0.08, one address at $3.65


def test_an_autostopped_reservation_is_billed_in_full() -> None:
    text = machine("commitment: {years: 1}")
    stopped = bill(text, what_if=WhatIf(hours_month=Decimal(260)))
    assert stopped.total == bill(text).total


def test_a_payment_that_nobody_priced_is_unknown_and_not_the_one_without_upfront() -> None:
    paid = bill(machine("commitment: {years: 1, payment: all_upfront}"))
    (line,) = paid.lines
    assert line.amount_usd_month is None
    assert "no source has prices for all_upfront" in line.formula
    assert paid.total.at_least

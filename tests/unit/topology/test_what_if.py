"""Each what-if changes what it can change, and nothing else."""

from __future__ import annotations

from decimal import Decimal

import pytest
from tests.written import packaged, strategy, topology

from outgrow.strategy.offerings import Commitment
from outgrow.topology.model import Resource
from outgrow.topology.resolve import resolve
from outgrow.topology.what_if import WhatIf, hours_of
from outgrow.units import HOURS_PER_MONTH

TEXT = """
components:
  api: {kind: service}
  box: {kind: machine}
  tasks: {kind: worker}
  db: {kind: postgres}
  cache: {kind: redis}
  web: {kind: frontend}
  lb: {kind: load_balancer}
  own: {kind: service}
phases:
  one:
    use:
      api:
        offering: aws/ec2/t3.small
        commitment: {years: 3, flavour: convertible}
        peak: {count: 2, hours_month: 400}
      box: {offering: aws/ec2/t3.small, schedule: {hours_month: 100}}
      tasks: {offering: aws/fargate, settings: {vcpu: 1, memory_gb: 2}}
      db: {offering: aws/rds-postgresql/db.t3.small}
      cache: {offering: aws/elasticache-redis/cache.t4g.micro}
      web: {offering: vercel/pro}
      lb: {offering: aws/alb}
      own: {price: {per_hour: 1}}
"""


def under(**terms: object) -> dict[str, Resource]:
    shown = topology(TEXT, what_if=WhatIf(**terms))  # type: ignore[arg-type]
    return {one.component: one for one in shown.resources}


PLAIN = under()


def changed(found: dict[str, Resource]) -> set[str]:
    return {name for name, one in found.items() if one != PLAIN[name]}


def test_no_question_changes_nothing() -> None:
    assert changed(under()) == set()


def test_autostop_stops_machines_tasks_and_databases() -> None:
    found = under(hours_month=Decimal(260))
    assert changed(found) == {"api", "tasks", "db"}
    assert found["db"].hours_month == 260


def test_autostop_never_lengthens_a_schedule() -> None:
    assert under(hours_month=Decimal(260))["box"].hours_month == 100


def test_autostop_holds_for_the_instances_of_the_peak_too() -> None:
    instances = under(hours_month=Decimal(260))["api"].instances
    assert (instances.peak_extra, instances.peak_hours_month) == (2, 260)
    assert under(hours_month=Decimal(500))["api"].instances.peak_hours_month == 400


def test_reserving_commits_what_can_be_reserved() -> None:
    found = under(reserve_years=1)
    assert changed(found) == {"api", "box", "db", "cache"}
    assert {found[name].commitment for name in changed(found)} == {Commitment(years=1)}


def test_spot_takes_stateless_machines_and_leaves_the_rest_its_terms() -> None:
    found = under(spot_share=Decimal("0.7"))
    assert changed(found) == {"api"}
    assert found["api"].spot_share == Decimal("0.7")
    assert found["api"].commitment == PLAIN["api"].commitment


def test_spot_and_reserving_together_reserve_what_is_not_on_spot() -> None:
    api = under(spot_share=Decimal("0.7"), reserve_years=1)["api"]
    assert (api.spot_share, api.commitment) == (Decimal("0.7"), Commitment(years=1))


def test_demand_values_reach_usage() -> None:
    text = """
    demand: {users: {}}
    components: {files: {kind: object_store}}
    phases: {one: {use: {files: {offering: aws/s3, usage: {storage_gb: users}}}}}
    """
    (files,) = topology(text, what_if=WhatIf(demand={"users": Decimal(40)})).resources
    assert files.usage["storage_gb"] is not None
    assert files.usage["storage_gb"].likely == 40


@pytest.mark.parametrize(
    ("day", "week", "hours"),
    [("12", "5", "260.714"), ("24", "7", "730"), ("0", "7", "0"), ("24", "0", "0")],
)
def test_the_hours_of_twelve_times_five(day: str, week: str, hours: str) -> None:
    assert round(hours_of(Decimal(day), Decimal(week)), 3) == Decimal(hours)
    assert hours_of(Decimal(day), Decimal(week)) <= HOURS_PER_MONTH


def test_an_addon_asked_for_is_adopted_beside_those_of_the_phase() -> None:
    written = strategy(
        "components: {web: {kind: service}, cache: {kind: redis}}\n"
        "addons: {caching: {use: {cache: {offering: upstash/redis/free}}}}\n"
        "phases: {one: {use: {web: {offering: aws/ec2/t3.medium}}}}\n"
    )
    plain = resolve(written, packaged(), "one")
    asked = resolve(written, packaged(), "one", what_if=WhatIf(addons=("caching", "caching")))
    assert [one.component for one in plain.resources] == ["web"]
    assert [one.component for one in asked.resources] == ["web", "cache"]
    assert asked.addons == ("caching",)

"""Strategy x phase x environment -> Topology: defaults, overrides, hosts, regions, limits."""

from __future__ import annotations

from decimal import Decimal

import pytest
from tests.written import catalogue, resource, strategy, topology

from outgrow.strategy.fields import Spread
from outgrow.topology.model import InstanceCount
from outgrow.units import HOURS_PER_MONTH

SMALLEST = """
components: {api: {kind: service}}
phases: {one: {use: {api: {offering: aws/ec2/t3.small}}}}
"""
ENVIRONMENTS = """
components:
  web: {kind: frontend}
  api: {kind: service}
  db: {kind: postgres}
phases:
  one:
    labour_hours_week: 2
    costs: {domain: {annual: 12}}
    use:
      web: {offering: vercel/pro, seats: 2}
      api: {offering: aws/ec2/t3.small, count: 2, settings: {disk_gb: 50, disk_type: gp2}}
      db: {offering: aws/rds-postgresql/db.t3.small, settings: {storage_gb: 100}}
  two:
    use:
      api: {offering: aws/ec2/t3.large}
environments:
  production: {phase: current}
  staging:
    phase: one
    only: [api, db]
    use:
      api: {count: 1, settings: {disk_gb: 20}}
      db: {leave_out: true}
  shared:
    use: {api: {offering: self-hosted/docker}}
"""


def test_what_is_not_written_has_the_default() -> None:
    api = resource(SMALLEST, "api")
    assert api.region == "us-east-1"
    assert api.instances == InstanceCount()
    assert api.hours_month == HOURS_PER_MONTH
    assert api.settings == {}
    assert api.path == ("phases", "one", "use", "api")


def test_the_offering_is_looked_up_in_the_region_of_the_resource() -> None:
    text = SMALLEST.replace("one: {", "one: {region: eu-west-1, ")
    api = resource(text, "api")
    assert api.region == "eu-west-1"
    assert api.offering is not None
    assert api.offering.sku == "t3.small"


def test_an_offering_that_nobody_knows_stays_unresolved() -> None:
    api = resource(SMALLEST.replace("aws/ec2/t3.small", "acme/box"), "api")
    assert api.offering is None
    assert api.offering_id == "acme/box"


def test_an_environment_changes_only_what_it_names() -> None:
    api = resource(ENVIRONMENTS, "api", "one", "staging")
    assert api.offering_id == "aws/ec2/t3.small"
    assert api.instances.expected == 1
    assert api.settings == {"disk_gb": Decimal(20), "disk_type": "gp2"}
    assert api.path == ("environments", "staging", "use", "api")


def test_an_environment_runs_only_the_components_it_names() -> None:
    assert topology(ENVIRONMENTS, "one", "staging").of("web") == ()


def test_what_is_left_out_does_not_run() -> None:
    assert topology(ENVIRONMENTS, "one", "staging").of("db") == ()


def test_an_environment_adds_what_it_uses_beside_what_it_is_restricted_to() -> None:
    text = ENVIRONMENTS.replace("only: [api, db]", "only: [db]")
    assert [r.component for r in topology(text, "one", "staging").resources] == ["api"]


def test_an_environment_with_a_phase_of_its_own_shows_that_phase() -> None:
    shown = topology(ENVIRONMENTS, "two", "staging")
    assert (shown.phase, shown.environment) == ("one", "staging")


def test_an_environment_that_follows_production_shows_the_phase_asked_for() -> None:
    shown = topology(ENVIRONMENTS, "two", "shared")
    assert shown.phase == "two"
    assert shown.of("api")[0].offering_id == "self-hosted/docker"


def test_costs_and_labour_of_the_phase_belong_to_production_alone() -> None:
    production = topology(ENVIRONMENTS)
    assert [extra.name for extra in production.extra_costs] == ["domain"]
    assert production.labour_hours_week is not None
    staging = topology(ENVIRONMENTS, "one", "staging")
    assert staging.extra_costs == ()
    assert staging.labour_hours_week is None


def test_what_production_changes_in_its_own_phase_says_nothing_of_another() -> None:
    text = ENVIRONMENTS.replace(
        "production: {phase: current}", "production: {phase: one, use: {api: {count: 9}}}"
    )
    assert resource(text, "api", "two").instances.expected == 1
    assert resource(text, "api", "one").instances.expected == 9


def test_production_by_name_shows_the_phase_it_runs() -> None:
    text = ENVIRONMENTS.replace("production: {phase: current}", "production: {phase: one}")
    assert topology(text, "two", "production").phase == "one"


def test_an_unknown_phase_or_environment_is_an_error() -> None:
    with pytest.raises(KeyError):
        topology(SMALLEST, "three")
    with pytest.raises(KeyError):
        topology(SMALLEST, "one", "staging")


ADDON = """
components: {api: {kind: service}, cache: {kind: redis}}
phases:
  one: {use: {api: {offering: aws/ec2/t3.small, settings: {disk_gb: 20}}}, addons: [more]}
  two: {use: {api: {offering: aws/ec2/t3.small}}}
addons:
  more:
    use:
      cache: {offering: aws/elasticache-redis/cache.t4g.micro}
      api: {count: 2}
"""


def test_an_addon_that_the_phase_adopts_is_laid_over_it() -> None:
    adopted = topology(ADDON)
    assert adopted.addons == ("more",)
    assert adopted.of("cache")[0].path == ("addons", "more", "use", "cache")
    api = adopted.of("api")[0]
    assert (api.instances.expected, api.settings) == (2, {"disk_gb": Decimal(20)})


def test_an_addon_that_no_phase_adopts_is_not_there() -> None:
    assert topology(ADDON, "two").of("cache") == ()


REGIONS = """
components: {web: {kind: frontend}, api: {kind: service}, files: {kind: object_store}}
phases:
  one:
    regions: [us-east-1, eu-west-1]
    use:
      web: {offering: vercel/pro}
      api: {offering: aws/ec2/t3.small}
      files: {offering: aws/s3, region: eu-west-1}
  two:
    use: {web: {offering: vercel/pro, regions: [us-east-1, eu-west-1]}}
"""


def test_the_regions_of_a_phase_multiply_what_is_rented_in_each() -> None:
    spread = topology(REGIONS)
    assert [r.region for r in spread.of("api")] == ["us-east-1", "eu-west-1"]
    assert spread.regions == ("us-east-1", "eu-west-1")


def test_a_plan_is_one_contract_however_many_regions_the_phase_has() -> None:
    assert len(topology(REGIONS).of("web")) == 1


def test_a_component_with_a_region_of_its_own_stays_there() -> None:
    assert [r.region for r in topology(REGIONS).of("files")] == ["eu-west-1"]


def test_an_assignment_can_spread_a_plan_over_regions() -> None:
    assert len(topology(REGIONS, "two").of("web")) == 2


def test_a_stated_price_is_not_multiplied_by_the_regions_of_the_phase() -> None:
    text = REGIONS.replace("api: {offering: aws/ec2/t3.small}", "api: {price: {per_month: 9}}")
    assert len(topology(text).of("api")) == 1


HOSTS = """
components:
  web: {kind: frontend}
  api: {kind: service}
  jobs: {kind: worker}
  box: {kind: machine}
phases:
  one:
    use:
      jobs: {runs_on: api}
      api: {runs_on: web}
      web: {offering: vercel/pro, price: {per_month: 30}}
"""


def test_what_runs_on_another_without_an_offering_is_part_of_it() -> None:
    hosted = topology(HOSTS)
    (web,) = hosted.of("web")
    for component in ("api", "jobs"):
        (part,) = hosted.of(component)
        assert part.offering_id == "vercel/pro"
        assert hosted.billed_with(part) is web


def test_the_same_offering_at_a_price_of_the_host_is_still_part_of_it() -> None:
    hosted = topology(HOSTS.replace("{runs_on: web}", "{offering: vercel/pro, runs_on: web}"))
    (api,) = hosted.of("api")
    assert hosted.billed_with(api).component == "web"


def test_another_offering_on_a_machine_has_a_bill_of_its_own() -> None:
    text = """
    components: {box: {kind: machine}, api: {kind: service}}
    phases:
      one:
        use:
          box: {offering: aws/ec2/t3.small}
          api: {offering: self-hosted/docker, runs_on: box}
    """
    hosted = topology(text)
    (api,) = hosted.of("api")
    assert api.offering_id == "self-hosted/docker"
    assert hosted.billed_with(api) is api


def test_what_an_environment_lets_run_on_itself_runs_on_nothing() -> None:
    text = """
    components: {a: {kind: service}, b: {kind: service}}
    phases:
      one:
        use: {a: {offering: vercel/pro}, b: {offering: vercel/pro, runs_on: a}}
    environments:
      production: {}
      odd: {use: {a: {runs_on: b}}}
    """
    odd = topology(text, "one", "odd")
    assert all(odd.billed_with(one) is one for one in odd.resources)
    assert {one.runs_on for one in odd.resources} == {None}


LIMITS = """
demand: {users: {}}
components: {db: {kind: postgres}, auth: {kind: auth}}
offerings:
  ours/db:
    like: supabase/free
    limits: {connections: {value: 90, metric: pg_connections}}
phases:
  one:
    use:
      db:
        offering: ours/db
        limits: {storage_gb: {value: 2, metric: db_gb, hard: false}, seats_held: 5}
      auth: {runs_on: db, limits: {seats_held: 3}}
"""


def limit(component: str, name: str) -> tuple[Decimal | None, tuple[str, ...], bool]:
    found = [one for one in resource(LIMITS, component).limits if one.limit.name == name]
    (one,) = found
    return one.limit.value, one.metrics, one.limit.hard


def test_limits_merge_from_the_catalogue_the_offering_and_the_assignment() -> None:
    assert limit("db", "connections") == (
        Decimal(90),
        ("pg_connections", "db.connections", "connections"),
        True,
    )
    assert limit("db", "storage_gb") == (
        Decimal(2),
        ("db_gb", "db.storage_gb", "storage_gb"),
        False,
    )
    assert limit("db", "seats_held")[1] == ("db.seats_held", "seats_held")


def test_limits_of_the_catalogue_stay_where_nobody_writes_another() -> None:
    names = {one.limit.name for one in resource(LIMITS, "db").limits}
    free = catalogue(strategy(LIMITS)).offering("supabase/free")
    assert free is not None
    assert {one.name for one in free.limits} <= names


def test_a_part_has_the_limits_that_it_states_and_its_host_the_others() -> None:
    assert [one.limit.name for one in resource(LIMITS, "auth").limits] == ["seats_held"]
    assert limit("auth", "seats_held")[0] == 3


def test_usage_follows_a_demand_variable_and_stays_unknown_without_its_value() -> None:
    text = """
    demand: {users: {}, guests: {}}
    components: {files: {kind: object_store}}
    phases:
      one:
        expects: {users: 100-300}
        use:
          files:
            offering: aws/s3
            usage:
              storage_gb: {demand: users, times: 0.5}
              get_requests: guests
              put_requests: 7
    """
    usage = resource(text, "files").usage
    assert usage["storage_gb"] == Spread(low=Decimal(50), likely=Decimal(100), high=Decimal(150))
    assert usage["get_requests"] is None
    assert usage["put_requests"] == Spread(low=Decimal(7), likely=Decimal(7), high=Decimal(7))


def test_a_custom_offering_starts_from_another_and_corrects_it() -> None:
    text = """
    components: {db: {kind: postgres}}
    offerings:
      ours/db:
        like: supabase/pro
        name: Ours
        memory_gib: 3
        limits: {connections: 90}
        capabilities: {backups: false}
        expires: 2027-01-31
    phases: {one: {use: {db: {offering: ours/db}}}}
    """
    db = resource(text, "db")
    base = catalogue(strategy(text)).offering("supabase/pro")
    assert db.offering is not None
    assert base is not None
    assert (db.offering.id, db.offering.name) == ("ours/db", "Ours")
    assert db.offering.memory_gib == 3
    assert db.offering.tariff == base.tariff
    assert db.capabilities.backups is False
    assert db.capabilities.websockets == base.capabilities.websockets
    assert str(db.expires) == "2027-01-31"


def test_a_custom_offering_may_correct_one_of_the_same_name() -> None:
    text = """
    components: {db: {kind: postgres}}
    offerings: {supabase/pro: {like: supabase/pro, price: {per_month: 19}}}
    phases: {one: {use: {db: {offering: supabase/pro}}}}
    """
    db = resource(text, "db")
    assert db.price is not None
    assert db.offering is not None
    assert db.offering.limits


SCALED = """
demand: {users: {}, team: {}}
components:
  api: {kind: service}
  web: {kind: frontend}
  files: {kind: object_store}
phases:
  one:
    serves: {users: 1000-3000}
    use:
      api: {offering: aws/ec2/t3.small, count: {demand: users, per: 500}}
      web: {offering: vercel/pro, seats: {demand: team}}
      files: {offering: aws/s3, usage: {storage_gb: {demand: users, times: 0.1}, put_requests: 100}}
environments:
  production: {}
  staging: {phase: one, size_share: 0.25, schedule: {hours_day: 10, days_week: 5}}
  small: {phase: one, size_share: 0.25, use: {api: {count: 7}}}
"""


def test_an_environment_can_be_a_share_of_its_phase_and_stop_at_night() -> None:
    api = resource(SCALED, "api", environment="staging")
    assert api.instances == InstanceCount(1, 1, 2)
    assert api.hours_month < HOURS_PER_MONTH / 3
    files = resource(SCALED, "files", environment="staging")
    assert files.usage["storage_gb"] == Spread(
        low=Decimal(25), likely=Decimal(50), high=Decimal(75)
    )
    assert files.usage["put_requests"] == Spread(
        low=Decimal(25), likely=Decimal(25), high=Decimal(25)
    )


def test_what_an_environment_writes_itself_is_not_scaled() -> None:
    assert resource(SCALED, "api", environment="small").instances == InstanceCount(7, 7, 7)


def test_seats_of_an_unknown_number_of_people_have_an_unknown_price() -> None:
    web = resource(SCALED, "web")
    assert web.price is not None
    assert web.price.unknown
    known = resource(SCALED.replace("serves:", "expects: {team: 3}\n    serves:"), "web")
    assert (known.price, known.seats) == (None, 3)

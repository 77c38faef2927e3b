"""The connections of a phase against what its databases take."""

from __future__ import annotations

from outgrow.analysis.connections import ConnectionBudget, Room, connection_budgets
from outgrow.catalog.load import load_catalog
from outgrow.strategy.load import parse_strategy
from outgrow.topology.prices import catalogue_for
from outgrow.topology.resolve import resolve


def budgets(
    database: str = "{offering: supabase/free}",
    pool: str = "{to: db, maximum: 10}",
    worker: str = "{}",
    growth: str = "{}",
    phase: str = "",
    needs: str = "{}",
    talks: str = "[]",
) -> tuple[ConnectionBudget, ...]:
    strategy = parse_strategy(
        f"""\
outgrow: 1
name: test
demand: {{users: {{}}}}
components:
  api: {{kind: service, talks_to: [db], needs: {{pool: {pool}}}}}
  worker: {{kind: worker, talks_to: {talks}, needs: {worker}}}
  db: {{kind: postgres, needs: {needs}}}
data_growth: {growth}
phases:
  one:
    {phase}
    use:
      api: {{offering: aws/ec2/t3.medium, instances: {{minimum: 1, maximum: 4}}}}
      worker: {{offering: aws/ec2/t3.medium}}
      db: {database}
"""
    ).strategy
    catalog = catalogue_for(strategy, load_catalog())
    return connection_budgets(strategy, resolve(strategy, catalog, "one"))


def test_instances_times_their_pools_are_held_against_what_is_left_for_applications() -> None:
    (found,) = budgets(worker="{pool: {to: db, maximum: 5}}")
    assert found.lines == (
        "api 4 x 10 = 40",
        "worker 1 x 5 = 5",
        "db accepts 60 - 9 kept for others = 51 (limit of supabase/free)",
        "fits: 45 of 51, 6 left",
    )


def test_what_takes_the_room_of_migrations_and_backups_is_tight() -> None:
    (found,) = budgets(pool="{to: db, maximum: 15}")
    assert (found.total, found.room) == (60, Room.TIGHT)


def test_more_than_the_database_accepts_is_too_many() -> None:
    (found,) = budgets(pool="{to: db, maximum: 16}")
    assert found.room is Room.TOO_MANY
    assert found.lines[-1] == (
        "too many: 64 of 51. Put a pooler before it, or make the pools smaller."
    )


def test_a_pooler_opens_its_maximum_once() -> None:
    (found,) = budgets(pool="{to: db, maximum: 50, pooler: pgbouncer}")
    assert (found.total, found.room) == (50, Room.FITS)
    assert found.lines[0] == "api 50 through pgbouncer"


def test_a_component_that_states_no_pool_leaves_the_answer_open() -> None:
    (found,) = budgets(talks="[db]")
    assert found.room is Room.UNKNOWN
    assert found.lines[1] == "worker, no pool stated"
    assert found.lines[-1] == "unknown: at least 40 of 51, 11 left"


def test_an_unknown_maximum_is_unknown_and_not_fine() -> None:
    (found,) = budgets(database="{offering: self-hosted/docker}")
    assert (found.accepts, found.room) == (None, Room.UNKNOWN)
    assert found.lines[-1] == "unknown: 40 of an unknown number"


def test_rds_takes_what_its_memory_allows() -> None:
    (found,) = budgets(database="{offering: aws/rds-postgresql/db.t4g.medium}")
    assert found.accepts == 450
    assert found.source == "what RDS sets for its memory"


def test_every_replica_gets_the_same_pools() -> None:
    found = budgets(growth="{replicas: [{component: db, count: 2}]}")
    assert [(one.server, one.copy, one.total) for one in found] == [
        ("db", False, 40),
        ("db-replica-1", True, 40),
        ("db-replica-2", True, 40),
    ]


def test_a_phase_that_expects_no_load_does_not_use_its_pools_up() -> None:
    (found,) = budgets(pool="{to: db, maximum: 100}", phase="expects: {users: 0}")
    assert found.idle
    assert found.lines[-1].endswith("The phase expects no load, so that is not reached.")

"""Gaps of disks, databases and the copies of data."""

from __future__ import annotations

from decimal import Decimal

import pytest
from tests.unit.gaps.found import codes, gap, gaps

from outgrow.analysis.pricing.cost_line import Total


def exactly(amount: str) -> Total:
    return Total(Decimal(amount), at_least=False)


def machine(written: str = "offering: aws/ec2/t3.small", needs: str = "{}") -> str:
    return f"""
    components: {{box: {{kind: machine, needs: {needs}}}, disks: {{kind: other}}}}
    phases: {{one: {{use: {{box: {{{written}}}}}}}}}
    """


def test_a_machine_has_a_disk_beside_its_price() -> None:
    found = gap("machine-disk", machine())
    (line,) = found.lines
    assert (line.quantity, line.unit_price_usd) == (None, Decimal("0.08"))
    assert found.total.at_least
    assert found.path == ("phases", "one", "use", "box", "settings")


def test_the_disk_that_a_component_needs_is_priced_for_each_machine() -> None:
    text = machine("offering: aws/ec2/t3.small, count: 2", "{storage_gib: 50}")
    assert gap("machine-disk", text).total == exactly("8.00")


def test_a_sleeping_machine_keeps_its_disk_on_the_bill() -> None:
    text = machine("offering: aws/ec2/t3.small, schedule: {hours_month: 200}")
    assert "stopped" in gap("machine-disk", text).reason


@pytest.mark.parametrize(
    "written",
    [
        "offering: aws/ec2/t3.small, settings: {disk_gb: 20}",
        "offering: aws/ec2/t3.small, count: 0",
        "offering: aws/ec2/t3.small, price: {per_month: 9}",
        "offering: digitalocean/droplet/s-2vcpu-2gb",
    ],
)
def test_a_disk_that_is_paid_for_or_not_there_is_no_gap(written: str) -> None:
    assert "machine-disk" not in codes(machine(written))


def test_volumes_of_their_own_are_the_disks() -> None:
    text = machine().replace("t3.small}", "t3.small}, disks: {offering: aws/ebs}")
    assert "machine-disk" not in codes(text)


def database(
    written: str, kind: str = "postgres", more: str = "", environments: str = "{production: {}}"
) -> str:
    return f"""
    components:
      db: {{kind: {kind}}}
      box: {{kind: machine}}
      copy: {{kind: {kind}, talks_to: [db]}}
    phases: {{one: {{use: {{db: {{{written}}}}}}}}}
    environments: {environments}
    {more}
    """


RDS = "offering: aws/rds-postgresql/db.t3.small"


@pytest.mark.parametrize(
    ("written", "kind", "unit_price"),
    [
        (f"{RDS}", "postgres", "0.115"),
        (f"{RDS}, settings: {{multi_az: true}}", "postgres", "0.23"),
        ("offering: aws/documentdb/db.t3.medium", "mongodb", "0.10"),
    ],
)
def test_the_storage_of_a_managed_database_is_billed_apart(
    written: str, kind: str, unit_price: str
) -> None:
    found = gap("database-storage", database(written, kind))
    (line,) = found.lines
    assert (line.quantity, line.unit_price_usd) == (None, Decimal(unit_price))


def test_aurora_stores_apart_as_well() -> None:
    text = database("offering: aws/aurora-serverless-v2, settings: {acu: 1}")
    assert gap("database-storage", text).total.at_least


def test_stated_storage_is_no_gap() -> None:
    assert "database-storage" not in codes(database(f"{RDS}, settings: {{storage_gb: 20}}"))
    documents = "offering: aws/documentdb/db.t3.medium, usage: {storage_gb: 20}"
    assert "database-storage" not in codes(database(documents, "mongodb"))


@pytest.mark.parametrize(
    "written", ["offering: self-hosted/postgres", "offering: aws/ec2/t3.small"]
)
def test_a_database_that_the_team_runs_is_backed_up_by_nothing(written: str) -> None:
    assert gap("backups", database(written)).component == "db"


def test_a_database_on_a_machine_of_any_provider_is_run_by_the_team() -> None:
    text = database("runs_on: box").replace(
        "use: {", "use: {box: {offering: digitalocean/droplet/s-2vcpu-2gb}, "
    )
    assert "backups" in codes(text)


def test_a_tier_that_keeps_no_backups_is_a_gap() -> None:
    own = "offerings: {ours/db: {like: supabase/pro, capabilities: {backups: false}}}"
    found = gap("backups", database("offering: ours/db", more=own))
    assert found.reason == "ours/db keeps no backups"


@pytest.mark.parametrize(
    "written",
    [
        "offering: supabase/pro",
        "offering: supabase/free",  # nobody says whether it keeps any
        f"{RDS}, settings: {{storage_gb: 9}}",
        "price: {unknown: true}",  # nobody says who runs it
    ],
)
def test_a_database_that_others_run_or_nobody_speaks_of_is_no_gap(written: str) -> None:
    assert "backups" not in codes(database(written))


@pytest.mark.parametrize(
    "more",
    [
        "retention: {backups_days: 7}",
        "practices: [{do: Take a backup every night.}]",
        "security: [{do: Backups are encrypted.}]",
    ],
)
def test_backups_that_the_strategy_speaks_of_are_no_gap(more: str) -> None:
    assert "backups" not in codes(database("offering: self-hosted/postgres", more=more))


def test_only_data_of_users_must_be_backed_up() -> None:
    text = database(
        "offering: self-hosted/postgres",
        environments="{production: {}, test: {data: synthetic}, copy: {data: production}}",
    )
    assert "backups" in codes(text)
    assert "backups" in codes(text, environment="copy")
    assert "backups" not in codes(text, environment="test")


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        (f"{RDS}, settings: {{storage_gb: 20}}", "postgres"),
        ("offering: aws/documentdb/db.t3.medium, usage: {storage_gb: 20}", "mongodb"),
    ],
)
def test_a_month_of_backups_is_billed_past_the_size_of_the_database(
    written: str, kind: str
) -> None:
    text = database(written, kind, "retention: {backups_days: 35}")
    found = gap("backup-storage", text)
    (line,) = found.lines
    assert line.quantity is None
    assert line.unit_price_usd is not None
    assert "35 days" in found.reason


def test_a_week_of_backups_or_a_stated_size_is_no_gap() -> None:
    settings = f"{RDS}, settings: {{storage_gb: 20}}"
    assert "backup-storage" not in codes(database(settings, more="retention: {backups_days: 7}"))
    sized = f"{settings}, usage: {{backup_gb: 50}}"
    assert "backup-storage" not in codes(database(sized, more="retention: {backups_days: 35}"))
    assert "backup-storage" not in codes(database(settings))


REPLICAS = "data_growth: {replicas: [{component: db, count: 2}]}"


def test_replicas_that_the_strategy_asks_for_cost_what_they_cost() -> None:
    found = gap("replicas", database(f"{RDS}, settings: {{storage_gb: 100}}", more=REPLICAS))
    one = gap(
        "replicas",
        database(f"{RDS}, settings: {{storage_gb: 100, replicas: 1}}", more=REPLICAS),
    )
    assert found.total.amount_usd_month == 2 * one.total.amount_usd_month > 0
    assert "no bill has 1 of them" in one.reason


def test_replicas_that_are_paid_for_are_no_gap() -> None:
    text = database(f"{RDS}, settings: {{storage_gb: 100, replicas: 2}}", more=REPLICAS)
    assert "replicas" not in codes(text)


def test_a_component_that_is_the_replica_counts() -> None:
    own = "offerings: {ours/read-replica: {price: {unknown: true}}}"
    text = database("offering: supabase/pro", more=f"{REPLICAS}\n    {own}")
    assert "no bill has them" in gap("replicas", text).reason
    counted = text.replace("use: {", "use: {copy: {offering: ours/read-replica, count: 2}, ")
    assert "replicas" not in codes(counted)


def test_replicas_of_a_later_phase_are_not_missing_yet() -> None:
    text = """
    components: {db: {kind: postgres}}
    phases:
      one: {use: {db: {offering: supabase/pro}}}
      two: {use: {db: {offering: supabase/pro}}}
    data_growth: {replicas: [{component: db, count: 1, from_phase: two}]}
    """
    assert "replicas" not in codes(text, "one")
    assert gap("replicas", text, "two").lines == ()  # no price is known for them


def test_staging_needs_no_replicas() -> None:
    environments = "{production: {}, staging: {}}"
    text = database("offering: supabase/pro", more=REPLICAS, environments=environments)
    assert "replicas" not in codes(text, environment="staging")


def cache(settings: str) -> str:
    return f"""
    components: {{cache: {{kind: redis, needs: {{features: [Replication]}}}}}}
    phases:
      one:
        use: {{cache: {{offering: aws/elasticache-redis/cache.t4g.small, settings: {settings}}}}}
    """


def test_replication_takes_a_second_node() -> None:
    found = gap("replication", cache("{}"))
    assert found.total == exactly("23.36")  # 730 h at $0.032


def test_two_nodes_or_no_wish_for_replication_are_no_gap() -> None:
    assert "replication" not in codes(cache("{nodes: 2}"))
    assert "replication" not in codes(cache("{}").replace("[Replication]", "[LRU]"))


def test_settings_that_cannot_be_used_are_left_to_check() -> None:
    text = database(f"{RDS}, settings: {{storage_type: floppy}}", more=REPLICAS)
    assert all(one.lines == () for one in gaps(text))

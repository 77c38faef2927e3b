"""Databases, caches, buckets and queues on AWS are as the strategy says."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from tests.systems import system
from tests.terraform import two_regions
from tests.unit.render.aws.graph_of import Graph, example, graph, small

from outgrow.render.aws.graph import aws_modules
from outgrow.render.aws.region import regions_of
from outgrow.render.aws.secrets import keys_to_fill
from outgrow.render.aws.store_losses import store_losses
from outgrow.render.writers.expressions import JsonText, ModuleOutput, Ref, Value, Var

DATABASE = "aws_db_instance.db"
CACHE = "aws_elasticache_replication_group.cache"


def of_database(settings: str, more: str = "", needs: str = "") -> Graph:
    return graph(
        small(
            f"""
            components:
              db: {{kind: postgres, stack: PostgreSQL 15{needs}}}
              api: {{kind: service, talks_to: [db]}}
            phases:
              only: {{use: {{db: {{offering: aws/rds-postgresql/db.t4g.micro{settings}}}}}}}
            {more}
            """
        )
    )


def parameters(found: Graph, group: str = "aws_db_parameter_group.db") -> dict[str, Any]:
    return {one["name"]: one["value"] for one in found.arguments(group)["parameter"]}


@pytest.mark.parametrize("wanted", [True, False])
def test_a_standby_in_a_second_zone_stands_where_the_phase_wants_it(wanted: bool) -> None:
    found = of_database(f", settings: {{multi_az: {str(wanted).lower()}}}")
    assert found.arguments(DATABASE)["multi_az"] is wanted
    waived = [code for code, _why in found.blocks[DATABASE].waivers]
    assert ("CKV_AWS_157" in waived) is not wanted


def test_size_and_storage_are_those_of_the_phase() -> None:
    database = example("nexod", "production").arguments(DATABASE)
    assert database["instance_class"] == "db.r6g.large"
    assert database["allocated_storage"] == 100
    assert database["max_allocated_storage"] == 400
    assert database["storage_type"] == "gp3"
    assert database["engine_version"] == "15"


def test_storage_that_nobody_states_is_the_least_and_the_comment_says_so() -> None:
    found = of_database("")
    storage = found.blocks[DATABASE].arguments["allocated_storage"]
    assert found.arguments(DATABASE)["allocated_storage"] == 20
    assert "states no storage" in storage.comment  # type: ignore[union-attr]


def test_storage_grows_no_further_than_the_phase_allows() -> None:
    settings = ", settings: {storage_gb: 50, max_storage_gb: 60, storage_type: io1, iops: 3000}"
    database = of_database(settings).arguments(DATABASE)
    assert database["max_allocated_storage"] == 60
    assert (database["storage_type"], database["iops"]) == ("io1", 3000)


@pytest.mark.parametrize(
    ("retention", "days"),
    [("retention: {backups_days: 14}", 14), ("retention: {backups_days: 90}", 35), ("", 7)],
)
def test_backups_are_kept_as_long_as_the_strategy_says(retention: str, days: int) -> None:
    assert of_database("", retention).arguments(DATABASE)["backup_retention_period"] == days


def test_backups_longer_than_rds_keeps_them_are_a_loss() -> None:
    system = small(
        """
        components: {db: {kind: postgres}}
        phases: {only: {use: {db: {offering: aws/rds-postgresql/db.t4g.micro}}}}
        retention: {backups_days: 90}
        """
    )
    (loss,) = store_losses(regions_of(system)[0])
    assert loss.code == "aws-backups"
    assert loss.path == ("retention", "backups_days")


def test_replicas_follow_the_primary_and_take_its_password_out_of_rds_hands() -> None:
    found = example("nexod", "production")
    assert found.names("aws_db_instance") == ["db", "db_replica_1", "db_replica_2"]
    replica = found.arguments("aws_db_instance.db_replica_2")
    assert replica["replicate_source_db"] == Ref("aws_db_instance", "db", "identifier")
    primary = found.arguments(DATABASE)
    assert primary["password_wo"] == Var("db_password")
    assert "password" not in primary
    assert "manage_master_user_password" not in primary


def test_without_replicas_rds_keeps_the_password_itself() -> None:
    found = of_database("")
    database = found.arguments(DATABASE)
    assert database["manage_master_user_password"] is True
    assert "password_wo" not in database
    assert found.names("aws_secretsmanager_secret_version") == []


def test_production_cannot_be_destroyed_by_mistake() -> None:
    found = example("nexod", "production")
    database = found.arguments(DATABASE)
    lifecycle = found.blocks[DATABASE].lifecycle
    assert lifecycle is not None
    assert lifecycle.prevent_destroy
    assert database["deletion_protection"] is True
    assert database["skip_final_snapshot"] is False


def test_staging_may_be_torn_down() -> None:
    found = example("nexod", "production", "staging")
    database = found.arguments(DATABASE)
    lifecycle = found.blocks[DATABASE].lifecycle
    assert lifecycle is not None
    assert not lifecycle.prevent_destroy
    assert database["deletion_protection"] is False
    assert database["multi_az"] is False


def test_more_connections_than_the_size_takes_by_itself_are_set() -> None:
    assert "max_connections" not in parameters(of_database("", needs=", needs: {connections: 50}"))
    raised = parameters(of_database("", needs=", needs: {connections: 200}"))
    assert raised["max_connections"] == "215"


def test_slow_queries_are_logged_from_the_targets_level_on() -> None:
    assert parameters(example("nexod", "production"))["log_min_duration_statement"] == "100"
    assert parameters(of_database(""))["log_min_duration_statement"] == "1000"
    assert parameters(of_database(""))["rds.force_ssl"] == "1"


def test_a_proxy_stands_before_the_database_where_a_component_wants_one() -> None:
    found = graph(
        small(
            """
            components:
              db: {kind: postgres}
              api:
                kind: service
                talks_to: [db]
                needs:
                  pool: {to: db, maximum: 50, timeout_seconds: 30, pooler: rds_proxy}
            phases:
              only:
                use:
                  api: {offering: aws/fargate}
                  db: {offering: aws/rds-postgresql/db.t4g.micro}
            """
        )
    )
    assert found.arguments("aws_db_proxy.db")["require_tls"] is True
    pool = found.arguments("aws_db_proxy_default_target_group.db")["connection_pool_config"]
    assert pool["connection_borrow_timeout"] == 30
    assert pool["max_connections_percent"] == 45  # 50 of 112
    assert example("nexod", "production").names("aws_db_proxy") == []


@pytest.mark.parametrize(("nodes", "several"), [(1, False), (2, True)])
def test_a_cache_fails_over_where_it_has_more_than_one_node(nodes: int, several: bool) -> None:
    environment = None if several else "staging"
    cache = example("nexod", "production", environment).arguments(CACHE)
    assert cache["num_cache_clusters"] == nodes
    assert cache["automatic_failover_enabled"] is several
    assert cache["multi_az_enabled"] is several
    assert cache["transit_encryption_enabled"] is True
    assert cache["at_rest_encryption_enabled"] is True
    assert cache["auth_token"] == Var("cache_auth_token")


def test_valkey_is_rented_as_valkey() -> None:
    found = graph(
        small(
            """
            components: {cache: {kind: redis}}
            phases: {only: {use: {cache: {offering: aws/elasticache-valkey/cache.t4g.micro}}}}
            """
        )
    )
    assert found.arguments(CACHE)["engine"] == "valkey"
    group = found.arguments("aws_elasticache_parameter_group.cache")
    assert group["family"] == "valkey8"


def test_documentdb_speaks_tls_and_an_older_mongodb_than_asked_for_is_a_loss() -> None:
    found = example("nowry", "aws")
    assert found.arguments("aws_docdb_cluster.mongodb")["engine_version"] == "5.0.0"
    assert found.names("aws_docdb_cluster_instance") == ["mongodb_1"]
    group = "aws_docdb_cluster_parameter_group.mongodb"
    assert parameters(found, group)["tls"] == "enabled"


def test_a_bucket_is_private_versioned_encrypted_and_only_served_by_the_cdn() -> None:
    found = example("nexod", "production")
    blocked = found.arguments("aws_s3_bucket_public_access_block.files")
    assert all(blocked[key] is True for key in blocked if key != "bucket")
    versions = found.arguments("aws_s3_bucket_versioning.files")
    assert versions["versioning_configuration"] == {"status": "Enabled"}
    policy = found.arguments("aws_s3_bucket_policy.files")["policy"]
    assert isinstance(policy, JsonText)
    deny, allow = policy.value["Statement"]  # type: ignore[index, call-overload]
    assert deny["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert allow["Principal"] == {"Service": "cloudfront.amazonaws.com"}
    assert found.names("aws_s3_bucket_cors_configuration") == []


def test_browsers_may_upload_where_a_frontend_talks_to_the_bucket() -> None:
    found = graph(
        small(
            """
            components:
              web: {kind: frontend, talks_to: [files]}
              files: {kind: object_store}
            phases:
              only:
                use:
                  web: {offering: vercel/pro}
                  files: {offering: aws/s3, settings: {storage_class: intelligent-tiering}}
            environments: {production: {urls: {web: "https://app.example.com"}}}
            """
        )
    )
    cors = found.arguments("aws_s3_bucket_cors_configuration.files")["cors_rule"]
    assert cors["allowed_origins"] == ["https://app.example.com"]
    rules = found.arguments("aws_s3_bucket_lifecycle_configuration.files")["rule"]
    assert rules[1]["transition"] == {"days": 0, "storage_class": "INTELLIGENT_TIERING"}


def test_a_queue_hides_a_message_for_six_times_the_longest_work() -> None:
    found = graph(
        small(
            """
            components:
              jobs: {kind: queue}
              worker: {kind: worker, talks_to: [jobs], workloads: {report: {seconds: 10-90}}}
            phases:
              only:
                use:
                  jobs: {offering: aws/sqs}
                  worker: {offering: aws/fargate}
            """
        )
    )
    queue = found.arguments("aws_sqs_queue.jobs")
    assert queue["visibility_timeout_seconds"] == 540
    dead = queue["redrive_policy"].value["deadLetterTargetArn"]
    assert dead == Ref("aws_sqs_queue", "jobs_dead", "arn")


def test_aurora_takes_the_capacity_that_the_phase_states() -> None:
    found = graph(
        small(
            """
            components: {db: {kind: postgres, stack: PostgreSQL 16}}
            phases:
              only:
                use:
                  db: {offering: aws/aurora-serverless-v2, settings: {acu: 2, multi_az: true}}
            """
        )
    )
    cluster = found.arguments("aws_rds_cluster.db")
    capacity = cluster["serverlessv2_scaling_configuration"]
    assert (capacity["min_capacity"], capacity["max_capacity"]) == (Decimal(1), Decimal(8))
    assert found.names("aws_rds_cluster_instance") == ["db_1", "db_2"]


def _host(module: Graph, key: str) -> Value:
    """Return the value between user and port of the address in a secret of the api."""
    made = module.arguments(f"aws_secretsmanager_secret_version.api_{key}")
    parts = made["secret_string_wo"].parts
    assert Var("db_password") in parts
    found: Value = parts[parts.index("@") + 1]
    return found


def test_another_region_writes_at_home_and_reads_from_its_own_replica() -> None:
    home = graph(two_regions(), "modules/us_east_1")
    assert _host(home, "database_url") == Ref("aws_db_instance", "db", "address")
    away = graph(two_regions(), "modules/eu_west_1")
    assert _host(away, "database_url") == Var("home_db_instance_db_address")
    copy = Ref("aws_db_instance", "db_replica_1", "address")
    assert _host(away, "database_replica_1_url") == copy
    secrets = away.blocks["aws_secretsmanager_secret.api_database_url"]
    assert "The address in us-east-1, where it is written to." in secrets.comment
    secrets = away.blocks["aws_secretsmanager_secret.api_database_replica_1_url"]
    assert "refuses writes until it is promoted" in secrets.comment


def test_the_networks_of_regions_are_joined_for_what_writes_home() -> None:
    root = graph(two_regions(), "")
    asked = root.arguments("aws_vpc_peering_connection.eu_west_1")
    assert asked["vpc_id"] == ModuleOutput("us_east_1", "vpc_main_id")
    assert asked["peer_vpc_id"] == ModuleOutput("eu_west_1", "vpc_main_id")
    accepted = root.blocks["aws_vpc_peering_connection_accepter.eu_west_1"]
    assert accepted.provider == "aws.eu_west_1"
    ways = {
        (block.provider, block.arguments["destination_cidr_block"])
        for block in root.blocks.values()
        if block.type == "aws_route"
    }
    assert ways == {(None, "10.1.0.0/16"), ("aws.eu_west_1", "10.0.0.0/16")}
    assert "us_east_1_data_to_eu_west_1" in root.names("aws_route")
    assert {f"eu_west_1_private_{zone}_to_us_east_1" for zone in "abc"} <= set(
        root.names("aws_route")
    )


def test_only_the_port_of_the_database_is_open_between_regions() -> None:
    away = graph(two_regions(), "modules/eu_west_1")
    out = away.arguments("aws_vpc_security_group_egress_rule.api_to_db_at_home")
    assert (out["cidr_ipv4"], out["from_port"], out["to_port"]) == ("10.0.0.0/16", 5432, 5432)
    home = graph(two_regions(), "modules/us_east_1")
    into = home.arguments("aws_vpc_security_group_ingress_rule.db_from_eu_west_1")
    assert (into["cidr_ipv4"], into["from_port"], into["to_port"]) == ("10.1.0.0/16", 5432, 5432)
    assert into["security_group_id"] == Ref("aws_security_group", "db")


def test_one_region_is_joined_with_none() -> None:
    modules = aws_modules(system("nexod", "production"))
    types = {block.type for module in modules.values() for block in module.resources}
    assert "aws_vpc_peering_connection" not in types


def test_one_password_reaches_the_modules_of_all_regions() -> None:
    root = aws_modules(two_regions())[""]
    given = {call.name: call.arguments["db_password"] for call in root.calls}
    assert given == {"us_east_1": Var("db_password"), "eu_west_1": Var("db_password")}
    declared = [one for one in root.variables if one.name == "db_password"]
    assert len(declared) == 1
    assert declared[0].ephemeral


def test_nobody_fills_the_address_of_a_store_in_any_region() -> None:
    filled = {key for region in regions_of(two_regions()) for _, key in keys_to_fill(region)}
    assert filled.isdisjoint({"DATABASE_URL", "REDIS_URL"})


def test_what_no_region_shares_is_told_as_lost_and_writes_to_rds_are_not() -> None:
    told = {one.code: one for one in store_losses(regions_of(two_regions())[0])}
    assert set(told) >= {"aws-redis-regions", "aws-queue-regions"}
    assert "aws-postgres-regions" not in told

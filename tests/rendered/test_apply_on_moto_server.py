"""The AWS phase of examples/nexod, applied for real on moto's server, which is a fake of AWS.

What moto cannot make is left out by name below; everything else of the tree is created, and
then looked at through AWS's own API. moto keeps what it is given and judges little of it: that
AWS would take the same is what `terraform validate` and checkov say something about.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import boto3
import pytest
from tests.rendered.moto_server import moto_server
from tests.terraform import terraform, trees, write
from tests.tools import run_tool, said

pytestmark = pytest.mark.xdist_group("applied-on-moto")  # applying takes two minutes
TREE = "nexod-production-production"
NAME = "nexod-production"

# What is left out: the type of resource (or one resource), and why.
LEFT_OUT = {
    "aws_appautoscaling_policy": "stands on the target below",
    "aws_appautoscaling_target": "the provider reads tags that moto does not keep, and waits",
    "aws_budgets_budget": "moto's budgets take no tags, and the provider asks again for minutes",
    "aws_ce_anomaly_monitor": "not in moto",
    "aws_ce_anomaly_subscription": "not in moto",
    "aws_cloudfront_cache_policy": "not in moto",
    "aws_cloudfront_distribution": "stands on the two policies, which moto does not have",
    "aws_cloudfront_response_headers_policy": "not in moto",
    "aws_cloudwatch_dashboard": "shows the distribution, which is left out",
    "aws_cloudwatch_log_delivery": "of the distribution, which is left out",
    "aws_cloudwatch_log_delivery_source": "of the distribution, which is left out",
    "aws_cloudwatch_metric_alarm": "some watch the cache and the machines, which are left out",
    "aws_db_instance.db_replica_1": "moto can, but the provider waits 80 s for each instance",
    "aws_db_instance.db_replica_2": "moto can, but the provider waits 80 s for each instance",
    "aws_elasticache_parameter_group": "not in moto",
    "aws_elasticache_replication_group": "stands on the parameter group",
    "aws_instance": "moto does not look images up in the parameter store",
    "aws_route53_record.cdn_a": "of the distribution, which is left out",
    "aws_route53_record.cdn_aaaa": "of the distribution, which is left out",
    "aws_secretsmanager_secret_version.api_redis_url": "holds the address of the cache, left out",
    "aws_s3_bucket_logging": "moto wants an ACL on the target, which AWS advises against",
    "aws_s3_bucket_policy.files": "names the distribution, which is left out",
}
_RESOURCE = re.compile(r'^resource "(\w+)" "(\w+)"', re.MULTILINE)
_OVERRIDE = """terraform {
  backend "local" {}
}

provider "aws" {
  access_key                  = "testing"
  secret_key                  = "testing"
  max_retries                 = 2
  s3_use_path_style           = true
  skip_credentials_validation = true
  skip_metadata_api_check     = true
}
"""
_VALUES = {
    "image_api": "123456789012.dkr.ecr.us-east-1.amazonaws.com/api:v1",
    "db_password": "only-for-the-fake-of-aws",
    "cache_auth_token": "only-for-the-fake-of-aws",
    "alert_email": "team@example.com",
    "alert_on_call_url": "https://example.com/pager",
}


class Applied(NamedTuple):
    """What was applied: how many resources, the state's own list, and where the server is."""

    address: str
    created: int
    resources: tuple[str, ...]

    def client(self, service: str) -> Any:
        """Return a client of `service` on the server."""
        return boto3.client(
            service,  # type: ignore[call-overload]
            endpoint_url=self.address,
            region_name="us-east-1",
            aws_access_key_id="testing",
            aws_secret_access_key="testing",
        )


@pytest.fixture(scope="module")
def applied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Applied]:
    """The tree after `terraform apply`, and the server it stands on."""
    program = terraform(tmp_path_factory.mktemp("program"))
    folder = write(trees()[TREE], tmp_path_factory.mktemp("tree"))
    _without_the_cache(folder / "ecs.tf")
    (folder / "moto_override.tf").write_text(_OVERRIDE, encoding="utf-8")
    with moto_server() as address:
        environment = {**program.environment, **_variables(), "AWS_ENDPOINT_URL": address}
        Applied(address, 0, ()).client("route53").create_hosted_zone(
            Name="nexod.ai", CallerReference="the registrar's"
        )
        _terraform(folder, environment, "init")
        output = _terraform(folder, environment, "apply", "-auto-approve", *_targets(folder))
        made = re.search(r"Apply complete! Resources: (\d+) added", output)
        assert made is not None, output
        listed = _terraform(folder, environment, "state", "list", flags=()).split()
        yield Applied(address, int(made[1]), tuple(listed))


def _without_the_cache(file: Path) -> None:
    """Let services and migrations start without the cache's address, which is left out."""
    waits = re.compile(r"^ +aws_secretsmanager_secret_version\.api_redis_url,\n", re.MULTILINE)
    file.write_text(waits.sub("", file.read_text(encoding="utf-8")), encoding="utf-8")


def _variables() -> Mapping[str, str]:
    return {f"TF_VAR_{name}": value for name, value in _VALUES.items()}


def _terraform(
    folder: Path,
    environment: Mapping[str, str],
    *arguments: str,
    flags: tuple[str, ...] = ("-input=false", "-no-color"),
) -> str:
    verb, *rest = arguments
    parallel = ("-parallelism=20",) if verb == "apply" else ()
    command = (verb, *flags, *parallel, *rest) if flags else arguments
    done = run_tool("terraform", *command, cwd=folder, environment=environment, timeout_seconds=240)
    assert done.returncode == 0, said(done)
    return done.stdout


def _addresses(folder: Path) -> list[tuple[str, str]]:
    """Return type and name of every resource of the tree."""
    return [
        found
        for path in sorted(folder.glob("*.tf"))
        for found in _RESOURCE.findall(path.read_text(encoding="utf-8"))
    ]


def _targets(folder: Path) -> list[str]:
    return [
        f"-target={kind}.{name}"
        for kind, name in _addresses(folder)
        if kind not in LEFT_OUT and f"{kind}.{name}" not in LEFT_OUT
    ]


def test_far_more_than_twenty_resources_are_created(applied: Applied) -> None:
    assert applied.created >= 100
    managed = [one for one in applied.resources if not one.startswith("data.")]
    assert len(managed) == applied.created


def test_nothing_is_left_out_that_the_tree_does_not_have(tmp_path: Path) -> None:
    folder = write(trees()[TREE], tmp_path)
    present = {name for kind, one in _addresses(folder) for name in (kind, f"{kind}.{one}")}
    assert sorted(set(LEFT_OUT) - present) == []


def test_the_network_has_three_tiers_in_two_zones(applied: Applied) -> None:
    ec2 = applied.client("ec2")
    ours = [{"Name": "tag:Project", "Values": ["nexod"]}]
    (vpc,) = ec2.describe_vpcs(Filters=ours)["Vpcs"]
    subnets = ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc["VpcId"]]}])
    zones = {one["AvailabilityZone"] for one in subnets["Subnets"]}
    assert len(subnets["Subnets"]) == 6
    assert zones == {"us-east-1a", "us-east-1b"}
    assert not any(one["MapPublicIpOnLaunch"] for one in subnets["Subnets"])


def test_only_the_api_reaches_the_database(applied: Applied) -> None:
    ec2 = applied.client("ec2")
    groups = {
        next(tag["Value"] for tag in one["Tags"] if tag["Key"] == "Name"): one
        for one in ec2.describe_security_groups()["SecurityGroups"]
        if one.get("Tags")
    }
    (rule,) = groups[f"{NAME}-db"]["IpPermissions"]
    assert rule["FromPort"] == rule["ToPort"] == 5432
    (source,) = rule["UserIdGroupPairs"]
    assert source["GroupId"] == groups[f"{NAME}-api"]["GroupId"]
    assert rule["IpRanges"] == []


def test_the_database_stands_in_two_zones_encrypted_and_protected(applied: Applied) -> None:
    (database,) = applied.client("rds").describe_db_instances()["DBInstances"]
    assert database["MultiAZ"] is True
    assert database["DBInstanceClass"] == "db.r6g.large"
    assert database["Engine"] == "postgres"
    assert database["AllocatedStorage"] == 100
    assert database["BackupRetentionPeriod"] == 7
    assert database["StorageEncrypted"] is True
    assert database["PubliclyAccessible"] is False
    assert database["DeletionProtection"] is True


def test_the_master_password_lies_in_secrets_manager_and_not_in_the_state(
    applied: Applied,
) -> None:
    secrets = applied.client("secretsmanager")
    value = secrets.get_secret_value(SecretId=f"{NAME}/db/master")["SecretString"]
    assert _VALUES["db_password"] in value


def test_the_secrets_of_the_api_are_there_and_only_our_own_store_fills_one(
    applied: Applied,
) -> None:
    secrets = applied.client("secretsmanager")
    names = {one["Name"] for one in secrets.list_secrets()["SecretList"]}
    assert {f"{NAME}/api/DATABASE_URL", f"{NAME}/api/REDIS_URL"} <= names
    address = secrets.get_secret_value(SecretId=f"{NAME}/api/DATABASE_URL")["SecretString"]
    assert address.startswith(f"postgresql://outgrow_admin:{_VALUES['db_password']}@")
    with pytest.raises(secrets.exceptions.ResourceNotFoundException):
        secrets.get_secret_value(SecretId=f"{NAME}/api/CLERK_SECRET_KEY")


def test_no_bucket_is_public_and_all_are_encrypted(applied: Applied) -> None:
    s3 = applied.client("s3")
    buckets = [one["Name"] for one in s3.list_buckets()["Buckets"]]
    assert len(buckets) == 2
    for bucket in buckets:
        blocked = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
        assert all(blocked.values())
        (rule,) = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"][
            "Rules"
        ]
        wanted = "AES256" if "access-logs" in bucket else "aws:kms"
        assert rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == wanted


def test_the_service_runs_two_tasks_behind_the_load_balancer(applied: Applied) -> None:
    ecs = applied.client("ecs")
    (cluster,) = ecs.list_clusters()["clusterArns"]
    (service,) = ecs.describe_services(cluster=cluster, services=["api"])["services"] or [{}]
    assert service["desiredCount"] == 2
    assert service["loadBalancers"]
    elb = applied.client("elbv2")
    (balancer,) = elb.describe_load_balancers()["LoadBalancers"]
    assert balancer["Type"] == "application"
    listeners = elb.describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"]
    assert {one["Port"]: one["Protocol"] for one in listeners} == {80: "HTTP", 443: "HTTPS"}


def test_the_key_rotates(applied: Applied) -> None:
    kms = applied.client("kms")
    (alias,) = [one for one in kms.list_aliases()["Aliases"] if one["AliasName"] == f"alias/{NAME}"]
    assert kms.get_key_rotation_status(KeyId=alias["TargetKeyId"])["KeyRotationEnabled"] is True

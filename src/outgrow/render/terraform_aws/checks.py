"""Tests that stand beside the module: `terraform test` proves what must hold, without AWS."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from outgrow.render.rendered_file import RenderedFile
from outgrow.render.terraform_aws.module_files import example_arguments
from outgrow.render.writers.expressions import Block, Module, Noted, Ref, ResourceBlock, Value

Check = tuple[str, str]
_MOCKS = """mock_provider "aws" {{{alias}
  mock_data "aws_caller_identity" {{
    defaults = {{
      account_id = "123456789012"
    }}
  }}
}}"""


def check_files(module: Module, folder: str) -> Iterator[RenderedFile]:
    """Yield one file of tests for a module that has something to prove."""
    checks = [(block, found) for block in module.resources for found in _checks(block)]
    if not checks:
        return
    place = f"{folder}/" if folder else ""
    aliases = [None, *dict.fromkeys(b.provider for b in module.resources if b.provider)]
    blocks = [_mock(alias) for alias in aliases]
    given = example_arguments(module.variables)
    if given:
        blocks.append("\n".join(["variables {", *given, "}"]))
    for title, wanted in _RUNS.items():
        chosen = [check for block, check in checks if block.type in wanted]
        if chosen:
            blocks.append(_run(title, chosen))
    yield RenderedFile(f"{place}tests/properties.tftest.hcl", "\n\n".join([_WHY, *blocks]) + "\n")


_WHY = (
    "# What must hold whatever else is changed. No account is needed: the provider is a mock.\n"
    "#   terraform init -backend=false && terraform test"
)


def _mock(alias: str | None) -> str:
    line = f'\n  alias = "{alias.removeprefix("aws.")}"\n' if alias else ""
    return _MOCKS.format(alias=line)


def _run(title: str, checks: list[Check]) -> str:
    lines = [f'run "{title}" {{', "  command = plan"]
    for condition, message in checks:
        lines += [
            "",
            "  assert {",
            f"    condition     = {condition}",
            f'    error_message = "{message}"',
            "  }",
        ]
    return "\n".join([*lines, "}"])


def _checks(block: ResourceBlock) -> Iterator[Check]:
    rules = _RULES.get(block.type, ())
    for applies, condition, message in rules:
        if applies(block):
            address = f"{block.type}.{block.name}"
            yield condition.format(address), f"{block.name}: {message}"


def _always(_: ResourceBlock) -> bool:
    return True


def _has(argument: str, *values: Value) -> Callable[[ResourceBlock], bool]:
    """Return whether a block is written with one of `values`: the test then guards that."""

    def applies(block: ResourceBlock) -> bool:
        found = block.arguments.get(argument)
        found = found.value if isinstance(found, Noted) else found
        return not isinstance(found, Block | Ref) and found in values

    return applies


def _is_private(block: ResourceBlock) -> bool:
    return not block.name.startswith("public_")


_RUNS: Mapping[str, tuple[str, ...]] = {
    "network_is_closed": (
        "aws_subnet",
        "aws_vpc_security_group_ingress_rule",
        "aws_instance",
        "aws_launch_template",
        "aws_eks_cluster",
    ),
    "users_come_in_by_tls": ("aws_lb", "aws_lb_listener", "aws_cloudfront_distribution"),
    "services_survive_a_bad_version": ("aws_ecs_service", "aws_autoscaling_group"),
    "data_is_encrypted_and_kept": (
        "aws_db_instance",
        "aws_docdb_cluster",
        "aws_elasticache_replication_group",
        "aws_s3_bucket_public_access_block",
        "aws_ecr_repository",
    ),
}
_RULES: Mapping[str, tuple[tuple[Callable[[ResourceBlock], bool], str, str], ...]] = {
    "aws_subnet": (
        (_is_private, "{0}.map_public_ip_on_launch != true", "gives no public address"),
    ),
    "aws_vpc_security_group_ingress_rule": (
        (
            _has("cidr_ipv4", "0.0.0.0/0"),
            "contains([80, 443], {0}.from_port)",
            "the internet may only reach ports 80 and 443",
        ),
    ),
    "aws_instance": (
        (_always, '{0}.metadata_options[0].http_tokens == "required"', "IMDSv2 only"),
        (_always, "{0}.root_block_device[0].encrypted", "its disk is encrypted"),
    ),
    "aws_launch_template": (
        (_always, '{0}.metadata_options[0].http_tokens == "required"', "IMDSv2 only"),
    ),
    "aws_eks_cluster": (
        (
            _always,
            '{0}.access_config[0].authentication_mode == "API"',
            "who may in is an access entry",
        ),
    ),
    "aws_lb": (
        (
            _has("enable_deletion_protection", True),
            "{0}.enable_deletion_protection",
            "it cannot be removed by mistake",
        ),
    ),
    "aws_lb_listener": (
        (
            _has("protocol", "HTTPS", "TLS"),
            '{0}.ssl_policy == "ELBSecurityPolicy-TLS13-1-2-2021-06"',
            "TLS 1.2 or newer",
        ),
        (
            _has("protocol", "HTTP"),
            '{0}.default_action[0].type == "redirect"',
            "HTTP is only answered with a redirect",
        ),
    ),
    "aws_cloudfront_distribution": (
        (
            _always,
            '{0}.default_cache_behavior[0].viewer_protocol_policy == "redirect-to-https"',
            "visitors are sent to HTTPS",
        ),
    ),
    "aws_ecs_service": (
        (
            _always,
            "{0}.network_configuration[0].assign_public_ip == false",
            "its tasks have no public address",
        ),
        (_always, "{0}.enable_execute_command == false", "nobody opens a shell in a task"),
        (
            lambda block: "deployment_circuit_breaker" in block.arguments,
            "{0}.deployment_circuit_breaker[0].rollback",
            "a bad version is rolled back",
        ),
    ),
    "aws_autoscaling_group": (
        (
            lambda block: "instance_refresh" in block.arguments,
            "{0}.instance_refresh[0].preferences[0].auto_rollback",
            "a bad version is rolled back",
        ),
    ),
    "aws_db_instance": (
        (_has("storage_encrypted", True), "{0}.storage_encrypted", "it is encrypted"),
        (_has("publicly_accessible", False), "{0}.publicly_accessible == false", "it is private"),
        (_has("multi_az", True), "{0}.multi_az", "a second zone stands by"),
        (_has("deletion_protection", True), "{0}.deletion_protection", "it cannot be removed"),
    ),
    "aws_docdb_cluster": (
        (_has("storage_encrypted", True), "{0}.storage_encrypted", "it is encrypted"),
    ),
    "aws_elasticache_replication_group": (
        (
            _has("at_rest_encryption_enabled", True),
            'tostring({0}.at_rest_encryption_enabled) == "true"',
            "it is encrypted",
        ),
        (
            _has("transit_encryption_enabled", True),
            "{0}.transit_encryption_enabled",
            "connections are encrypted",
        ),
    ),
    "aws_s3_bucket_public_access_block": (
        (
            _always,
            "{0}.block_public_policy && {0}.restrict_public_buckets",
            "nobody makes it public",
        ),
    ),
    "aws_ecr_repository": (
        (_always, '{0}.image_tag_mutability == "IMMUTABLE"', "a tag always means one image"),
    ),
}

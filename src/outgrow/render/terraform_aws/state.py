"""Where Terraform keeps its state: a bucket of its own, made once by the folder `bootstrap`."""

from __future__ import annotations

from collections.abc import Iterator

from outgrow.render.aws.naming import fitted
from outgrow.render.rendered_file import RenderedFile
from outgrow.render.system.model import System
from outgrow.render.terraform_aws.module_files import PROVIDER_VERSION, TERRAFORM_VERSION
from outgrow.render.writers.expressions import (
    Block,
    Joined,
    JsonText,
    Lifecycle,
    OutputBlock,
    ProviderBlock,
    Ref,
    ResourceBlock,
)
from outgrow.render.writers.hcl import hcl_text, output_text, provider_text, resource_text

_BUCKET = Ref("aws_s3_bucket", "state")
_KEEP_VERSIONS_DAYS = 90


def state_files(system: System) -> Iterator[RenderedFile]:
    """Yield the backend of the root module, and the module that makes its bucket."""
    yield RenderedFile("backend.tf", _backend(system))
    yield RenderedFile("bootstrap/main.tf", _bootstrap(system))


def state_bucket(system: System) -> str:
    """Return what the bucket's name begins with; the account's number follows."""
    return f"{fitted(system.name, 33)}-terraform-state-"


def _backend(system: System) -> str:
    return (
        "# The bucket is made once by `bootstrap`; its name holds the account's number, which is\n"
        "# why it is given to `terraform init` and does not stand here. The lock is a file beside\n"
        "# the state, so that two people never apply at once.\n"
        "terraform {\n"
        '  backend "s3" {\n'
        f'    key          = "{system.name}/{system.environment}/terraform.tfstate"\n'
        f'    region       = "{system.region}"\n'
        "    encrypt      = true\n"
        "    use_lockfile = true\n"
        "  }\n"
        "}\n"
    )


def _bootstrap(system: System) -> str:
    versions = (
        "terraform {\n"
        f'  required_version = "{TERRAFORM_VERSION}"\n\n'
        "  required_providers {\n    aws = {\n"
        '      source  = "hashicorp/aws"\n'
        f'      version = "{PROVIDER_VERSION}"\n'
        "    }\n  }\n}"
    )
    tags = {"Project": system.name, "ManagedBy": "terraform"}
    blocks = [resource_text(block) for block in _blocks(system)]
    output = output_text(
        OutputBlock("state_bucket", Ref("aws_s3_bucket", "state", "bucket"), "For `terraform init`")
    )
    header = (
        "The bucket that holds the state of everything else. Its own state stays in this folder:"
        " apply it once, and never remove it."
    )
    provider = provider_text(ProviderBlock(system.region, None, tags))
    return hcl_text([versions, provider, *blocks, output], header)


def _blocks(system: System) -> Iterator[ResourceBlock]:
    account = Ref("aws_caller_identity", "current", "account_id", data=True)
    yield ResourceBlock("aws_caller_identity", "current", {}, "state", kind="data")
    yield ResourceBlock(
        "aws_s3_bucket",
        "state",
        {"bucket": Joined(state_bucket(system), account)},
        "state",
        lifecycle=Lifecycle(prevent_destroy=True),
        waivers=(
            ("CKV_AWS_18", "every use of the state is in CloudTrail"),
            ("CKV_AWS_144", "versions protect the state; it can be imported again"),
            (
                "CKV_AWS_145",
                "encrypted with the key of S3: a key of our own would need a state too",
            ),
            ("CKV2_AWS_62", "nothing waits for a change of the state"),
        ),
    )
    versioning = Block({"status": "Enabled"})
    yield _about_bucket("aws_s3_bucket_versioning", {"versioning_configuration": versioning})
    yield _about_bucket(
        "aws_s3_bucket_server_side_encryption_configuration",
        {
            "rule": Block(
                {
                    "apply_server_side_encryption_by_default": Block({"sse_algorithm": "AES256"}),
                }
            )
        },
    )
    closed = ("block_public_acls", "block_public_policy", "ignore_public_acls")
    yield ResourceBlock(
        "aws_s3_bucket_public_access_block",
        "state",
        {"bucket": _BUCKET, **dict.fromkeys((*closed, "restrict_public_buckets"), True)},
        "state",
    )
    yield _about_bucket("aws_s3_bucket_lifecycle_configuration", {"rule": _old_versions()})
    yield ResourceBlock(
        "aws_s3_bucket_policy", "state", {"bucket": _BUCKET, "policy": _only_tls()}, "state"
    )


def _about_bucket(type_: str, blocks: dict[str, Block]) -> ResourceBlock:
    return ResourceBlock(type_, "state", {"bucket": _BUCKET, **blocks}, "state")


def _old_versions() -> Block:
    return Block(
        {
            "id": "old-versions",
            "status": "Enabled",
            "filter": Block({}),
            "noncurrent_version_expiration": Block({"noncurrent_days": _KEEP_VERSIONS_DAYS}),
            "abort_incomplete_multipart_upload": Block({"days_after_initiation": 7}),
        }
    )


def _only_tls() -> JsonText:
    arn = Ref("aws_s3_bucket", "state", "arn")
    return JsonText(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Sid": "OnlyTls",
                    "Effect": "Deny",
                    "Principal": "*",
                    "Action": "s3:*",
                    "Resource": [arn, Joined(arn, "/*")],
                    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                }
            ],
        }
    )


def state_header(system: System) -> str:
    """Return what `versions.tf` says of what it is for."""
    return f"{system.name}, phase {system.phase}, environment {system.environment}."

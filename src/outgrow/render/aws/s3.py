"""Buckets on S3: private, versioned, encrypted, and refused without TLS."""

from __future__ import annotations

from collections.abc import Iterator

from outgrow.render.aws.policies import Statement, deny_plain_http, let, policy
from outgrow.render.aws.region import ACCOUNT, AwsRegion
from outgrow.render.aws.wording import about, cite
from outgrow.render.system.model import Part
from outgrow.render.writers.expressions import (
    Block,
    Joined,
    Lifecycle,
    Noted,
    OutputBlock,
    Ref,
    ResourceBlock,
    Value,
)
from outgrow.strategy.components import ComponentKind

S3 = "aws/s3"
LOGS = "logs"
_SECTION = "storage"
_ASSUMED_VERSION_DAYS = 30
_ASSUMED_LOG_DAYS = 90
# What the strategy calls a storage class, S3's own name, and after how many days it pays.
_CLASSES = {
    "intelligent-tiering": ("INTELLIGENT_TIERING", 0),
    "standard-ia": ("STANDARD_IA", 30),
    "one-zone-ia": ("ONEZONE_IA", 30),
    "glacier-instant": ("GLACIER_IR", 90),
    "glacier-flexible": ("GLACIER", 90),
    "deep-archive": ("DEEP_ARCHIVE", 180),
}


def s3_blocks(region: AwsRegion) -> Iterator[ResourceBlock]:
    """Return every bucket of the region with all that makes it safe, and the one for logs."""
    for part in region.on(S3):
        yield from _bucket(region, part)
    if has_access_logs(region):
        yield from _log_bucket(region)


def s3_outputs(region: AwsRegion) -> Iterator[OutputBlock]:
    """Return the name of each bucket."""
    for part in region.on(S3):
        name = region.name(part)
        yield OutputBlock(
            f"{name}_bucket", Ref("aws_s3_bucket", name, "bucket"), f"Bucket of {part.component}."
        )


def has_access_logs(region: AwsRegion) -> bool:
    """Return whether anything of the region writes its access log into the bucket for logs."""
    return bool(region.on(S3, "aws/alb", "aws/nlb", "aws/cloudfront"))


def distributions_before(region: AwsRegion, part: Part) -> tuple[Part, ...]:
    """Return the CDNs that serve what is in the bucket of `part`."""
    return tuple(
        cdn
        for cdn in region.on("aws/cloudfront")
        if part.name in cdn.links and cdn.kind is ComponentKind.CDN
    )


def storage_class(part: Part) -> tuple[str, int] | None:
    """Return S3's name of the storage class that the phase sets and its days; None: standard."""
    found = part.setting("storage_class")
    return _CLASSES.get(found) if isinstance(found, str) else None


def _bucket(region: AwsRegion, part: Part) -> Iterator[ResourceBlock]:
    bucket = ResourceBlock(
        "aws_s3_bucket",
        region.name(part),
        {
            # Bucket names are shared by all accounts of the world.
            "bucket": region.bucket_name(part.name),
            "force_destroy": not region.system.is_production,
            "tags": region.tags(part.name, part),
        },
        section=_SECTION,
        comment=about(region, part),
        lifecycle=Lifecycle(prevent_destroy=region.system.is_production),
        waivers=_waivers(region),
    )
    yield bucket
    yield _no_public_access(bucket)
    yield _no_acls(bucket)
    yield _versions(bucket)
    yield _encrypted(bucket, region.key)
    yield _lifecycle(region, part, bucket)
    yield _logging(bucket)
    yield _policy(region, part, bucket)
    yield from _cors(region, part, bucket)


def _waivers(region: AwsRegion) -> tuple[tuple[str, str], ...]:
    replicated = (
        "the strategy stays in one region; versions guard against mistakes"
        if region.is_only
        else "the root module replicates the home region's bucket to the others"
    )
    return (
        ("CKV_AWS_144", replicated),
        ("CKV2_AWS_62", "nothing of the strategy waits for events of this bucket"),
    )


def _no_public_access(bucket: ResourceBlock) -> ResourceBlock:
    return ResourceBlock(
        "aws_s3_bucket_public_access_block",
        bucket.name,
        {
            "bucket": bucket.ref("id"),
            "block_public_acls": True,
            "block_public_policy": True,
            "ignore_public_acls": True,
            "restrict_public_buckets": True,
        },
        section=_SECTION,
    )


def _no_acls(bucket: ResourceBlock) -> ResourceBlock:
    return ResourceBlock(
        "aws_s3_bucket_ownership_controls",
        bucket.name,
        {
            "bucket": bucket.ref("id"),
            "rule": Block({"object_ownership": "BucketOwnerEnforced"}),
        },
        section=_SECTION,
    )


def _versions(bucket: ResourceBlock) -> ResourceBlock:
    return ResourceBlock(
        "aws_s3_bucket_versioning",
        bucket.name,
        {
            "bucket": bucket.ref("id"),
            "versioning_configuration": Block({"status": "Enabled"}),
        },
        section=_SECTION,
    )


def _encrypted(bucket: ResourceBlock, key: Value) -> ResourceBlock:
    default: dict[str, Value] = (
        {"sse_algorithm": "AES256"}
        if key is None
        else {"sse_algorithm": "aws:kms", "kms_master_key_id": key}
    )
    rule: dict[str, Value | Block] = {"apply_server_side_encryption_by_default": Block(default)}
    if key is not None:
        rule["bucket_key_enabled"] = True
    return ResourceBlock(
        "aws_s3_bucket_server_side_encryption_configuration",
        bucket.name,
        {"bucket": bucket.ref("id"), "rule": Block(rule)},
        section=_SECTION,
    )


def _lifecycle(region: AwsRegion, part: Part, bucket: ResourceBlock) -> ResourceBlock:
    stated = region.system.strategy.retention.backups_days
    days = stated or _ASSUMED_VERSION_DAYS
    said = (
        cite(region, "as long as backups", "retention", "backups_days")
        if stated
        else "The strategy states no retention; this is an assumption."
    )
    rules = [
        Block(
            {
                "id": "end-old-versions",
                "status": "Enabled",
                "filter": Block({}),
                "noncurrent_version_expiration": Block({"noncurrent_days": Noted(days, said)}),
                "abort_incomplete_multipart_upload": Block({"days_after_initiation": 7}),
            }
        )
    ]
    chosen = storage_class(part)
    if chosen is not None:
        rules.append(_tiering(region, part, *chosen))
    return ResourceBlock(
        "aws_s3_bucket_lifecycle_configuration",
        bucket.name,
        {"bucket": bucket.ref("id"), "rule": rules},
        section=_SECTION,
        depends_on=(Ref("aws_s3_bucket_versioning", bucket.name),),
    )


def _tiering(region: AwsRegion, part: Part, name: str, days: int) -> Block:
    return Block(
        {
            "id": "cheaper-storage",
            "status": "Enabled",
            "filter": Block({}),
            "transition": Block({"days": days, "storage_class": name}),
        },
        comment=cite(region, "the storage class of the phase", *part.resource.path),
    )


def _logging(bucket: ResourceBlock) -> ResourceBlock:
    return ResourceBlock(
        "aws_s3_bucket_logging",
        bucket.name,
        {
            "bucket": bucket.ref("id"),
            "target_bucket": Ref("aws_s3_bucket", LOGS),
            "target_prefix": f"s3/{bucket.name}/",
        },
        section=_SECTION,
        depends_on=(Ref("aws_s3_bucket_policy", LOGS),),
    )


def _both(bucket: ResourceBlock) -> Value:
    return [bucket.ref("arn"), Joined(bucket.ref("arn"), "/*")]


def _policy(region: AwsRegion, part: Part, bucket: ResourceBlock) -> ResourceBlock:
    statements: list[Statement] = [deny_plain_http(_both(bucket))]
    readers: list[Value] = [
        Ref("aws_cloudfront_distribution", region.name(cdn), "arn")
        for cdn in distributions_before(region, part)
    ]
    if part.kind is ComponentKind.FRONTEND and not readers:
        readers = [Ref("aws_cloudfront_distribution", region.name(part), "arn")]
    if readers:
        condition: dict[str, Value] = {"StringEquals": {"AWS:SourceArn": readers}}
        objects = Joined(bucket.ref("arn"), "/*")
        statements.append(let("cloudfront.amazonaws.com", "s3:GetObject", objects, condition))
    return ResourceBlock(
        "aws_s3_bucket_policy",
        bucket.name,
        {"bucket": bucket.ref("id"), "policy": policy(*statements)},
        section=_SECTION,
        depends_on=(Ref("aws_s3_bucket_public_access_block", bucket.name),),
    )


def _cors(region: AwsRegion, part: Part, bucket: ResourceBlock) -> Iterator[ResourceBlock]:
    """Return who may upload from a browser: frontends that talk to the bucket themselves."""
    if part.kind is ComponentKind.FRONTEND:
        return
    origins: list[Value] = [
        f"https://{caller.host}"
        for caller in filter(None, map(region.system.part, part.linked_from))
        if caller.kind is ComponentKind.FRONTEND and caller.host
    ]
    if not origins:
        return
    yield ResourceBlock(
        "aws_s3_bucket_cors_configuration",
        bucket.name,
        {
            "bucket": bucket.ref("id"),
            "cors_rule": Block(
                {
                    "allowed_headers": ["*"],
                    "allowed_methods": ["GET", "HEAD", "PUT", "POST"],
                    "allowed_origins": origins,
                    "expose_headers": ["ETag"],
                    "max_age_seconds": 3000,
                }
            ),
        },
        section=_SECTION,
        comment="Browsers of these frontends talk to the bucket with signed addresses.",
    )


def _log_bucket(region: AwsRegion) -> Iterator[ResourceBlock]:
    stated = region.system.strategy.retention.logs_days
    bucket = ResourceBlock(
        "aws_s3_bucket",
        LOGS,
        {
            "bucket": region.bucket_name("access-logs"),
            "force_destroy": not region.system.is_production,
            "tags": region.tags("access-logs"),
        },
        section=_SECTION,
        comment="Access logs of load balancers, buckets and the CDN.",
        waivers=(
            ("CKV_AWS_145", "load balancers cannot write into a bucket with a key of our own"),
            ("CKV_AWS_18", "a log of the logs would never end"),
            ("CKV_AWS_144", "logs of one region stay in it"),
            ("CKV2_AWS_62", "nothing waits for events of this bucket"),
        ),
    )
    yield bucket
    yield _no_public_access(bucket)
    yield _no_acls(bucket)
    yield _versions(bucket)
    yield _encrypted(bucket, None)
    yield ResourceBlock(
        "aws_s3_bucket_lifecycle_configuration",
        LOGS,
        {
            "bucket": bucket.ref("id"),
            "rule": Block(
                {
                    "id": "end-logs",
                    "status": "Enabled",
                    "filter": Block({}),
                    "expiration": Block(
                        {
                            "days": Noted(
                                stated or _ASSUMED_LOG_DAYS,
                                cite(region, "retention of logs", "retention", "logs_days")
                                if stated
                                else "The strategy states no retention; this is an assumption.",
                            )
                        }
                    ),
                    "noncurrent_version_expiration": Block({"noncurrent_days": 1}),
                    "abort_incomplete_multipart_upload": Block({"days_after_initiation": 7}),
                }
            ),
        },
        section=_SECTION,
        depends_on=(Ref("aws_s3_bucket_versioning", LOGS),),
    )
    yield ResourceBlock(
        "aws_s3_bucket_policy",
        LOGS,
        {"bucket": bucket.ref("id"), "policy": policy(*_writers(region, bucket))},
        section=_SECTION,
        depends_on=(Ref("aws_s3_bucket_public_access_block", LOGS),),
    )


def _writers(region: AwsRegion, bucket: ResourceBlock) -> Iterator[Statement]:
    """Return which services may write logs, each only for this account."""
    ours: dict[str, Value] = {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
    objects = Joined(bucket.ref("arn"), "/*")
    yield deny_plain_http(_both(bucket))
    yield let("logging.s3.amazonaws.com", "s3:PutObject", objects, ours)
    # Load balancers have two names: the one of their log delivery, and the one that all
    # newer kinds of log (network load balancers, CloudFront) come under.
    if region.on("aws/alb"):
        yield let("logdelivery.elasticloadbalancing.amazonaws.com", "s3:PutObject", objects)
    if region.on("aws/nlb", "aws/cloudfront"):
        yield let("delivery.logs.amazonaws.com", "s3:PutObject", objects, ours)
        yield let("delivery.logs.amazonaws.com", "s3:GetBucketAcl", bucket.ref("arn"), ours)

"""RDS Proxy: the connection pool that a component asks for with `pooler: rds_proxy`."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_CEILING, Decimal

from outgrow.render.aws.master_password import master_secret
from outgrow.render.aws.policies import allow, assume_by, policy
from outgrow.render.aws.rds_facts import RDS, needed_connections, own_connections
from outgrow.render.aws.region import AwsRegion
from outgrow.render.aws.wording import cite, named
from outgrow.render.system.model import Part
from outgrow.render.writers.expressions import (
    Block,
    Noted,
    OutputBlock,
    Ref,
    ResourceBlock,
)

_SECTION = "database"
_BORROW_SECONDS = 120  # what RDS Proxy waits by itself


def pooled_by_proxy(region: AwsRegion) -> tuple[Part, ...]:
    """Return the databases of the home region that a component wants RDS Proxy before."""
    if not region.is_home:
        return ()
    return tuple(part for part in region.on(RDS) if _callers(region, part))


def rds_proxy_blocks(region: AwsRegion) -> Iterator[ResourceBlock]:
    """Return a proxy with its role for each database that has one."""
    for part in pooled_by_proxy(region):
        yield from _role(region, part)
        yield _proxy(region, part)
        yield _pool(region, part)
        yield _target(region, part)


def rds_proxy_outputs(region: AwsRegion) -> Iterator[OutputBlock]:
    """Return where each proxy answers."""
    for part in pooled_by_proxy(region):
        name = region.name(part)
        yield OutputBlock(
            f"{name}_proxy_endpoint",
            Ref("aws_db_proxy", name, "endpoint"),
            f"Host of the connection pool before {part.component}.",
        )


def _callers(region: AwsRegion, part: Part) -> tuple[Part, ...]:
    return tuple(
        other
        for other in region.system.parts
        if (pool := other.spec.needs.pool) is not None
        and pool.to == part.component
        and pool.pooler == "rds_proxy"
    )


def _role(region: AwsRegion, part: Part) -> Iterator[ResourceBlock]:
    name = region.name(part)
    role = ResourceBlock(
        "aws_iam_role",
        f"{name}_proxy",
        {
            "name": named(region, f"{part.name}-proxy"),
            "assume_role_policy": assume_by("rds.amazonaws.com"),
            "tags": region.tags(part.name, part),
        },
        section=_SECTION,
    )
    yield role
    secret = allow("secretsmanager:GetSecretValue", master_secret(region, part))
    key = allow("kms:Decrypt", region.key)
    yield ResourceBlock(
        "aws_iam_role_policy",
        f"{name}_proxy",
        {"name": "read-master-secret", "role": role.ref("id"), "policy": policy(secret, key)},
        section=_SECTION,
    )


def _proxy(region: AwsRegion, part: Part) -> ResourceBlock:
    name = region.name(part)
    caller = _callers(region, part)[0]
    return ResourceBlock(
        "aws_db_proxy",
        name,
        {
            "name": named(region, part.name),
            "engine_family": "POSTGRESQL",
            "role_arn": Ref("aws_iam_role", f"{name}_proxy", "arn"),
            "vpc_subnet_ids": region.subnets("data"),
            "vpc_security_group_ids": [Ref("aws_security_group", f"{name}_proxy", "id")],
            "require_tls": True,
            "idle_client_timeout": 1800,
            "auth": Block(
                {
                    "auth_scheme": "SECRETS",
                    "iam_auth": "DISABLED",
                    "secret_arn": master_secret(region, part),
                }
            ),
            "tags": region.tags(part.name, part),
        },
        section=_SECTION,
        comment=cite(
            region, f"the connection pool before {part.component}", *caller.path, "needs", "pool"
        ),
    )


def _pool(region: AwsRegion, part: Part) -> ResourceBlock:
    pools = [caller.spec.needs.pool for caller in _callers(region, part)]
    waits = [pool.timeout_seconds for pool in pools if pool and pool.timeout_seconds]
    seconds = max(waits, default=Decimal(_BORROW_SECONDS)).to_integral_value(ROUND_CEILING)
    return ResourceBlock(
        "aws_db_proxy_default_target_group",
        region.name(part),
        {
            "db_proxy_name": Ref("aws_db_proxy", region.name(part), "name"),
            "connection_pool_config": Block(
                {
                    "connection_borrow_timeout": int(seconds),
                    "max_connections_percent": Noted(
                        _share(region, part), "Of the database's max_connections."
                    ),
                    "max_idle_connections_percent": _share(region, part) // 2,
                }
            ),
        },
        section=_SECTION,
    )


def _share(region: AwsRegion, part: Part) -> int:
    """Return the per cent of max_connections that the pool may open, at least 10."""
    needed, own = needed_connections(region, part), own_connections(part)
    if needed is None or own is None:
        return 90
    return max(10, min(90, -(-needed * 100 // own)))


def _target(region: AwsRegion, part: Part) -> ResourceBlock:
    name = region.name(part)
    return ResourceBlock(
        "aws_db_proxy_target",
        name,
        {
            "db_proxy_name": Ref("aws_db_proxy", name, "name"),
            "target_group_name": Ref("aws_db_proxy_default_target_group", name, "name"),
            "db_instance_identifier": Ref("aws_db_instance", name, "identifier"),
        },
        section=_SECTION,
    )

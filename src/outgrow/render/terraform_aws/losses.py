"""What of a strategy Terraform and Pulumi do not express on AWS, and what to do instead."""

from __future__ import annotations

from collections.abc import Iterator

from outgrow.render.alerts.cloudwatch import window_losses
from outgrow.render.aws.fargate import fargate_size, largest_size
from outgrow.render.aws.idle import is_known
from outgrow.render.aws.region import AwsRegion, regions_of
from outgrow.render.aws.releases import is_shifted
from outgrow.render.aws.store_losses import CODE, store_losses
from outgrow.render.aws.waf import is_expressible
from outgrow.render.routes import is_held_by_the_application
from outgrow.render.system.docker_only import docker_only
from outgrow.render.system.model import Part, Role, System
from outgrow.render.target import Loss

RENDERED_SERVICES = frozenset(
    {
        "aws/alb",
        "aws/cloudfront",
        "aws/cloudwatch",
        "aws/data-transfer",
        "aws/documentdb",
        "aws/ec2",
        "aws/ecr",
        "aws/eks",
        "aws/elasticache",
        "aws/fargate",
        "aws/kms",
        "aws/lambda",
        "aws/nat-gateway",
        "aws/nlb",
        "aws/public-ipv4",
        "aws/rds-postgresql",
        "aws/aurora-serverless-v2",
        "aws/route53",
        "aws/s3",
        "aws/secrets-manager",
        "aws/sqs",
        "aws/vpc-endpoint",
        "aws/waf",
    }
)


def losses(system: System) -> Iterator[Loss]:
    """Yield everything that these files leave out."""
    home = regions_of(system)[0]
    for part in home.parts:
        yield from _service(home, part)
        yield from _size(part)
        yield from _volumes(part)
        yield from _docker_options(part)
        yield from _release(home, part)
    yield from store_losses(home)
    yield from window_losses(system)
    yield from _rate_limits(system)
    yield from _schedule(system)
    yield from _idle(home)


def _service(region: AwsRegion, part: Part) -> Iterator[Loss]:
    unknown = part.provider == "aws" and part.service not in RENDERED_SERVICES
    watches = {idle.component for idle in region.system.strategy.idle_machines}
    machines = {p.name for p in region.parts if p.component in watches}
    code_on_lambda = part.service == "aws/lambda" and not machines & set(part.links)
    if unknown or code_on_lambda:
        yield Loss(
            f"{CODE}-service",
            part.resource.path,
            f"{part.component} on {part.resource.offering_id}",
            "the function's own package is not known here"
            if code_on_lambda
            else "there is no block for this service",
            "Write it in a file of your own beside these.",
        )


def _size(part: Part) -> Iterator[Loss]:
    if part.service != "aws/fargate" or fargate_size(part) is not None:
        return
    vcpu, memory = largest_size()
    yield Loss(
        f"{CODE}-fargate-size",
        part.resource.path,
        f"{part.size.vcpu} vCPU and {part.size.memory_gib} GiB for {part.component}",
        f"a Fargate task has at most {vcpu} vCPU and {memory} GiB",
        "Rent EC2 machines for it, or run more and smaller tasks.",
    )


def _volumes(part: Part) -> Iterator[Loss]:
    if part.service == "aws/fargate" and part.run.volumes:
        yield Loss(
            f"{CODE}-volume",
            (*part.path, "run", "volumes"),
            f"the volumes of {part.component}",
            "a Fargate task loses its disk when it ends",
            "Keep files in S3, or name a folder in `writable_folders` for what may be lost.",
        )


def _docker_options(part: Part) -> Iterator[Loss]:
    keys = docker_only(part)
    if keys and part.service == "aws/fargate":
        yield Loss(
            f"{CODE}-docker-options",
            (*part.path, "run"),
            f"{', '.join(keys)} of {part.component}",
            "a Fargate task gets no rights of its machine, and Docker's words are not its own",
            "Rent EC2 machines for it.",
        )


def _release(region: AwsRegion, part: Part) -> Iterator[Loss]:
    deploy = region.system.strategy.deploy.strategy
    ours = part.role is Role.APPLICATION and part.service in ("aws/fargate", "aws/ec2")
    if ours and deploy in ("blue_green", "canary") and not is_shifted(region, part):
        yield Loss(
            f"{CODE}-release",
            ("deploy", "strategy"),
            f"a {deploy} release of {part.component}",
            "users are shifted between two target groups of an application load balancer, and"
            " it has none on Fargate",
            "It rolls: new ones start, get healthy, and old ones end.",
        )


def _rate_limits(system: System) -> Iterator[Loss]:
    for index, limit in enumerate(system.strategy.rate_limits):
        if not is_expressible(system, limit) and not is_held_by_the_application(system, limit):
            yield Loss(
                f"{CODE}-rate-limit",
                ("rate_limits", index),
                f"{limit.requests} requests in {limit.per_seconds} s on {limit.route}",
                "AWS WAF counts the requests of an address over 60, 120, 300 or 600 seconds,"
                " from 10 on, in front of an application load balancer",
                "Count them in the application or in the proxy.",
            )


def _schedule(system: System) -> Iterator[Loss]:
    if system.settings.schedule is not None:
        yield Loss(
            f"{CODE}-schedule",
            ("environments", system.environment, "schedule"),
            f"that {system.environment} stops outside of its hours",
            "the strategy says how many hours, not which ones",
            "Add a schedule of your own: Application Auto Scaling and EventBridge take one.",
        )


def _idle(region: AwsRegion) -> Iterator[Loss]:
    machines = {part.component for part in region.on("aws/ec2")}
    for index, rule in enumerate(region.system.strategy.idle_machines):
        here = not rule.phases or region.system.phase in rule.phases
        if here and rule.component in machines and not is_known(rule):
            yield Loss(
                f"{CODE}-idle-metric",
                ("idle_machines", index, "metric"),
                f"stopping {rule.component} by {rule.metric}",
                "EC2 does not publish this metric",
                "Use network_in_bytes, network_out_bytes or cpu_percent.",
            )

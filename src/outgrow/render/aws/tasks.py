"""What a task of a part runs: its container, what it may do, and where its logs go."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from outgrow.render.aws.fargate import SECTION, size_of
from outgrow.render.aws.migrations import needed_to_run
from outgrow.render.aws.policies import Statement, allow
from outgrow.render.aws.region import AwsRegion
from outgrow.render.aws.roles import allowed, log_group, role, streams_of
from outgrow.render.system.model import Part
from outgrow.render.writers.expressions import (
    Block,
    Joined,
    JsonText,
    Noted,
    Ref,
    ResourceBlock,
    Value,
    VariableBlock,
)
from outgrow.strategy.components import ComponentKind

# The user that the images outgrow builds run as: above every user of a host.
USER = "10001:10001"
_LONGEST_STOP_SECONDS = 120
_TASKS = "ecs-tasks.amazonaws.com"


def task_blocks(region: AwsRegion, part: Part) -> Iterator[ResourceBlock]:
    """Yield the definition of a part's tasks, its roles and its logs."""
    name = region.name(part)
    yield log_group(region, name, f"/ecs/{region.prefix}/{part.name}", SECTION, part)
    yield from _execution_role(region, part)
    yield from _task_role(region, part)
    yield _definition(region, part, "", part.run.command)
    if part.run.migrate:
        yield _definition(region, part, "_migrate", part.run.migrate)


def image_variables(region: AwsRegion) -> Iterator[VariableBlock]:
    """Yield a variable for the image of each part that has none of its own."""
    for part in region.parts:
        if part.image is None:
            registry = f"123456789012.dkr.ecr.{region.region}.amazonaws.com"
            yield VariableBlock(
                f"image_{region.name(part)}",
                "string",
                f"The image of {part.name}, by digest or by a tag that never moves",
                condition=f'can(regex("[@:][^/]+$", var.image_{region.name(part)}))',
                error_message="An image needs a digest or a tag.",
                example=f"{registry}/{region.prefix}/{part.name}:v1",
                is_regional=True,
            )


def _execution_role(region: AwsRegion, part: Part) -> Iterator[ResourceBlock]:
    name = f"{region.name(part)}_execution"
    yield role(
        region,
        name,
        _TASKS,
        SECTION,
        part,
        comment="What ECS itself needs to start a task: the image, the secrets, the logs.",
    )
    own = [
        *_registry_statements(region, part),
        allow(["logs:CreateLogStream", "logs:PutLogEvents"], streams_of(region.name(part))),
    ]
    secrets: list[Value] = [region.secret(part, key) for key in region.secret_keys(part)]
    if secrets:
        own.append(allow("secretsmanager:GetSecretValue", secrets))
        own.append(allow("kms:Decrypt", region.key))
    yield allowed(name, SECTION, *own)


def _registry_statements(region: AwsRegion, part: Part) -> list[Statement]:
    """Return how images are pulled: from the part's own repository and no other."""
    if part.image is not None:
        return []
    repository = region.arn("ecr", "repository/", f"{region.prefix}/{part.name}")
    pull = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    # The token is for the whole registry: AWS takes no resource here.
    return [allow("ecr:GetAuthorizationToken", "*"), allow(pull, repository)]


def _task_role(region: AwsRegion, part: Part) -> Iterator[ResourceBlock]:
    name = f"{region.name(part)}_task"
    yield role(
        region,
        name,
        _TASKS,
        SECTION,
        part,
        comment=f"What the code of {part.name} may do on AWS: what it links to, no more.",
    )
    statements = link_statements(region, part)
    if statements:
        yield allowed(name, SECTION, *statements)


def link_statements(region: AwsRegion, part: Part) -> list[Statement]:
    """Return what `part` may do with the buckets and queues that it links to."""
    found: list[Statement] = []
    links = [link for name in part.links if (link := region.part(name)) is not None]
    for link in links:
        if link.service == "aws/s3" and link.kind is ComponentKind.OBJECT_STORE:
            found += _bucket(Ref("aws_s3_bucket", region.name(link), "arn"))
        elif link.service == "aws/sqs":
            found.append(_queue(Ref("aws_sqs_queue", region.name(link), "arn")))
    if found:
        # Both are encrypted with the region's key.
        found.append(allow(["kms:Decrypt", "kms:GenerateDataKey"], region.key))
    return found


def _bucket(arn: Ref) -> list[Statement]:
    objects = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]
    return [allow("s3:ListBucket", arn), allow(objects, Joined(arn, "/*"))]


def _queue(arn: Ref) -> Statement:
    names = ("SendMessage", "ReceiveMessage", "DeleteMessage", "GetQueueAttributes")
    return allow([f"sqs:{name}" for name in names], arn)


def _definition(
    region: AwsRegion, part: Part, suffix: str, command: list[str] | None
) -> ResourceBlock:
    vcpu, memory = size_of(part)
    name = f"{region.name(part)}{suffix}"
    folders = _folders(part)
    arguments: dict[str, Value | Block | list[Block]] = {
        "family": f"{region.prefix}-{name.replace('_', '-')}",
        "requires_compatibilities": ["FARGATE"],
        "network_mode": "awsvpc",
        "cpu": Noted(int(vcpu * 1024), _size_comment(part, vcpu, memory)),
        "memory": int(memory * 1024),
        "execution_role_arn": Ref("aws_iam_role", f"{region.name(part)}_execution", "arn"),
        "task_role_arn": Ref("aws_iam_role", f"{region.name(part)}_task", "arn"),
        "container_definitions": JsonText([_container(region, part, suffix, command, folders)]),
        "tags": region.tags(name.replace("_", "-"), part),
        "runtime_platform": Block(
            {"operating_system_family": "LINUX", "cpu_architecture": "X86_64"}
        ),
        "volume": [Block({"name": volume}) for volume in folders],
    }
    comment = (
        "Run once before a new version starts: README.md has the command. It waits for all that"
        " a task needs, so that it can be applied and run before the service."
        if suffix
        else ""
    )
    return ResourceBlock(
        "aws_ecs_task_definition",
        name,
        arguments,
        SECTION,
        comment=comment,
        depends_on=needed_to_run(region, part) if suffix and region.is_home else (),
    )


def _size_comment(part: Part, vcpu: Decimal, memory: Decimal) -> str:
    if part.size.assumed:
        return "Assumed: the strategy states no size for it. Measure, then write one."
    if (vcpu, memory) != (part.size.vcpu, part.size.memory_gib):
        wanted = f"{part.size.vcpu.normalize():f} vCPU and {part.size.memory_gib.normalize():f} GiB"
        return f"{part.size.source} asks for {wanted}; Fargate's next larger pair."
    return f"{part.size.source}."


def _folders(part: Part) -> Mapping[str, str]:
    """Return what may be written to, by the name of its volume: /tmp, and what is stated."""
    found = {"tmp": "/tmp"}
    for folder in part.run.writable_folders:
        if folder.startswith("/") and folder != "/tmp":
            found["".join(c if c.isalnum() else "-" for c in folder).strip("-")] = folder
    return found


def _container(
    region: AwsRegion,
    part: Part,
    suffix: str,
    command: list[str] | None,
    folders: Mapping[str, str],
) -> Value:
    run = part.run
    found: dict[str, Value] = {
        "name": f"{part.name}{suffix.replace('_', '-')}",
        "image": region.image(part),
        "essential": True,
        "user": run.user or USER,
        "readonlyRootFilesystem": True,
        "linuxParameters": {"initProcessEnabled": True, "capabilities": {"drop": ["ALL"]}},
    }
    if run.entrypoint:
        found["entryPoint"] = _argv(run.entrypoint)
    if command:
        found["command"] = _argv(command)
    if run.working_folder:
        found["workingDirectory"] = run.working_folder
    if part.listens is not None and not suffix:
        found["portMappings"] = [{"containerPort": part.listens, "protocol": "tcp"}]
    found |= _variables(region, part)
    found["mountPoints"] = Noted(
        [{"sourceVolume": volume, "containerPath": path} for volume, path in folders.items()],
        "The image names them as VOLUME: else they belong to root and nobody else may write.",
    )
    if not suffix:
        found |= _health(part)
    if run.stop_seconds:
        found["stopTimeout"] = min(_LONGEST_STOP_SECONDS, int(run.stop_seconds))
    found["logConfiguration"] = _logging(region, part, suffix)
    return found


def _argv(command: list[str]) -> Value:
    """Return a command as the list that is run; one text is for a shell."""
    return ["/bin/sh", "-c", command[0]] if len(command) == 1 else list(command)


def _variables(region: AwsRegion, part: Part) -> dict[str, Value]:
    keys = region.secret_keys(part)
    plain = {key: value for key, value in region.environment(part).items() if key not in keys}
    found: dict[str, Value] = {
        "environment": [{"name": key, "value": value} for key, value in plain.items()]
    }
    if keys:
        found["secrets"] = [{"name": key, "valueFrom": region.secret(part, key)} for key in keys]
    return found


def _health(part: Part) -> dict[str, Value]:
    health = part.health
    if health is None or health.disabled or not health.command:
        return {}
    words = list(health.command)
    check = ["CMD-SHELL", words[0]] if len(words) == 1 else ["CMD", *words]
    return {
        "healthCheck": {
            "command": check,
            "interval": int(health.interval_seconds or 30),
            "timeout": int(health.timeout_seconds or 5),
            "retries": min(10, max(1, health.retries or 3)),
            "startPeriod": min(300, int(health.start_seconds or 30)),
        }
    }


def _logging(region: AwsRegion, part: Part, suffix: str) -> Value:
    return {
        "logDriver": "awslogs",
        "options": {
            "awslogs-group": Ref("aws_cloudwatch_log_group", region.name(part), "name"),
            "awslogs-region": region.region,
            "awslogs-stream-prefix": "migrate" if suffix else "app",
        },
    }

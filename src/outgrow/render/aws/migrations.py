"""Migrations of a database: a task that runs once, before a new version starts."""

from __future__ import annotations

from collections.abc import Iterator

from outgrow.render.aws.addresses import composed_keys
from outgrow.render.aws.network import ways_out
from outgrow.render.aws.region import PRIVATE, AwsRegion, secret_name
from outgrow.render.aws.security import rules_of
from outgrow.render.system.model import Part
from outgrow.render.writers.expressions import JsonText, OutputBlock, Ref, Value


def migrated(region: AwsRegion) -> tuple[Part, ...]:
    """Return the parts on Fargate that change a schema; only home's database is written to."""
    return tuple(p for p in region.on("aws/fargate") if p.run.migrate and region.is_home)


def needed_to_run(region: AwsRegion, part: Part) -> tuple[Ref, ...]:
    """Return what must be there to run a task of `part` once, by its definition alone."""
    return (
        Ref("aws_ecs_cluster", "main"),
        *ways_out(region, PRIVATE),
        Ref("aws_iam_role_policy", f"{region.name(part)}_execution"),
        *rules_of(region, part),
        *(
            Ref("aws_secretsmanager_secret_version", secret_name(part, key))
            for key in composed_keys(region, part)
        ),
    )


def migration_outputs(region: AwsRegion) -> Iterator[OutputBlock]:
    """Yield where a task of each part runs, as `aws ecs run-task` takes it."""
    for part in migrated(region):
        network: Value = {
            "awsvpcConfiguration": {
                "subnets": region.subnets(PRIVATE),
                "securityGroups": [region.security_group(part)],
                "assignPublicIp": "DISABLED",
            }
        }
        yield OutputBlock(
            f"{region.name(part)}_network",
            JsonText(network),
            f"Where tasks of {part.name} run, for `aws ecs run-task`.",
        )


def migration_commands(region: AwsRegion, part: Part, output: str) -> Iterator[str]:
    """Yield how the migrations of `part` are run and waited for; `output` reads an output."""
    place = f"--region {region.region} --cluster {region.prefix}"
    yield (
        f"TASK=$(aws ecs run-task {place} --launch-type FARGATE \\\n"
        f"  --task-definition {region.prefix}-{part.name}-migrate \\\n"
        f'  --network-configuration "$({output} {region.name(part)}_network)" \\\n'
        "  --query 'tasks[0].taskArn' --output text)"
    )
    yield f'aws ecs wait tasks-stopped {place} --tasks "$TASK"'
    yield (
        f'test "$(aws ecs describe-tasks {place} --tasks "$TASK" \\\n'
        "  --query 'tasks[0].containers[0].exitCode' --output text)\" = 0"
    )

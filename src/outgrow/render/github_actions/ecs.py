"""How ECS takes a new version: one task definition that migrates first and serves then."""

from __future__ import annotations

import json
from collections.abc import Mapping

from outgrow.render.github_actions.image_jobs import image_variables
from outgrow.render.github_actions.names import (
    build_job,
    ecr_repository,
    ecs_cluster,
    ecs_service,
)
from outgrow.render.github_actions.stages import Placed, Stage
from outgrow.render.github_actions.steps import Step, literal, runs
from outgrow.render.system.defaults import safe_name
from outgrow.render.system.model import System
from outgrow.render.writers.yaml_text import Yaml
from outgrow.strategy.components import Component

_BAKE_SECONDS = 60
_DEFINITION = "${{ steps.register.outputs.definition }}"


def ecs_steps(
    system: System, stage: Stage, placed: Placed, spec: Component, *, is_built: bool
) -> list[Step]:
    """Return how ECS takes a new image, and how the job knows that it stayed."""
    where: dict[str, Yaml] = {
        "CLUSTER": ecs_cluster(system, stage),
        "SERVICE": ecs_service(system, stage, placed.component),
    }
    container = safe_name(placed.component)
    found = []
    if _is_shifted(system):
        found.append(_paired(system, where, placed.component, stage.name))
    if is_built:
        found.append(_copy(system, stage, placed.component))
        image = f"${{{{ steps.copy.outputs.repository }}}}@{_digest(placed.component)}"
    else:
        image = literal(spec.run.image or "")
    found.append(_register(where, container, image))
    if spec.run.migrate:
        found.append(_migrate(where, container, spec.run.migrate))
    return [*found, _deploy(where, shifted=_is_shifted(system)), _see(where)]


def _is_shifted(system: System) -> bool:
    return system.strategy.deploy.strategy in ("blue_green", "canary")


def minutes_of_a_shift(system: System) -> int:
    """Return how long ECS may watch a new version, in minutes: a bake a share, and the last."""
    deploy = system.strategy.deploy
    if not _is_shifted(system):
        return 0
    bake_minutes = -(-int(deploy.bake_seconds or _BAKE_SECONDS) // 60)
    return bake_minutes * (len(deploy.shares) + 2)


def _paired(system: System, where: Mapping[str, Yaml], component: str, environment: str) -> Step:
    script = [
        "# Terraform cannot say how ECS shifts users. `outgrow deploy` tells the service once, and",
        "# ECS keeps it. What stands behind no load balancer rolls.",
        'found=$(aws ecs describe-services --cluster "$CLUSTER" --services "$SERVICE" \\',
        "  --query 'services[0].[length(loadBalancers), deploymentConfiguration.strategy]' \\",
        "  --output text)",
        'case "$found" in',
        "  0*) ;;",
        "  *BLUE_GREEN | *CANARY | *LINEAR) ;;",
        '  *) echo "::error::$SERVICE still rolls: run $ONCE by hand"; exit 1 ;;',
        "esac",
    ]
    once = literal(f"outgrow deploy {component} --environment {environment}")
    name = f"See that ECS shifts users ({system.strategy.deploy.strategy})"
    return runs(name, script, {**where, "ONCE": once})


def _digest(component: str) -> str:
    return "${{ needs." + build_job(component) + ".outputs.digest }}"


def _copy(system: System, stage: Stage, component: str) -> Step:
    script = [
        "# Tasks may only pull from the repository of their environment. A copy keeps its digest,",
        "# and a tag never moves, so that a second run finds the first one's.",
        'repository="$REGISTRY/$NAME"',
        'there=$(docker buildx imagetools inspect "$repository:$CONTENT" \\',
        "  --format '{{ .Manifest.Digest }}' 2> /dev/null || true)",
        'if [ "$there" != "$DIGEST" ]; then',
        '  docker buildx imagetools create --tag "$repository:$CONTENT" "$IMAGE@$DIGEST"',
        "fi",
        'echo "repository=$repository" >> "$GITHUB_OUTPUT"',
    ]
    variables: dict[str, Yaml] = {
        **image_variables(component),
        "REGISTRY": "${{ steps.ecr.outputs.registry }}",
        "NAME": ecr_repository(system, stage.name, component),
    }
    name = f"Bring the image of {component} to {stage.name}"
    return runs(name, script, variables, id="copy")


def _register(where: Mapping[str, Yaml], container: str, image: str) -> Step:
    script = [
        'running=$(aws ecs describe-services --cluster "$CLUSTER" --services "$SERVICE" \\',
        "  --query 'services[0].taskDefinition' --output text)",
        'aws ecs describe-task-definition --task-definition "$running" --include TAGS |',
        "  jq '(.taskDefinition | {family, taskRoleArn, executionRoleArn, networkMode, volumes,",
        "    containerDefinitions, requiresCompatibilities, cpu, memory, runtimePlatform,",
        "    ephemeralStorage})",
        "    + (if (.tags // []) == [] then {} else {tags} end)",
        "    | with_entries(select(.value != null))",
        "    | (.containerDefinitions[] | select(.name == $ENV.CONTAINER)).image = $ENV.IMAGE' \\",
        "    > task-definition.json",
        "definition=$(aws ecs register-task-definition \\",
        "  --cli-input-json file://task-definition.json \\",
        "  --query taskDefinition.taskDefinitionArn --output text)",
        'echo "definition=$definition" >> "$GITHUB_OUTPUT"',
    ]
    variables = {**where, "CONTAINER": container, "IMAGE": image}
    return runs("Register the task with the new image", script, variables, id="register")


def _migrate(where: Mapping[str, Yaml], container: str, words: list[str]) -> Step:
    command = words if len(words) > 1 else ["sh", "-c", words[0]]
    script = [
        "# In the network of the service: nothing else reaches the database.",
        'network=$(aws ecs describe-services --cluster "$CLUSTER" --services "$SERVICE" \\',
        "  --query 'services[0].networkConfiguration')",
        "overrides=$(jq --null-input --compact-output '{containerOverrides:",
        "  [{name: $ENV.CONTAINER, command: ($ENV.MIGRATE | fromjson)}]}')",
        'task=$(aws ecs run-task --cluster "$CLUSTER" --launch-type FARGATE \\',
        '  --task-definition "$DEFINITION" --network-configuration "$network" \\',
        "  --overrides \"$overrides\" --query 'tasks[0].taskArn' --output text)",
        'aws ecs wait tasks-stopped --cluster "$CLUSTER" --tasks "$task"',
        'code=$(aws ecs describe-tasks --cluster "$CLUSTER" --tasks "$task" --output json |',
        "  jq '.tasks[0].containers[] | select(.name == $ENV.CONTAINER).exitCode')",
        'test "$code" = 0',
    ]
    variables = {
        **where,
        "CONTAINER": container,
        "DEFINITION": _DEFINITION,
        "MIGRATE": literal(json.dumps(command, ensure_ascii=False)),
    }
    return runs("Migrate the database with the new image", script, variables)


_UNTIL_BAKED = (
    "# `aws ecs wait` ends after ten minutes; ECS may watch a new version for longer.",
    "running=1",
    'while [ "$running" != 0 ]; do',
    "  sleep 15",
    '  running=$(aws ecs list-service-deployments --cluster "$CLUSTER" --service "$SERVICE" \\',
    "    --status PENDING IN_PROGRESS STOP_REQUESTED ROLLBACK_REQUESTED ROLLBACK_IN_PROGRESS \\",
    "    --query 'length(serviceDeployments)' --output text)",
    "done",
)


def _deploy(where: Mapping[str, Yaml], *, shifted: bool) -> Step:
    script = [
        'aws ecs update-service --cluster "$CLUSTER" --service "$SERVICE" \\',
        "  --task-definition \"$DEFINITION\" --query 'service.deployments[].id'",
    ]
    stable = 'aws ecs wait services-stable --cluster "$CLUSTER" --services "$SERVICE"'
    script += _UNTIL_BAKED if shifted else [stable]
    return runs("Deploy and wait", script, {**where, "DEFINITION": _DEFINITION})


def _see(where: Mapping[str, Yaml]) -> Step:
    script = [
        "# The circuit breaker goes back by itself, and then the service is stable as well.",
        'running=$(aws ecs describe-services --cluster "$CLUSTER" --services "$SERVICE" \\',
        "  --query 'services[0].taskDefinition' --output text)",
        'test "$running" = "$DEFINITION"',
    ]
    return runs("See that it stayed", script, {**where, "DEFINITION": _DEFINITION})

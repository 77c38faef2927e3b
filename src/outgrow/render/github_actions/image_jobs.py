"""Jobs that build each image once, and the proof that an environment has run it."""

from __future__ import annotations

import json

from outgrow.render.github_actions.names import Registry, build_job, context_folder, image
from outgrow.render.github_actions.stages import CONTAINERS, Stage
from outgrow.render.github_actions.steps import (
    Job,
    Step,
    aws_steps,
    checkout,
    job,
    literal,
    quoted,
    runs,
    uses,
)
from outgrow.render.github_actions.test_jobs import dockerfile
from outgrow.render.system.model import System
from outgrow.render.writers.yaml_text import Yaml
from outgrow.strategy.components import Component

_DIGEST = "'{{ .Manifest.Digest }}'"


def built(system: System, found: tuple[Stage, ...]) -> list[str]:
    """Return the components whose image the pipeline builds."""
    wanted = {one.component for stage in found for one in stage.of(*CONTAINERS)}
    return [
        name
        for name, spec in system.strategy.components.items()
        if name in wanted and spec.run.image is None
    ]


def image_jobs(
    system: System, found: tuple[Stage, ...], registry: Registry, tests: list[str]
) -> dict[str, Yaml]:
    """Return one job an image; it builds nothing that the registry has already."""
    return {
        build_job(name): image_job(system, name, registry, tests) for name in built(system, found)
    }


def log_in(system: System, registry: Registry) -> list[Step]:
    """Return how a job may read from and write to the registry."""
    if registry == "ecr":
        login = uses("aws-actions/amazon-ecr-login", "Log in to ECR", id="ecr")
        return [*aws_steps(system.region), login]
    given: dict[str, Yaml] = {
        "registry": "ghcr.io",
        "username": "${{ github.actor }}",
        "password": "${{ github.token }}",
    }
    return [uses("docker/login-action", "Log in to GitHub's registry", given)]


def registry_permissions(registry: Registry, *, write: bool) -> dict[str, Yaml]:
    """Return what a job that logs in to the registry has to be allowed."""
    if registry == "ecr":
        return {"contents": "read", "id-token": "write"}
    return {"contents": "read", "packages": "write" if write else "read"}


def image_variables(component: str) -> dict[str, Yaml]:
    """Return the variables by which a script knows the image of this run."""
    outputs = f"needs.{build_job(component)}.outputs"
    return {
        "IMAGE": "${{ " + outputs + ".image }}",
        "DIGEST": "${{ " + outputs + ".digest }}",
        "CONTENT": "${{ " + outputs + ".content }}",
    }


def tried_step(stage: Stage, component: str) -> Step:
    """Return the step that refuses an image which the stage before has not run."""
    script = [
        'tried=$(docker buildx imagetools inspect "$IMAGE:$TRIED_IN-$CONTENT" \\',
        f"  --format {_DIGEST} || true)",
        'if [ "$tried" != "$DIGEST" ]; then',
        '  echo "::error::$TRIED_IN has not run this image; deploy it there first"',
        "  exit 1",
        "fi",
    ]
    environment = {**image_variables(component), "TRIED_IN": stage.tried_in or ""}
    return runs(f"See that {stage.tried_in} has run this {component}", script, environment)


def ran_step(stage: Stage, component: str) -> Step:
    """Return the step that notes in the registry which image the stage has run."""
    script = [
        'noted=$(docker buildx imagetools inspect "$IMAGE:$STAGE-$CONTENT" \\',
        f"  --format {_DIGEST} 2> /dev/null || true)",
        'if [ "$noted" != "$DIGEST" ]; then',
        '  docker buildx imagetools create --tag "$IMAGE:$STAGE-$CONTENT" "$IMAGE@$DIGEST"',
        "fi",
    ]
    environment = {**image_variables(component), "STAGE": stage.name}
    return runs(f"Note that {stage.name} has run this {component}", script, environment)


def image_job(system: System, name: str, registry: Registry, tests: list[str]) -> Job:
    """Return the job that builds one image, once `tests` have passed."""
    spec = system.strategy.components[name]
    steps = [
        checkout(),
        uses("docker/setup-buildx-action", "Set up Buildx"),
        *log_in(system, registry),
        _have(system, name, spec, registry),
        _build(name, spec),
    ]
    outputs: dict[str, Yaml] = {
        "image": "${{ steps.have.outputs.image }}",
        "content": "${{ steps.have.outputs.content }}",
        "digest": "${{ steps.have.outputs.digest || steps.build.outputs.digest }}",
    }
    needs: dict[str, Yaml] = {"needs": [*tests]} if tests else {}
    permissions = registry_permissions(registry, write=True)
    return job(
        f"Build {name}",
        steps,
        permissions=permissions,
        minutes=30,
        outputs=outputs,
        **needs,
    )


def _have(system: System, name: str, spec: Component, registry: Registry) -> Step:
    folder, settings = context_folder(spec), _settings(spec)
    more = ' && echo "$SETTINGS"' if settings else ""
    tree = "'HEAD^{tree}'" if folder == "." else quoted(f"HEAD:{folder}")
    address = '"$REGISTRY/$NAME"'
    if registry == "ghcr":
        address = '"ghcr.io/${GITHUB_REPOSITORY_OWNER,,}/$NAME"'
    script = [
        "# The tag is the hash of what the image is made of: the same content is built once,",
        "# on whichever branch, and every environment runs that one image.",
        f"image={address}",
        f'content=$( (git rev-parse {tree} && git hash-object "$DOCKERFILE"{more}) |',
        "  sha1sum | cut -c1-40)",
        'digest=$(docker buildx imagetools inspect "$image:$content" \\',
        f"  --format {_DIGEST} 2>/dev/null || true)",
        "{",
        '  echo "image=$image"',
        '  echo "content=$content"',
        '  echo "digest=$digest"',
        '} >> "$GITHUB_OUTPUT"',
    ]
    environment: dict[str, Yaml] = {"DOCKERFILE": dockerfile(name, spec)}
    if settings:
        environment["SETTINGS"] = literal(json.dumps(settings, ensure_ascii=False))
    environment["NAME"] = image(system, registry, name)
    if registry == "ecr":
        environment["REGISTRY"] = "${{ steps.ecr.outputs.registry }}"
    return runs("Look whether this content was built before", script, environment, id="have")


def _build(name: str, spec: Component) -> Step:
    given: dict[str, Yaml] = {
        "context": literal(context_folder(spec)),
        "file": dockerfile(name, spec),
        "push": True,
        "tags": "${{ steps.have.outputs.image }}:${{ steps.have.outputs.content }}",
        "cache-from": "type=gha",
        "cache-to": "type=gha,mode=max",
    }
    build = spec.build
    if build is not None and build.target:
        given["target"] = literal(build.target)
    if build is not None and build.arguments:
        lines = [_argument(key, literal(value)) for key, value in build.arguments.items()]
        given["build-args"] = "\n".join(lines) + "\n"
    unless = "${{ steps.have.outputs.digest == '' }}"
    step = uses("docker/build-push-action", "Build and push", given, id="build")
    return {"name": step.pop("name"), "if": unless, **step}


def _argument(key: str, value: str) -> str:
    """Return one line of `build-args`, which is read as CSV: a break within quotes is no end."""
    line = f"{key}={value}"
    if any(character in line for character in '",\n\r'):
        return '"' + line.replace('"', '""') + '"'
    return line


def _settings(spec: Component) -> dict[str, str]:
    """Return what the image is made of beside its files."""
    if spec.build is None:
        return {}
    target = {"target": spec.build.target} if spec.build.target else {}
    return {**target, **spec.build.arguments}

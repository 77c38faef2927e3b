"""Names that jobs, secrets and images go by."""

from __future__ import annotations

import posixpath
import re
from typing import Literal

from outgrow.render.github_actions.stages import Stage
from outgrow.render.system.defaults import safe_name
from outgrow.render.system.model import System
from outgrow.strategy.components import Component, ComponentKind

Registry = Literal["ecr", "ghcr"]
_GITHUB_SECRET = re.compile(r"github:\s*([A-Za-z_][A-Za-z0-9_]*)\s*")


def secret(system: System, ending: str, default: str) -> str:
    """Return the expression of the secret that the strategy's CI names, or of `default`."""
    return written_secret(system, ending) or "${{ secrets." + default + " }}"


def written_secret(system: System, ending: str) -> str | None:
    """Return the expression of the secret that the strategy's CI has below `ending`, or None."""
    for spec in system.strategy.components.values():
        if spec.kind is not ComponentKind.CI_RUNNERS:
            continue
        for key, reference in spec.secrets.items():
            name = _GITHUB_SECRET.fullmatch(reference)
            if name and key.upper().endswith(ending):
                return "${{ secrets." + name.group(1) + " }}"
    return None


def registry_of(system: System, found: tuple[Stage, ...]) -> Registry:
    """Return where images are pushed to: ECR where AWS runs them, else GitHub's own."""
    on_aws = any(stage.of("ecs") or stage.on_eks for stage in found)
    has_ecr = any(part.service == "aws/ecr" for part in system.parts)
    return "ecr" if on_aws or has_ecr else "ghcr"


def image(system: System, registry: Registry, component: str) -> str:
    """Return the name under which a component's image is pushed."""
    if registry == "ecr":
        return ecr_repository(system, system.strategy.production, component)
    return f"{system.name}-{safe_name(component)}"


def ecr_repository(system: System, environment: str, component: str) -> str:
    """Return the repository that the target `terraform-aws` makes for a component."""
    return f"{system.name}-{environment}/{safe_name(component)}"


def build_job(component: str) -> str:
    """Return the name of the job that builds a component's image."""
    return f"build-{safe_name(component)}"


def deploy_job(found: tuple[Stage, ...], stage: Stage, what: str) -> str:
    """Return the name of the job that deploys `what`; the stage is named where it matters."""
    if len(found) == 1:
        return f"deploy-{safe_name(what)}"
    return f"deploy-{safe_name(stage.name)}-{safe_name(what)}"


def source_folder(spec: Component) -> str:
    """Return the folder of a component's source, from the top of the repository."""
    if spec.build is None:
        return "."
    return posixpath.normpath(posixpath.join(spec.build.folder, spec.build.root))


def context_folder(spec: Component) -> str:
    """Return the folder that a component's image is built from."""
    return posixpath.normpath(spec.build.folder) if spec.build else "."


def ecs_cluster(system: System, stage: Stage) -> str:
    """Return the name of the cluster, which a variable of the environment can replace."""
    default = _named(system, stage, "--cluster") or safe_name(f"{system.name}-{stage.name}")
    return "${{ vars.ECS_CLUSTER || '" + default + "' }}"


def ecs_service(system: System, stage: Stage, component: str) -> str:
    """Return the name of a component's service: as the strategy's own commands call it."""
    return _named(system, stage, "--service", component) or safe_name(component)


def _named(system: System, stage: Stage, option: str, component: str | None = None) -> str | None:
    """Return what the strategy's own commands for the stage say after `option`."""
    pattern = re.compile(rf"\baws ecs\b.*{option}[ =]([A-Za-z0-9_-]+)")
    for spec in system.strategy.deploy.jobs.values():
        if spec.environment != stage.name or component not in (None, spec.component):
            continue
        for line in spec.runs:
            if found := pattern.search(line):
                return found.group(1)
    return None

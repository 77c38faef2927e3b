"""Jobs that test components: as the strategy's pipeline says, or as their runtime is tested."""

from __future__ import annotations

from collections.abc import Sequence

from outgrow.render.github_actions.names import source_folder
from outgrow.render.github_actions.steps import (
    TREE,
    Job,
    Step,
    checkout,
    job,
    literal,
    quoted,
    runs,
    uses,
)
from outgrow.render.system.build import APPLICATION_KINDS
from outgrow.render.system.defaults import safe_name
from outgrow.render.system.model import System
from outgrow.render.writers.yaml_text import Commented, Quoted, Yaml
from outgrow.strategy.components import Component
from outgrow.strategy.deploys import PipelineJob

_PYTHON = "3.12"
_NODE = "22"
_NODE_LOCKS = {
    "package-lock.json": "npm ci",
    "yarn.lock": "corepack enable && yarn install --frozen-lockfile",
    "pnpm-lock.yaml": "corepack enable && pnpm install --frozen-lockfile",
}


def test_jobs(system: System) -> dict[str, Yaml]:
    """Return the jobs that must pass before anything is deployed."""
    own = {name: spec for name, spec in system.strategy.deploy.jobs.items() if not spec.environment}
    if own:
        return {safe_name(name): _as_written(system, name, spec) for name, spec in own.items()}
    return {
        f"test-{safe_name(name)}": _by_runtime(name, spec) for name, spec in _tested(system).items()
    }


def lint_jobs(system: System, images: Sequence[str]) -> dict[str, Yaml]:
    """Return the job that lints the Dockerfile of every one of `images`."""
    components = system.strategy.components
    files = {dockerfile(name, components[name]): name for name in reversed(images)}
    if not files:
        return {}
    steps = [checkout()]
    for file, name in reversed(files.items()):
        given: dict[str, Yaml] = {"dockerfile": file, "failure-threshold": "warning"}
        steps.append(uses("hadolint/hadolint-action", f"Lint the Dockerfile of {name}", given))
    return {"lint-dockerfiles": job("Lint Dockerfiles", steps, minutes=5)}


def dockerfile(component: str, spec: Component) -> str:
    """Return the path of a component's Dockerfile: the team's own, or the rendered one."""
    if spec.build is not None and spec.build.dockerfile is not None:
        folder = spec.build.folder.strip("/").removeprefix("./").strip(".")
        return literal("/".join(filter(None, [folder, spec.build.dockerfile])))
    return f"{TREE}/dockerfile/{safe_name(component)}/Dockerfile"


def after(spec: PipelineJob) -> list[str]:
    """Return the names of the jobs that come before this one."""
    return [safe_name(name) for name in spec.after]


def commands(spec: PipelineJob) -> list[str]:
    """Return what the strategy's job runs, in one shell."""
    return [literal(line) for line in spec.runs]


def _tested(system: System) -> dict[str, Component]:
    return {
        name: spec
        for name, spec in system.strategy.components.items()
        if spec.kind in APPLICATION_KINDS and spec.build is not None and spec.build.runtime
    }


def _as_written(system: System, name: str, spec: PipelineJob) -> Job:
    component = system.strategy.components.get(spec.component or "")
    steps = [checkout()]
    if component is not None and component.build is not None:
        steps += _set_up(component)
    where = system.where("deploy", "jobs", name)
    step = runs("Run what the strategy says", commands(spec))
    steps.append({"name": step["name"], "run": Commented(step["run"], where)})
    needs = after(spec)
    more: dict[str, Yaml] = {"needs": needs} if needs else {}
    return job(name, steps, **more)  # type: ignore[arg-type]


def _by_runtime(name: str, spec: Component) -> Job:
    folder = source_folder(spec)
    steps = [checkout(), *_set_up(spec)]
    python = spec.build is not None and spec.build.runtime == "python"
    script = ["pytest"] if python else ["npm test"]
    steps.append({**runs("Test", script), **_within(folder)})
    return job(f"Test {name}", steps)


def _set_up(spec: Component) -> list[Step]:
    build = spec.build
    if build is None or build.runtime is None:
        return []
    folder = source_folder(spec)
    if build.runtime == "python":
        version = Quoted(literal(build.version or _PYTHON))
        return [
            uses("actions/setup-python", "Set up Python", {"python-version": version}),
            {**runs("Install", _install_python(build.installs_from)), **_within(folder)},
        ]
    version = Quoted(literal(build.version or _NODE))
    lock = build.installs_from or "package-lock.json"
    install = next((c for end, c in _NODE_LOCKS.items() if lock.endswith(end)), "npm install")
    return [
        uses("actions/setup-node", "Set up Node", {"node-version": version}),
        {**runs("Install", [install]), **_within(folder)},
    ]


def _install_python(installs_from: str | None) -> list[str]:
    file = installs_from or "requirements.txt"
    if file.endswith(".txt"):
        return [f"pip install --requirement {quoted(file)} pytest"]
    if file.endswith("uv.lock"):
        return ["pip install uv", "uv sync --frozen", 'echo "$PWD/.venv/bin" >> "$GITHUB_PATH"']
    if file.endswith("poetry.lock"):
        return [
            "pip install poetry",
            "poetry install",
            'echo "$(poetry env info --path)/bin" >> "$GITHUB_PATH"',
        ]
    return ["pip install . pytest"]


def _within(folder: str) -> Step:
    return {} if folder == "." else {"working-directory": literal(folder)}

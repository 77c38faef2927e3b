"""Writes everything that a local run of a phase needs into a folder of its own."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml
from pydantic import BaseModel

from outgrow.clients.docker import ComposeProject, Engine
from outgrow.clients.files import write_private, write_whole
from outgrow.clients.machine import processors
from outgrow.errors import InputError
from outgrow.operations.local_run.ownership import RUN_FOLDER, checked_name
from outgrow.operations.local_run.stages import Service
from outgrow.operations.local_run.values import (
    STAND_IN,
    collect_values,
    env_text,
    needed_values,
    parse_env,
)
from outgrow.operations.opened import Opened
from outgrow.render.compose.target import local_rendering
from outgrow.render.registry import target
from outgrow.render.system.build import build_system
from outgrow.render.system.model import Role, System
from outgrow.render.target import Loss

_PROJECT = "COMPOSE_PROJECT_NAME"
_PORT = re.compile(r"\$\{(?P<variable>\w+):-(?P<host>\d+)\}|(?P<plain>\d+)")


class _WrittenService(BaseModel):
    restart: str | None = None
    profiles: list[str] = []
    ports: list[str] = []


class _WrittenSecret(BaseModel):
    file: str


class _Written(BaseModel):
    """What is read back of the Compose file that was rendered."""

    services: dict[str, _WrittenService]
    secrets: dict[str, _WrittenSecret] = {}


@dataclass(frozen=True, slots=True)
class OpenedPort:
    """A port of this machine that a service opens; `variable` is what changes it."""

    service: str
    host: int
    variable: str


@dataclass(frozen=True, slots=True)
class Prepared:
    """A phase, ready to be started: its project, its services, and the ports it opens.

    `losses` is what a single machine cannot show of the phase.
    """

    system: System
    project: ComposeProject
    services: tuple[Service, ...]
    ports: tuple[OpenedPort, ...]
    losses: tuple[Loss, ...]


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the user asks for beside the phase: values, more Compose files, stand-ins, a name.

    `project` is the name of the Compose project; None is the one that it had before.
    """

    values: Mapping[str, str]
    files: tuple[Path, ...] = ()
    fill: str | None = None
    project: str | None = None


def chosen_system(opened: Opened, phase: str | None, environment: str | None) -> System:
    """Return what to run: `phase` whole, or `environment` (by default the one for a laptop)."""
    strategy = opened.strategy
    if environment is None and phase is None:
        environment = next((name for name in strategy.environments if _is_local(name)), None)
    name = opened.environment(environment)
    return build_system(
        strategy, opened.catalog, opened.phase(phase), name, opened.loaded.source.locate
    )


def prepare(opened: Opened, system: System, engine: Engine, wishes: Wishes) -> Prepared:
    """Write the files of a local run of `system` and return what to start.

    Raises InputError with every value that is missing, and when nothing of the phase can run
    in a container.
    """
    rendering = local_rendering(system, processors())
    if not rendering.covers:
        raise InputError(
            f"nothing of {system.phase} in {system.environment} runs in a container",
            "Say how its components are built or which image they run "
            "(`components/NAME/build`, `components/NAME/run/image`); `outgrow init` finds out.",
        )
    project = project_of_run(opened, system, engine, wishes.project, wishes.files)
    folder = project.folder
    texts = {file.path: file.text for file in rendering.files}
    values = _values(texts[".env.example"], opened, system, folder, wishes)
    _keep_out_of_git(_home(opened) / RUN_FOLDER)
    for path, text in texts.items():
        write_whole(folder / path, text)
    for file in target("dockerfile").render(system).files:
        write_whole(folder / "dockerfile" / file.path, file.text)
    write_private(folder / ".env", env_text({**values, _PROJECT: project.name}))
    document = _Written.model_validate(yaml.safe_load(texts["compose.yaml"]))
    _write_secrets(document, folder, values)
    return Prepared(
        system=system,
        project=project,
        services=_services(document, system),
        ports=_ports(document, values),
        losses=rendering.losses,
    )


def existing_project(
    opened: Opened, system: System, engine: Engine, name: str | None
) -> ComposeProject:
    """Return the project of `system` as it was last prepared, by its last name or `name`.

    Raises InputError when it never was.
    """
    project = project_of_run(opened, system, engine, name)
    if not (project.folder / "compose.yaml").is_file():
        raise InputError(
            f"{system.phase} in {system.environment} has never been started here",
            "Start it: outgrow up",
        )
    return project


def run_folder(opened: Opened, system: System) -> Path:
    """Return the folder of a local run, beside the strategy."""
    return _home(opened) / RUN_FOLDER / "run" / f"{system.phase}-{system.environment}"


def _keep_out_of_git(folder: Path) -> None:
    """Let git see nothing of what a run writes: it holds passwords, and only helps here."""
    path = folder / ".gitignore"
    if not path.exists():
        write_whole(path, "# Written by `outgrow up`, for this machine only.\n*\n")


def _is_local(environment: str) -> bool:
    return environment.lower().startswith(("dev", "local"))


def _home(opened: Opened) -> Path:
    return Path(opened.path).resolve().parent


def project_of_run(
    opened: Opened,
    system: System,
    engine: Engine,
    name: str | None,
    files: tuple[Path, ...] = (),
) -> ComposeProject:
    """Return the project of `system`, called `name`, or what it was called the last time.

    Raises InputError when Compose takes no such name.
    """
    folder = run_folder(opened, system)
    usual = f"{system.name}-{system.environment}-{system.phase}".lower().replace(".", "-")
    return ComposeProject(
        engine=engine,
        name=checked_name(name)
        if name is not None
        else _read_env(folder / ".env").get(_PROJECT) or usual,
        folder=folder,
        env_file=folder / ".env",
        files=(folder / "compose.yaml", *(file.resolve() for file in files)),
    )


def _values(
    example: str, opened: Opened, system: System, folder: Path, wishes: Wishes
) -> Mapping[str, str]:
    home = _home(opened)
    ours = {"PROJECT_FOLDER": str(home), "DOCKERFILE_FOLDER": str(folder / "dockerfile")}
    env_file = system.settings.env_file
    last = {key: value for key, value in _read_env(folder / ".env").items() if value != STAND_IN}
    sources = [last, os.environ, _read_env(home / (env_file or ".env"))]
    needed = [one for one in needed_values(example) if one.key != _PROJECT]
    found = collect_values(
        needed, {**wishes.values, **ours}, sources, lambda: secrets.token_hex(24), fill=wishes.fill
    )
    if found.missing:
        raise InputError(
            f"no value for {', '.join(found.missing)}",
            _where_values_come_from(found.missing, env_file or ".env"),
        )
    return found.found


def _where_values_come_from(missing: tuple[str, ...], env_file: str) -> str:
    return (
        f"Set them in the environment or in {env_file} beside the strategy, give them one by one "
        f"(--value {missing[0]}=...), or let a stand-in do where it is not needed (--fill)."
    )


def _read_env(path: Path) -> Mapping[str, str]:
    try:
        return parse_env(path.read_text(encoding="utf-8", errors="replace"))
    except OSError:
        return {}


def _write_secrets(document: _Written, folder: Path, values: Mapping[str, str]) -> None:
    """Write the files that Compose hands to containers as secrets: one value each.

    A container may read them as any user, so the folder around them is what is closed. The
    password of a store that nothing else here talks to is no variable: it is made up once.
    """
    for name, secret in document.secrets.items():
        path = folder / secret.file
        value = values.get(name.upper().replace("-", "_"))
        if value is None and path.is_file():
            continue
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_whole(path, value or secrets.token_hex(24), mode=0o644)


def _services(document: _Written, system: System) -> tuple[Service, ...]:
    found = []
    for name, written in document.services.items():
        if written.profiles:  # Compose starts it only where somebody asks for its profile
            continue
        once = written.restart == "no"
        part = None if once else system.part(name)
        answers = part is not None and part.role in (Role.APPLICATION, Role.STORE)
        found.append(Service(name, once, part.listens if part and answers else None))
    return tuple(found)


def _ports(document: _Written, values: Mapping[str, str]) -> tuple[OpenedPort, ...]:
    found = []
    for name, written in document.services.items():
        for port in written.ports:
            matched = list(_PORT.finditer(port.rsplit(":", 1)[0]))
            if matched:
                variable = matched[-1]["variable"] or ""
                host = values.get(variable) or matched[-1]["host"] or matched[-1]["plain"]
                found.append(OpenedPort(name, int(host), variable))
    return tuple(found)

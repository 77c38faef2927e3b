"""Dockerfiles and Compose files of every system, written as `outgrow render` would place them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import yaml
from tests.systems import all_systems

from outgrow.render.compose import target as compose
from outgrow.render.dockerfile import target as dockerfile
from outgrow.render.target import Rendering

ENV_VALUES = "password1"  # letters and digits, as .env.example asks


def dockerfile_renderings() -> Iterator[tuple[str, Rendering]]:
    """Return the Dockerfiles of every system that has any."""
    for name, system in all_systems():
        if dockerfile.TARGET.applies(system):
            yield name, dockerfile.TARGET.render(system)


def compose_renderings() -> Iterator[tuple[str, Rendering]]:
    """Return every Compose file: what is self-hosted, and each whole system run locally."""
    for name, system in all_systems():
        if compose.TARGET.applies(system):
            yield name, compose.TARGET.render(system)
        local = compose.local_rendering(system)
        if local.covers:
            yield f"{name}-local", local


def write(rendering: Rendering, folder: Path) -> Path:
    """Write the files of a rendering below `folder` and return it."""
    for file in rendering.files:
        path = folder / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(file.text, encoding="utf-8")
    return folder


def fill_in(folder: Path) -> None:
    """Make `.env` and the secrets of a Compose file, as its page tells a person to."""
    lines = (folder / ".env.example").read_text("utf-8").splitlines()
    filled = [f"{one}{ENV_VALUES}" if one.endswith("=") else one for one in lines]
    project = [f"PROJECT_FOLDER={folder}" if "PROJECT_FOLDER=" in one else one for one in filled]
    (folder / ".env").write_text("\n".join(project) + "\n", encoding="utf-8")
    for service in yaml.safe_load((folder / "compose.yaml").read_text("utf-8"))[
        "services"
    ].values():
        context = service.get("build", {}).get("context", ".")
        (folder / context.split("}/", 1)[-1].split("}", 1)[-1]).mkdir(parents=True, exist_ok=True)
    for name in (".env.selfhosted", ".env.cloudsdk"):  # the team's own files, of pocketable
        (folder / name).touch()

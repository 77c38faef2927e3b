"""The Dockerfile of a Python part: packages in a virtual environment, copied without tools."""

from __future__ import annotations

from outgrow.render.dockerfile.base_images import python_image
from outgrow.render.dockerfile.finish import finish, packages_of_debian, user
from outgrow.render.dockerfile.instructions import (
    comment,
    copy,
    environment,
    inside,
    run_shell,
    work_folder,
)
from outgrow.render.dockerfile.python_packages import install_steps
from outgrow.render.system.model import Part
from outgrow.strategy.containers import Build


def python_lines(part: Part, build: Build) -> list[str]:
    """Return the instructions of a Python part's image."""
    return [
        f"ARG PYTHON_IMAGE={python_image(build.version)}",
        "",
        *_build_stage(build),
        "",
        *_run_stage(part, build),
    ]


def _build_stage(build: Build) -> list[str]:
    folder = inside("app", build.root)
    lines = [
        "FROM ${PYTHON_IMAGE} AS build",
        *comment(
            "A package index of one's own is given on the command line and stays in this stage."
        ),
        "ARG PIP_INDEX_URL",
        "ARG PIP_EXTRA_INDEX_URL",
        "ENV PIP_DISABLE_PIP_VERSION_CHECK=1",
        work_folder(folder),
        "RUN python3 -m venv /opt/venv",
        'ENV VIRTUAL_ENV=/opt/venv PATH="/opt/venv/bin:$PATH"',
        *comment("Packages before source: a change of the source reuses this layer."),
    ]
    return lines + install_steps(_installs_from(build))


def _installs_from(build: Build) -> str:
    return inside(build.root, build.installs_from or "requirements.txt")


def _run_stage(part: Part, build: Build) -> list[str]:
    folder = inside("app", build.root)
    variables = {
        "PATH": "/opt/venv/bin:$PATH",
        "PYTHONDONTWRITEBYTECODE": "1",  # the root file system may be read-only
        "PYTHONUNBUFFERED": "1",
        "PYTHONFAULTHANDLER": "1",
    }
    path = variables.pop("PATH")
    lines = [
        "FROM ${PYTHON_IMAGE} AS run",
        f'ENV PATH="{path}"',
        *comment("Logs come at once, a crash shows its stack, and nothing is written beside code."),
        environment(variables),
        *packages_of_debian(build),
        *user(),
        "COPY --from=build /opt/venv /opt/venv",
        work_folder(folder),
        copy(["."], "/app/"),
    ]
    if build.build_command:
        lines.append(run_shell(build.build_command))
    return lines + finish(part)

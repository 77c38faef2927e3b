"""The Dockerfile of a Node part: Next.js as its standalone server, all else with its packages."""

from __future__ import annotations

from outgrow.render.dockerfile.base_images import node_image
from outgrow.render.dockerfile.finish import finish, packages_of_debian, public_keys, user
from outgrow.render.dockerfile.instructions import comment, copy, inside, run_shell, work_folder
from outgrow.render.dockerfile.node_packages import Packages, packages_of
from outgrow.render.system.model import Part
from outgrow.strategy.containers import Build


def node_lines(part: Part, build: Build) -> list[str]:
    """Return the instructions of a Node part's image."""
    packages = packages_of(inside(build.root, build.installs_from or "package-lock.json"))
    return [
        f"ARG NODE_IMAGE={node_image(build.version)}",
        "",
        *build_stage(part, build, packages),
        *_afterwards(build),
        "",
        *_run_stage(part, build),
    ]


def build_stage(part: Part, build: Build, packages: Packages) -> list[str]:
    """Return the stage that installs the packages and makes what is served."""
    folder = inside("app", build.root)
    command = build.build_command or _default_build(build, packages)
    lines = [
        "FROM ${NODE_IMAGE} AS build",
        work_folder(folder),
        *comment(packages.note or "Packages before source: a change of the source reuses these."),
        copy(packages.files, "./"),
        f"RUN {packages.install}",
        copy(["."], "/app/"),
    ]
    keys = public_keys(part)
    if command and keys:
        lines += comment(
            "These end up in what browsers download, so they are known when it is built and "
            "none of them is a secret."
        )
        lines += [f"ARG {key}" for key in keys]
    return [*lines, *_making(build, packages, command)]


def _making(build: Build, packages: Packages, command: str | None) -> list[str]:
    """Return what makes the files, and in the same layer drops what only that needed."""
    if runs_no_packages(build):
        return [run_shell(command)] if command else []
    why = comment("What only building and testing need stays behind.")
    if command is None:
        return [*why, f"RUN {packages.prune}"]
    return [*why, f"{run_shell(command)} \\", f"    && {packages.prune}"]


def runs_no_packages(build: Build) -> bool:
    """Return whether the last stage has none of the packages: static files, or Next's own."""
    static = build.runtime == "static" or build.framework in ("vite", "create-react-app")
    return static or build.framework == "next"


def _default_build(build: Build, packages: Packages) -> str | None:
    with_build = ("next", "nest", "vite", "create-react-app")
    return f"{packages.runs} build" if build.framework in with_build else None


def _afterwards(build: Build) -> list[str]:
    if build.framework != "next":
        return []
    return [
        *comment(
            'Needs `output: "standalone"` in next.config; without it the build ends here '
            "rather than in an image that cannot start."
        ),
        "RUN test -f .next/standalone/server.js && mkdir -p public",
    ]


def _run_stage(part: Part, build: Build) -> list[str]:
    folder = inside("app", build.root)
    lines = [
        "FROM ${NODE_IMAGE} AS run",
        "ENV NODE_ENV=production",
        *packages_of_debian(build),
        *user(),
    ]
    if build.framework == "next":
        lines += [
            f"ENV HOSTNAME=0.0.0.0 PORT={part.listens or 3000} NEXT_TELEMETRY_DISABLED=1",
            "WORKDIR /app",
            copy([f"/{folder}/.next/standalone"], "./", stage="build"),
            copy([f"/{folder}/.next/static"], "./.next/static", stage="build"),
            copy([f"/{folder}/public"], "./public", stage="build"),
        ]
    else:
        lines += [work_folder(folder), copy(["/app"], "/app", stage="build")]
    return lines + finish(part)

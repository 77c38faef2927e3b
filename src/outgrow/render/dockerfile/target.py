"""The target `dockerfile`: one folder for each part that is built, with all its image needs."""

from __future__ import annotations

from outgrow.render.dockerfile.base_images import runtime_of
from outgrow.render.dockerfile.ignore_file import ignore_text
from outgrow.render.dockerfile.instructions import comment, context_folder, shell_quoted
from outgrow.render.dockerfile.nginx_conf import frontend_nginx_conf
from outgrow.render.dockerfile.node_dockerfile import node_lines
from outgrow.render.dockerfile.python_dockerfile import python_lines
from outgrow.render.dockerfile.static_dockerfile import static_lines
from outgrow.render.rendered_file import RenderedFile
from outgrow.render.system.model import Part, Role, System
from outgrow.render.target import Loss, Rendering, Target
from outgrow.strategy.containers import Build


def built_parts(system: System) -> tuple[Part, ...]:
    """Return the parts whose Dockerfile is ours to write."""
    return tuple(
        part
        for part in system.parts_of(Role.APPLICATION)
        if part.build is not None and part.build.dockerfile is None and part.run.image is None
    )


def applies(system: System) -> bool:
    """Return whether anything of `system` is built by a Dockerfile of ours."""
    return bool(built_parts(system))


def render(system: System) -> Rendering:
    """Return the Dockerfile, the ignore file and the nginx.conf of every part that is built."""
    parts = built_parts(system)
    return Rendering(
        files=tuple(file for part in parts for file in _files(system, part)),
        losses=tuple(loss for part in parts for loss in _losses(part)),
        covers=frozenset(part.name for part in parts),
        commands=tuple(_build_command(system, part) for part in parts),
    )


def _files(system: System, part: Part) -> list[RenderedFile]:
    ignored = ignore_text(runtime_of(part))
    files = [
        RenderedFile(f"{part.name}/Dockerfile", dockerfile_text(system, part)),
        RenderedFile(f"{part.name}/Dockerfile.dockerignore", ignored),
        RenderedFile(f"{part.name}/.dockerignore", ignored),
    ]
    if runtime_of(part) == "static":
        conf = frontend_nginx_conf(part.name, part.listens or 8080)
        files.append(RenderedFile(f"{part.name}/nginx.conf", conf))
    return files


def dockerfile_text(system: System, part: Part) -> str:
    """Return the Dockerfile of one part."""
    build = part.build or Build()
    lines = {"python": python_lines, "node": node_lines, "static": static_lines}
    body = lines[runtime_of(part)](part, build)
    return "\n".join([*_header(system, part, build), "", *body]) + "\n"


def _header(system: System, part: Part, build: Build) -> list[str]:
    place = system.where(*part.path, "build")
    folder = context_folder(build.folder)
    return comment(
        f"The image of `{part.name}`, from {place}. Its build context is the folder"
        f" {folder!r} of the strategy; the base image can be another one (--build-arg)."
    )


def _build_command(system: System, part: Part) -> str:
    context = context_folder((part.build or Build()).folder)
    tag = f"{system.name}-{part.name}:local"
    return (
        f'docker build -f {part.name}/Dockerfile -t {tag} "$PROJECT_FOLDER"/{shell_quoted(context)}'
    )


def _losses(part: Part) -> list[Loss]:
    if part.build is None or part.build.target in (None, "build", "run"):
        return []
    return [
        Loss(
            "dockerfile-stage",
            (*part.path, "build", "target"),
            f"the stage {part.build.target!r} of {part.component}",
            "the rendered Dockerfile has the stages `build` and `run`",
            "name one of these, or keep a Dockerfile of your own (`build.dockerfile`)",
        )
    ]


TARGET = Target("dockerfile", "Dockerfiles", applies, render)

"""The Dockerfile of a static frontend: files made by Node, sent by nginx without root."""

from __future__ import annotations

from outgrow.render.dockerfile.base_images import NGINX_IMAGE, is_built, node_image
from outgrow.render.dockerfile.finish import finish
from outgrow.render.dockerfile.instructions import USER_ID, comment, copy, inside
from outgrow.render.dockerfile.nginx_conf import frontend_nginx_conf
from outgrow.render.dockerfile.node_dockerfile import build_stage
from outgrow.render.dockerfile.node_packages import packages_of
from outgrow.render.system.model import Part
from outgrow.strategy.containers import Build

_OUTPUTS = {"create-react-app": "build", "next": "out"}


def static_lines(part: Part, build: Build) -> list[str]:
    """Return the instructions of a static frontend's image."""
    if not is_built(part):
        return [f"ARG NGINX_IMAGE={NGINX_IMAGE}", "", *_serve(part, _files_as_they_lie(build))]
    packages = packages_of(inside(build.root, build.installs_from or "package-lock.json"))
    output = build.output or _OUTPUTS.get(build.framework, "dist")
    made = copy([f"/{inside('app', build.root, output)}"], "/usr/share/nginx/html", stage="build")
    return [
        f"ARG NODE_IMAGE={node_image(build.version)}",
        f"ARG NGINX_IMAGE={NGINX_IMAGE}",
        "",
        *build_stage(part, build, packages),
        "",
        *_serve(part, [made]),
    ]


def _files_as_they_lie(build: Build) -> list[str]:
    return [copy([inside(build.root, build.output or ".")], "/usr/share/nginx/html/")]


def _serve(part: Part, files: list[str]) -> list[str]:
    port = part.listens or 8080
    lines = ["FROM ${NGINX_IMAGE} AS run", "USER 0"]
    lines += comment(
        "What nginx.conf beside this file explains. That lies outside of the build context; "
        "with a copy of it in the source, this step becomes `COPY nginx.conf /etc/nginx/`."
    )
    lines.append("# hadolint ignore=SC2016")  # nginx's own variables, not the shell's
    lines += _written(frontend_nginx_conf(part.name, port), "/etc/nginx/nginx.conf")
    lines += files
    if port < 1024:
        lines += comment(
            f"Docker lets every user open port {port} inside a container; an engine that does "
            "not needs a port above 1023."
        )
    return [*lines, *finish(part, owner=str(USER_ID))]


def _written(text: str, path: str) -> list[str]:
    """Return the instruction that writes `text` to `path`, one line of it a line here."""
    lines = [line for line in text.splitlines() if line and not line.lstrip().startswith("#")]
    quoted = [f"    {_single_quoted(line)} \\" for line in lines]
    return ["RUN printf '%s\\n' \\", *quoted, f"    > {path}"]


def _single_quoted(line: str) -> str:
    return "'" + line.replace("'", "'\"'\"'") + "'"

"""The images that ours are built on: official ones, each with a version."""

from __future__ import annotations

import re

from outgrow.render.system.defaults import is_static
from outgrow.render.system.model import Part
from outgrow.strategy.containers import Runtime

PYTHON_VERSION = "3.12"
NODE_VERSION = "22"
NGINX_IMAGE = "nginxinc/nginx-unprivileged:1.28-alpine"
_NODE_FRAMEWORKS = frozenset({"next", "express", "nest"})
_VERSION = re.compile(r"\d+(\.\d+){0,2}")


def runtime_of(part: Part) -> Runtime:
    """Return the language a part runs in: as written, or as its framework says."""
    if part.build is not None and part.build.runtime is not None:
        return part.build.runtime
    if is_static(part.spec):
        return "static"
    return "node" if part.build and part.build.framework in _NODE_FRAMEWORKS else "python"


def python_image(version: str | None) -> str:
    """Return the image with that Python."""
    return f"python:{_version(version, PYTHON_VERSION)}-slim-bookworm"


def node_image(version: str | None) -> str:
    """Return the image with that Node."""
    return f"node:{_version(version, NODE_VERSION)}-bookworm-slim"


def base_images(part: Part) -> dict[str, str]:
    """Return the build arguments that name a part's base images, with what they are."""
    version = part.build.version if part.build else None
    runtime = runtime_of(part)
    if runtime == "python":
        return {"PYTHON_IMAGE": python_image(version)}
    if runtime == "node":
        return {"NODE_IMAGE": node_image(version)}
    built = {"NODE_IMAGE": node_image(version)} if is_built(part) else {}
    return built | {"NGINX_IMAGE": NGINX_IMAGE}


def is_built(part: Part) -> bool:
    """Return whether Node makes the files of a static frontend; else they are sent as they lie."""
    build = part.build
    return build is not None and (build.framework != "none" or build.build_command is not None)


def _version(written: str | None, default: str) -> str:
    found = _VERSION.search(written or "")
    return found.group() if found else default

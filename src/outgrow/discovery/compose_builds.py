"""Images and builds of a compose service."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from outgrow.discovery import compose_fields as form
from outgrow.discovery.compose_service import Reading
from outgrow.discovery.compose_variables import read_variables
from outgrow.discovery.secret_values import is_secret
from outgrow.discovery.tree import joined
from outgrow.strategy.containers import Build
from outgrow.strategy.yaml_nodes import Data


def take_image(reading: Reading) -> None:
    """Take over the image, or what it is built from."""
    image = read_variables(form.text_of(reading.data.get("image")), reading.file.values)
    build = reading.data.get("build")
    if build is not None:
        # The image is then only the name of what is built, and outgrow gives it one.
        reading.found.image = image.text or None
    elif image.text and not image.open:
        reading.found.image = image.text
        reading.run["image"] = image.text
    elif image.open:
        # Compose takes these from the environment, and what is rendered does so as well.
        written = form.text_of(reading.data.get("image"))
        kept = read_variables(written, reading.file.values, keep_open=True).text
        reading.found.image = reading.run["image"] = kept
    if build is not None:
        _take_build(reading, build if isinstance(build, dict) else {"context": form.text_of(build)})


def take_images_built_here(readings: Sequence[Reading]) -> None:
    """Give a service the build of another whose image it uses: no registry has that image."""
    built = {one.found.image: one.found for one in readings if one.found.build and one.found.image}
    for reading in readings:
        other = built.get(reading.found.image or "")
        if reading.found.build is None and other is not None:
            reading.found.build, reading.found.context = other.build, other.context
            reading.run.pop("image", None)


def _take_build(reading: Reading, build: Mapping[str, Data]) -> None:
    context = reading.filled(build.get("context", ".")) or "."
    folder = joined(reading.file.folder, context) if "://" not in context else None
    if folder is None:
        reading.lost("build", f"its context `{context}` lies outside of the repository")
        return
    dockerfile = reading.filled(build.get("dockerfile"))
    if folder == reading.file.folder and dockerfile.startswith(f"{folder}/"):
        # `deploy/Dockerfile` in deploy/compose.yaml: the file is run with `--project-directory .`
        folder = ""
    reading.found.context = folder
    values: dict[str, object] = {"folder": f"./{folder}" if folder else "."}
    if dockerfile and joined(folder, dockerfile) is not None:
        values["dockerfile"] = dockerfile
    else:
        values["dockerfile"] = "Dockerfile"
    if target := reading.filled(build.get("target")):
        values["target"] = target
    arguments = {}
    for key, value in form.pairs(build.get("args")):
        read = read_variables(form.text_of(value), reading.file.values)
        text = read.text
        if is_secret(key, text) or value is None or read.open:
            reading.lost("build", f"the argument {key} is not written down; give it at build time")
        elif re.fullmatch(r"[A-Za-z_][A-Za-z0-9_.-]{0,127}", key):
            arguments[key] = text
    if arguments:
        values["arguments"] = arguments
    known = {"context", "dockerfile", "target", "args"}
    for key in build:
        if key not in known:
            reading.lost("build", f"`build.{key}` has no place in a strategy")
    reading.found.build = Build.model_validate(values)

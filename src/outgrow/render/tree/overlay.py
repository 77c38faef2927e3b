"""Overlays: what a team changes of rendered files without editing them.

An overlay of a target is a folder of files. `x.yaml` or `x.json` is merged into the rendered
file of that name, `x.patch` is applied to the rendered file `x`, and any other file is added.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from outgrow.render.tree.merge_patch import patch_json, patch_yaml
from outgrow.render.tree.unified_patch import PatchProblem, apply_patch

_PATCH = ".patch"
_MERGED = {".yaml": patch_yaml, ".yml": patch_yaml, ".json": patch_json}


@dataclass(frozen=True, slots=True)
class OverlayProblem:
    """A file of an overlay that changes nothing, and why."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Overlaid:
    """The files of a target with its overlay; `patched` and `added` name what it changed."""

    files: Mapping[str, str]
    patched: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    problems: tuple[OverlayProblem, ...] = ()


def apply_overlay(files: Mapping[str, str], overlay: Mapping[str, bytes]) -> Overlaid:
    """Return `files` with `overlay` in them, and every reason why a part of it is not."""
    result = dict(files)
    patched: dict[str, None] = {}
    added: list[str] = []
    problems: list[OverlayProblem] = []
    for path, content in sorted(overlay.items()):
        try:
            name, text = _overlaid(path, content, result, files)
        except PatchProblem as error:
            problems.append(OverlayProblem(path, str(error)))
            continue
        result[name] = text
        if name in files:
            patched[name] = None
        else:
            added.append(name)
    return Overlaid(result, tuple(patched), tuple(added), tuple(problems))


def _overlaid(
    path: str, content: bytes, result: Mapping[str, str], files: Mapping[str, str]
) -> tuple[str, str]:
    """Return the name of the file that `path` changes or adds, and its new text."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise PatchProblem("it is not UTF-8 text") from None
    if path.endswith(_PATCH):
        name = path.removesuffix(_PATCH)
        if name not in files:
            raise PatchProblem(f"{name} is not rendered, so that there is nothing to patch")
        return name, apply_patch(result[name], text.replace("\r\n", "\n"))
    if path not in files:
        return path, text
    merge = _MERGED.get(PurePosixPath(path).suffix)
    if merge is None:
        raise PatchProblem(f"{path} is rendered already: patch it with {path}{_PATCH}")
    return path, merge(result[path], text)

"""Folders as artifacts: named after the hash of their content, and kept as they were.

A folder of the team's changes with the next commit, and a version must not. So what is
deployed is a copy, in a folder of its own on each machine, whose name says what is in it.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from outgrow.errors import InputError

_LEFT_OUT = frozenset({".git", ".outgrow", "__pycache__", ".pytest_cache", ".mypy_cache"})
_ARTIFACT = re.compile(r"(?P<name>[^@]*)@sha256:(?P<digest>[0-9a-f]{64})")
_SHORT = 16


@dataclass(frozen=True, slots=True)
class Release:
    """What an artifact of a folder says: its name and the hash of its content."""

    name: str
    digest: str

    @property
    def folder(self) -> str:
        """Return the name of the folder that holds the copy."""
        return self.digest[:_SHORT]

    def __str__(self) -> str:
        return f"{self.name}@sha256:{self.digest}"


def release_of(artifact: str) -> Release | None:
    """Return what an artifact names, None where it is not that of a folder."""
    found = _ARTIFACT.fullmatch(artifact)
    return Release(found["name"], found["digest"]) if found else None


def release_from(folder: Path) -> Release:
    """Return the release that a folder holds now; raise InputError where there is no folder."""
    if not folder.is_dir():
        raise InputError(f"{folder}: there is no such folder", "Name the folder to deploy.")
    whole = hashlib.sha256()
    for path in _files(folder):
        relative = path.relative_to(folder).as_posix()
        if path.is_symlink():
            whole.update(f"l {relative}\0{os.readlink(path)}\0".encode())  # noqa: PTH115
            continue
        rights = "x" if os.access(path, os.X_OK) else "-"
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        whole.update(f"{rights} {relative}\0{content}\0".encode())
    return Release(folder.resolve().name, whole.hexdigest())


def packed(folder: Path) -> bytes:
    """Return the content of a folder as a tar file."""
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w:gz", compresslevel=1) as archive:
        for path in _files(folder):
            archive.add(path, path.relative_to(folder).as_posix(), recursive=False)
    return whole.getvalue()


def _files(folder: Path) -> Iterator[Path]:
    """Yield files and links in order; what belongs to tools is left out."""
    for root, folders, files in os.walk(folder):
        folders[:] = sorted(one for one in folders if one not in _LEFT_OUT)
        here = Path(root)
        links = [one for one in folders if (here / one).is_symlink()]
        yield from (here / name for name in sorted([*files, *links]))

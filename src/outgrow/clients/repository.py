"""Reads the files of a repository that is not trusted: bounded, and never outside of it.

Only regular files are opened, so that a pipe or a device cannot make us wait; no symbolic
link is followed; folders of other people's code and of build output are left out.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from outgrow.errors import InputError

MOST_FILES = 20_000
MOST_ENTRIES = 200_000
MOST_BYTES = 64 * 1024 * 1024
MOST_FOLDERS_DEEP = 24
_LEFT_OUT = frozenset(
    [
        "node_modules",
        "bower_components",
        ".git",
        ".hg",
        ".svn",
        "venv",
        ".venv",
        "env",
        ".env.d",
        "virtualenv",
        "site-packages",
        "__pycache__",
        ".tox",
        ".nox",
        ".mypy_cache",
        ".pytest_cache",
        ".ruff_cache",
        "vendor",
        "dist",
        "build",
        "out",
        "target",
        ".next",
        ".nuxt",
        ".output",
        ".svelte-kit",
        ".turbo",
        ".cache",
        ".gradle",
        ".idea",
        ".vscode",
        "coverage",
        "htmlcov",
        ".terraform",
        ".serverless",
        ".yarn",
        ".pnpm-store",
        "Pods",
        "DerivedData",
        "staticfiles",
        ".eggs",
        "egg-info",
        "_build",
        ".parcel-cache",
        ".angular",
        ".dart_tool",
        ".expo",
    ]
)
# A `build` or `env` folder may hold the Dockerfiles of a team; these show what it is.
_MAY_BE_SOURCE = frozenset({"build", "env", "out", "target", "vendor", "dist"})
_TELLING = ("Dockerfile", "docker-compose", "compose.y")
_UNREAD_ENDS = (
    ".png", ".jpg", ".jpeg", ".gif", ".webp", ".ico", ".svg", ".pdf", ".zip", ".gz", ".tar", ".mp4",
    ".mp3", ".woff", ".woff2", ".ttf", ".eot", ".pyc", ".so", ".dll", ".exe", ".jar", ".class",
    ".bin", ".onnx", ".pt", ".pkl", ".parquet", ".sqlite", ".sqlite3", ".db", ".map", ".min.js",
    ".csv", ".ipynb", ".lockb", ".snap", ".wasm",
)  # fmt: skip


@dataclass(slots=True)
class Repository:
    """A walked folder: what discovery calls a tree. `problems` say what could not be read."""

    root: Path
    name: str
    sizes: dict[str, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    read_bytes: int = 0

    @property
    def files(self) -> Mapping[str, int]:
        """Return the size in bytes of every file that may be read."""
        return self.sizes

    def read(self, path: str, limit: int) -> bytes | None:
        """Return the first `limit` bytes of a regular file, or None where it cannot be read."""
        limit = min(limit, MOST_BYTES - self.read_bytes)
        if path not in self.sizes or limit <= 0:
            return None
        try:
            data = _read_regular(self.root / path, limit)
        except OSError as error:
            self.problems.append(f"{path}: {error.strerror or 'cannot be read'}")
            return None
        self.read_bytes += len(data)
        return data


def walk_repository(folder: str) -> Repository:
    """Return the files of `folder` that may say something about the system in it.

    Raises InputError where there is no such folder.
    """
    root = Path(folder)
    if not root.is_dir():
        reason = "this is not a folder" if root.exists() else "there is no such folder"
        raise InputError(f"{folder}: {reason}", "Name the folder of a repository.")
    found = Repository(root, root.resolve().name or "system")
    _walk(found)
    return found


def _walk(found: Repository) -> None:
    """Take in folder by folder, the shallow ones first: the limits then cut the deep ones."""
    waiting, entries = [("", 0)], 0
    for folder, depth in waiting:  # grows as it goes
        for entry in _entries(found, folder):
            entries += 1
            if len(found.sizes) >= MOST_FILES or entries > MOST_ENTRIES:
                found.problems.append(
                    f"only the first {len(found.sizes):,} files were looked at, in {folder or '.'}"
                )
                return
            path = f"{folder}/{entry.name}" if folder else entry.name
            if _is_folder(entry):
                if depth < MOST_FOLDERS_DEEP and not _is_left_out(entry):
                    waiting.append((path, depth + 1))
            elif _is_wanted(entry):
                found.sizes[path] = _size(entry)


def _entries(found: Repository, folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(found.root / folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        found.problems.append(f"{folder or '.'}: {error.strerror or 'cannot be read'}")
        return []


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:
        return False


def _is_left_out(entry: os.DirEntry[str]) -> bool:
    if entry.name not in _LEFT_OUT and not entry.name.endswith(".egg-info"):
        return False
    if entry.name not in _MAY_BE_SOURCE:
        return True
    try:
        with os.scandir(entry.path) as entries:
            return not any(_TELLING[0] in one.name or one.name.startswith(_TELLING[1:])
                           for one, _ in zip(entries, range(500), strict=False))  # fmt: skip
    except OSError:
        return True


def _is_wanted(entry: os.DirEntry[str]) -> bool:
    if entry.name.lower().endswith(_UNREAD_ENDS) or not entry.name.isprintable():
        return False
    try:
        entry.name.encode("utf-8")
        return entry.is_file(follow_symlinks=False)
    except (OSError, UnicodeEncodeError):
        return False


def _size(entry: os.DirEntry[str]) -> int:
    try:
        return entry.stat(follow_symlinks=False).st_size
    except OSError:
        return 0


def _read_regular(path: Path, limit: int) -> bytes:
    """Return the beginning of a file; the checks are made on what was opened."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    descriptor = os.open(path, flags | getattr(os, "O_BINARY", 0))
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(22, "not a regular file")
        return file.read(limit)

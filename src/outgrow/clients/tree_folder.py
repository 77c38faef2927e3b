"""A folder that outgrow renders into: reading it, writing it file by file, and one at a time."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from outgrow.clients.files import usual_mode, write_bytes_whole
from outgrow.errors import InputError, OutsideError

_WORKPLACE = ".outgrow/tmp"


class TreeFolder:
    """The files below `root`, by their paths relative to it."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def read(self, path: str) -> bytes | None:
        """Return the content of one file, or None when there is none."""
        return self.read_all([path])[0].get(path)

    def read_all(self, paths: Iterable[str]) -> tuple[dict[str, bytes], frozenset[str]]:
        """Return what the files at `paths` hold, and those of `paths` that are no plain files.

        Raises InputError where a file stands in the place of a folder.
        """
        files: dict[str, bytes] = {}
        blocked: set[str] = set()
        for path in paths:
            full = self.root / path
            self._check_folders(full.parent)
            if full.is_symlink() or full.is_dir():
                blocked.add(path)
            elif full.exists():
                files[path] = _content(full)
        return files, frozenset(blocked)

    def list_files(self, folder: str) -> Mapping[str, bytes]:
        """Return the files right in `folder` by their names; none when it is not there."""
        full = self.root / folder
        if not full.is_dir():
            return {}
        return {one.name: _content(one) for one in sorted(full.iterdir()) if one.is_file()}

    def _check_folders(self, folder: Path) -> None:
        while not folder.exists():
            if folder.is_symlink():
                raise InputError(f"{folder}: this link leads nowhere", "Remove it.")
            folder = folder.parent
        if not folder.is_dir():
            raise InputError(
                f"{folder}: this is a file, and a folder is needed there",
                "Choose another folder with --out, or move the file.",
            )

    def write(self, path: str, content: bytes, *, executable: bool) -> None:
        """Write the file so that no reader sees half of it; one that is there keeps its rights."""
        full = self.root / path
        mode = usual_mode(executable=True) if executable and not full.exists() else None
        write_bytes_whole(full, content, mode, self.root / _WORKPLACE)

    def remove(self, path: str) -> None:
        """Remove the file, and the folders that are empty then; nothing when it is gone."""
        full = self.root / path
        try:
            full.unlink(missing_ok=True)
        except OSError as error:
            raise OutsideError(
                f"{full}: cannot be removed: {error.strerror}", "Check who may write there."
            ) from None
        _remove_empty(full.parent, self.root)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep every other run out until the end; raise InputError when one is in already.

        The lock ends with the process, however that ends, and leaves no file behind.
        """
        self._check_folders(self.root)
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self.root, os.O_RDONLY)
        except OSError as error:
            raise OutsideError(
                f"{self.root}: cannot be written: {error.strerror}",
                "Choose another folder with --out.",
            ) from None
        try:
            _lock(descriptor, self.root)
            self._clear_workplace()
            yield
        finally:
            self._clear_workplace()
            os.close(descriptor)

    def _clear_workplace(self) -> None:
        """Remove what a run that was killed did not finish."""
        folder = self.root / _WORKPLACE
        if not folder.is_dir() or not os.access(folder, os.W_OK):
            return
        for one in folder.iterdir():
            one.unlink(missing_ok=True)
        _remove_empty(folder, self.root)


def read_below(folder: Path) -> Mapping[str, bytes]:
    """Return every plain file below `folder` by its relative path, in order; links are left out."""
    if not folder.is_dir():
        return {}
    return {
        one.relative_to(folder).as_posix(): _content(one)
        for one in sorted(folder.rglob("*"))
        if one.is_file() and not one.is_symlink()
    }


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}", "Check its rights.") from None


def _remove_empty(folder: Path, root: Path) -> None:
    while folder != root and folder.is_relative_to(root):
        try:
            folder.rmdir()
        except OSError:  # it still holds something, or never was
            return
        folder = folder.parent


def _lock(descriptor: int, root: Path) -> None:
    import fcntl

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise InputError(
            f"{root}: another `outgrow render` is writing there",
            "Wait until it is done, then run again.",
        ) from None

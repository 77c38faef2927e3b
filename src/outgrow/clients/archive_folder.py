"""An archive in a folder: each file is written aside, forced to the disk, and renamed."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from outgrow.errors import OutsideError

_BLOCK_BYTES = 1 << 20


class FolderArchive:
    """The archive in `folder`, which is made when the first file comes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def place(self) -> str:
        """Return where it is."""
        return str(self._folder)

    def put(self, name: str, blocks: Iterable[bytes]) -> None:
        """Keep `blocks` under `name`, whole or not at all.

        Raises OutsideError when the disk is full or refuses; nothing of it stays then.
        """
        path = self._folder / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, aside = tempfile.mkstemp(dir=path.parent, prefix=".og-", suffix=".part")
        except OSError as error:
            raise self._refused(name, error) from None
        try:
            with os.fdopen(handle, "wb") as file:
                for block in blocks:
                    file.write(block)
                file.flush()
                os.fsync(file.fileno())
            Path(aside).replace(path)
            _keep_name(path.parent)
        except OSError as error:
            Path(aside).unlink(missing_ok=True)
            raise self._refused(name, error) from None
        except BaseException:
            Path(aside).unlink(missing_ok=True)
            raise

    def get(self, name: str) -> Iterator[bytes]:
        """Yield what is kept under `name`; raise OutsideError when it cannot be read."""
        try:
            with (self._folder / name).open("rb") as file:
                while block := file.read(_BLOCK_BYTES):
                    yield block
        except OSError as error:
            raise OutsideError(
                f"{self._folder / name} cannot be read: {error.strerror}",
                "Check the folder, or restore the file from a copy of the archive.",
            ) from None

    def names(self, prefix: str) -> list[str]:
        """Return the names that begin with `prefix`, in order."""
        found = (path for path in self._folder.rglob("*") if path.is_file())
        names = (path.relative_to(self._folder).as_posix() for path in found)
        return sorted(one for one in names if one.startswith(prefix) and not one.endswith(".part"))

    def _refused(self, name: str, error: OSError) -> OutsideError:
        return OutsideError(
            f"{self._folder / name} cannot be written: {error.strerror}",
            "Make room, or name another place with `archive_to`. Nothing was dropped.",
        )


def _keep_name(folder: Path) -> None:
    """Force the folder to the disk too: a rename that a power cut undoes is no archive."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

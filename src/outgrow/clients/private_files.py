"""Files that hold secrets: for their owner alone, never through a link, replaced in one moment."""

from __future__ import annotations

import fcntl
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from outgrow.errors import InputError, OutsideError

_ASIDE = ".outgrow-new"  # one name, so that what a killed run left is found and removed
_KEY_BYTES = 32


class PrivateFile:
    """A file that is read as it is and replaced whole."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def _aside(self) -> Path:
        return self.path.with_name(self.path.name + _ASIDE)

    def read(self) -> str | None:
        """Return its text, None when there is none.

        Raises InputError for a link, for what is no file, and for what is not UTF-8.
        """
        try:
            descriptor = os.open(self.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._unusable(error) from None
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise InputError(f"{self.path} is no file", "Name a file with --file.")
        with os.fdopen(descriptor, "rb") as file:
            content = file.read()
        try:
            return content.decode("utf-8")
        except UnicodeDecodeError as error:
            raise InputError(
                f"{self.path} is not UTF-8 (byte {error.start})", "Save it as UTF-8."
            ) from None

    def replace(self, text: str) -> None:
        """Let it be `text` with the rights 0600: old or new whatever happens, and on the disk.

        A link in its place is refused. Raises OutsideError when the disk refuses.
        """
        if self.path.is_symlink():
            raise self._link()
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._write_aside(text)
            self._aside.replace(self.path)
            _sync_folder(self.path.parent)
        except OSError as error:
            raise OutsideError(
                f"{self.path} cannot be written: {error.strerror}",
                "Free some space or check its folder; the old file is untouched.",
            ) from None
        finally:
            self.forget_aside()

    def forget_aside(self) -> None:
        """Remove what a killed run may have left beside it."""
        self._aside.unlink(missing_ok=True)

    def _write_aside(self, text: str) -> None:
        self.forget_aside()
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        with os.fdopen(os.open(self._aside, flags, 0o600), "wb") as file:
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())

    def _unusable(self, error: OSError) -> InputError:
        if self.path.is_symlink():
            return self._link()
        return InputError(f"{self.path} cannot be read: {error.strerror}", "Check the path.")

    def _link(self) -> InputError:
        return InputError(
            f"{self.path} is a symbolic link, and would be replaced by a file",
            "Name the file that it leads to, or remove the link.",
        )


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Let one process at a time into the block; a dead one leaves no lock behind."""
    path.parent.mkdir(parents=True, exist_ok=True)
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(path, flags, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def random_key(path: Path) -> bytes:
    """Return the key in `path`; make it when there is none. It is for its owner alone.

    Raises InputError for one that others can read, or that is no key.
    """
    if not path.exists():
        _make_key(path)
    content = path.read_bytes()
    if path.is_symlink() or path.stat().st_mode & 0o077:
        raise InputError(f"{path} can be read by others", f"Take that away: chmod 600 {path}")
    if len(content) != _KEY_BYTES:
        raise InputError(
            f"{path} is no key of outgrow", "Put it back; without it the record means nothing."
        )
    return content


def _make_key(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    aside = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        with os.fdopen(os.open(aside, flags, 0o600), "wb") as file:
            file.write(secrets.token_bytes(_KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        try:
            path.hardlink_to(aside)  # unlike a rename it never replaces the key of another run
        except FileExistsError:
            return
        _sync_folder(path.parent)
    finally:
        aside.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

"""Reads and writes files; what is written appears whole or not at all."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

from outgrow.errors import InputError, OutsideError

STRATEGY_FILE = "outgrow.yaml"
_DEVICES = Path("/dev")


def read_bytes(path: str) -> bytes:
    """Return the content of `path`; OSError is the caller's to explain."""
    return Path(path).read_bytes()


def read_text(path: str, what: str) -> str:
    """Return the text of `path`, named `what` in the error when it cannot be read."""
    try:
        return Path(path).read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            f"{path}: the {what} is not UTF-8 (byte {error.start})", "Save it as UTF-8."
        ) from None
    except OSError as error:
        raise InputError(
            f"{path}: the {what} cannot be read: {error.strerror}", "Check the path."
        ) from None


def state_of(path: Path, what: str) -> str:
    """Return a text that changes when a file in the folder `path` does; `path` may be a file.

    Nothing is read of the files. Raises InputError when there is none; `what` names them then.
    """
    try:
        found = sorted(path.iterdir()) if path.is_dir() else [path]
        told = [(one.name, one.stat()) for one in found if one.is_file()]
    except OSError as error:
        raise InputError(
            f"{path}: the {what} cannot be looked at: {error.strerror}", "Check the path."
        ) from None
    if not told:
        raise InputError(f"{path}: the {what} are not there", "Put them there, as PEM files.")
    text = "".join(f"{name} {one.st_size} {one.st_mtime_ns}\n" for name, one in told)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def find_strategy(given: str | None, start: Path | None = None) -> str:
    """Return the strategy file: the one given, the one in a given folder, or the nearest upward.

    Raises InputError when there is none.
    """
    if given is not None:
        return _given_strategy(Path(given))
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        candidate = folder / STRATEGY_FILE
        if candidate.is_file():
            return _short(candidate)
    raise InputError(
        f"no {STRATEGY_FILE} here or in any folder above",
        f"Name one (`outgrow status path/to/{STRATEGY_FILE}`), or draft one from a "
        "repository: outgrow init",
    )


def _given_strategy(path: Path) -> str:
    if path.is_dir():
        path = path / STRATEGY_FILE
    if not path.is_file():
        reason = "there is no such file" if not path.exists() else "this is not a file"
        raise InputError(f"{path}: {reason}", "Check the path, or run inside the project.")
    return str(path)


def _short(path: Path) -> str:
    relative = os.path.relpath(path)
    return relative if len(relative) < len(str(path)) else str(path)


def write_private(path: Path, text: str) -> None:
    """Write `text` to `path` as `write_whole` does, for nobody but the user to read."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_whole(path, text, mode=0o600)


def write_whole(path: Path, text: str, mode: int | None = None) -> None:
    """Write `text` to `path` aside, then rename: a reader never sees half of it.

    Without a `mode` the file keeps the one it has, or gets the usual one. Raises OutsideError
    when the disk refuses; the old file is then still there.
    """
    write_bytes_whole(path, text.encode(), mode)


def write_bytes_whole(
    path: Path, content: bytes, mode: int | None = None, workplace: Path | None = None
) -> None:
    """Write `content` as `write_whole` does; `workplace` holds the file until it is whole.

    That folder lies in the same file system; None is the folder of `path`. Raises InputError
    for a device or a pipe: a rename would put a file in its place, for the whole machine.
    """
    if _is_of_the_machine(path):
        raise InputError(f"{path}: this is a device or a pipe, not a file", "Name a file.")
    aside = ""
    folder = workplace or path.parent
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(parents=True, exist_ok=True)
        descriptor, aside = tempfile.mkstemp(dir=folder, prefix=f".{path.name}.")
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(aside).chmod(_mode_of(path) if mode is None else mode)
        Path(aside).replace(path)
    except OSError as error:
        raise OutsideError(
            f"{path}: cannot be written: {error.strerror}",
            "Free some space or choose another folder; the old file is untouched.",
        ) from None
    finally:
        if aside:
            Path(aside).unlink(missing_ok=True)


def _is_of_the_machine(path: Path) -> bool:
    # /dev/stdout is a link, and may lead to a usual file.
    special = path.exists() and not (path.is_file() or path.is_dir())
    return special or path.parent.resolve() == _DEVICES


def usual_mode(*, executable: bool = False) -> int:
    """Return the rights that a new file gets from the user's settings."""
    mask = os.umask(0)
    os.umask(mask)
    return (0o777 if executable else 0o666) & ~mask


def _mode_of(path: Path) -> int:
    if path.exists():
        return path.stat().st_mode & 0o777
    return usual_mode()

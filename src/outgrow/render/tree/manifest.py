"""What outgrow rendered into a folder: the manifest that lies in it.

The manifest is how a file that a person edited is told from one that nobody touched. It is
read from disk, where anybody can write, so that nothing in it is believed unchecked.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import PurePosixPath

from outgrow.errors import InputError

FORMAT_VERSION = 1
MANIFEST = ".outgrow-manifest.json"
STATE = ".outgrow"
PENDING = f"{STATE}/pending.json"
BASES = f"{STATE}/base"
KEPT = f"{STATE}/kept"
SUFFIX = ".outgrow-new"
_REMEDY = (
    "Restore it from version control, or delete it: files that are as rendered are then taken "
    "over, and every other one stays as it is."
)


@dataclass(frozen=True, slots=True)
class FileRecord:
    """What is known of one file.

    `sha256` is that of the rendering it was made from or last reconciled with; "" for a
    person's own file that stands where one of ours would. `offered` is the hash of the
    rendering that lies beside it as `.outgrow-new`, `beside` that of what lies there (with
    markers, it is another). `merged` is the hash of what a merge left in the file.
    """

    target: str
    sha256: str
    offered: str = ""
    beside: str = ""
    merged: str = ""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a folder was rendered from, and every file of it."""

    strategy: str
    phase: str
    environment: str
    version: str
    targets: tuple[str, ...] = ()
    files: Mapping[str, FileRecord] = field(default_factory=dict)


def hash_of(content: bytes) -> str:
    """Return the SHA-256 of `content` as hexadecimal digits."""
    return sha256(content).hexdigest()


def manifest_text(manifest: Manifest) -> str:
    """Return the manifest as it is written: one file a line, in order, so that diffs are short."""
    head = {
        "outgrow_manifest": FORMAT_VERSION,
        "strategy": manifest.strategy,
        "phase": manifest.phase,
        "environment": manifest.environment,
        "outgrow": manifest.version,
        "targets": list(manifest.targets),
    }
    lines = [f"  {json.dumps(key)}: {json.dumps(value)}," for key, value in head.items()]
    files = [
        f"    {json.dumps(path)}: {json.dumps(_written(record))}"
        for path, record in sorted(manifest.files.items())
    ]
    body = ",\n".join(files)
    return "\n".join(["{", *lines, '  "files": {', *([body] if body else []), "  }", "}", ""])


def _written(record: FileRecord) -> dict[str, str]:
    names = ("target", "sha256", "offered", "beside", "merged")
    return {name: getattr(record, name) for name in names if getattr(record, name)}


def parse_manifest(text: str, path: str) -> Manifest:
    """Return the manifest in `text`; raise InputError, naming `path`, for anything else."""
    try:
        read = json.loads(text)
    except (ValueError, RecursionError):
        raise InputError(f"{path}: the manifest is not JSON", _REMEDY) from None
    if not isinstance(read, dict) or not isinstance(read.get("files"), dict):
        raise InputError(f"{path}: this is not a manifest of outgrow", _REMEDY)
    if read.get("outgrow_manifest") != FORMAT_VERSION:
        version = read.get("outgrow_manifest")
        raise InputError(
            f"{path}: the manifest has format {version!r}, this outgrow reads {FORMAT_VERSION}",
            "Install the version of outgrow that wrote it (or a newer one).",
        )
    words = {name: read.get(name) for name in ("strategy", "phase", "environment", "outgrow")}
    targets = read.get("targets")
    if not all(isinstance(word, str) for word in words.values()) or not _is_words(targets):
        raise InputError(f"{path}: the manifest does not say what it is of", _REMEDY)
    files = {name: _record(name, one, path) for name, one in read["files"].items()}
    return Manifest(
        str(words["strategy"]),
        str(words["phase"]),
        str(words["environment"]),
        str(words["outgrow"]),
        tuple(targets or ()),
        files,
    )


def _is_words(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _record(name: str, written: object, path: str) -> FileRecord:
    if not is_inside(name):
        # A manifest that names ../../etc would have us remove what is not ours.
        raise InputError(f"{path}: {name!r} is not the path of a file in this folder", _REMEDY)
    if not isinstance(written, dict):
        raise InputError(f"{path}: nothing is said about {name!r}", _REMEDY)
    texts = {key: value for key, value in written.items() if isinstance(value, str)}
    return FileRecord(
        texts.get("target", ""),
        texts.get("sha256", ""),
        texts.get("offered", ""),
        texts.get("beside", ""),
        texts.get("merged", ""),
    )


def is_inside(path: str) -> bool:
    """Return whether `path` names a file below the folder, spelt the one way it can be."""
    pure = PurePosixPath(path)
    plain = path and "\\" not in path and "\0" not in path and str(pure) == path
    return bool(plain) and not pure.is_absolute() and ".." not in pure.parts and path != "."

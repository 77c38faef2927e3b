"""The archive that runs on machines: `clients/on_host` with what it needs, in one file."""

from __future__ import annotations

import hashlib
import io
import zipfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_HERE = Path(__file__).parent
_PACKAGES = ("outgrow", "outgrow/clients")
_MAIN = "from outgrow.clients.on_host.verbs import main\n\nmain()\n"
_SOME_DAY = (2020, 1, 1, 0, 0, 0)  # the same content makes the same archive, byte for byte


@dataclass(frozen=True, slots=True)
class HostArchive:
    """The bytes, and a file name that changes with them."""

    name: str
    content: bytes


@cache
def host_archive() -> HostArchive:
    """Return the archive, which `python3 FILE VERB` runs."""
    texts = {f"{package}/__init__.py": "" for package in _PACKAGES}
    texts["__main__.py"] = _MAIN
    for path in (_HERE / "listeners.py", *sorted((_HERE / "on_host").glob("*.py"))):
        texts[f"outgrow/clients/{path.relative_to(_HERE).as_posix()}"] = path.read_text("utf-8")
    content = _zipped(texts)
    return HostArchive(f"host-{hashlib.sha256(content).hexdigest()[:12]}.pyz", content)


def _zipped(texts: dict[str, str]) -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in sorted(texts.items()):
            archive.writestr(zipfile.ZipInfo(name, _SOME_DAY), text)
    return whole.getvalue()

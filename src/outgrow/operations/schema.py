"""`outgrow schema`: the packaged JSON Schema of the strategy file, written to a file."""

from __future__ import annotations

from pathlib import Path

from outgrow.clients.files import write_whole
from outgrow.strategy.schema import packaged_schema


def write_schema(path: str) -> None:
    """Write the JSON Schema, as it is published with this version, to `path`."""
    write_whole(Path(path), packaged_schema())

"""`outgrow schema`: the packaged JSON Schema of the strategy file."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from outgrow.clients.files import write_whole


def schema_text() -> str:
    """Return the JSON Schema, as it is published with this version."""
    return files("outgrow.strategy").joinpath("outgrow.schema.json").read_text(encoding="utf-8")


def write_schema(path: str) -> None:
    """Write the JSON Schema to `path`."""
    write_whole(Path(path), schema_text())

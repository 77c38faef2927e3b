"""Writes the packaged JSON Schema and the key tables of the language page."""

from __future__ import annotations

import sys
from pathlib import Path

from outgrow.strategy.schema import SCHEMA_FILE, schema_text
from outgrow.strategy.schema_tables import with_key_tables

ROOT = Path(__file__).resolve().parent.parent
SCHEMA = ROOT / "src" / "outgrow" / "strategy" / SCHEMA_FILE
PAGE = ROOT / "docs" / "strategy-language.md"


def update() -> None:
    """Rewrite both files from the models."""
    SCHEMA.write_text(schema_text(), encoding="utf-8")
    PAGE.write_text(with_key_tables(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(update())

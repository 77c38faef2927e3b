"""The kit and the mover lay the same tables: neither may import the other, so a test holds it."""

from __future__ import annotations

from pathlib import Path


def test_the_schema_of_shards_is_the_same_in_both_distributions(repository: Path) -> None:
    kit = repository / "kit" / "src" / "outgrow_kit" / "shards" / "schema.py"
    mover = repository / "src" / "outgrow" / "shards" / "schema.py"
    assert kit.read_text("utf-8") == mover.read_text("utf-8")

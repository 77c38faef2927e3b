"""The packaged JSON Schema and the key tables of the language page are what the models say."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from outgrow.strategy.schema import packaged_schema, schema_text
from outgrow.strategy.schema_tables import with_key_tables


def test_the_packaged_schema_is_current(golden: Callable[[str, str], None]) -> None:
    golden("src/outgrow/strategy/outgrow.schema.json", schema_text())
    assert packaged_schema() == schema_text()


def test_the_key_tables_of_the_language_page_are_current(
    golden: Callable[[str, str], None], repository: Path
) -> None:
    page = (repository / "docs" / "strategy-language.md").read_text(encoding="utf-8")
    golden("docs/strategy-language.md", with_key_tables(page))
    assert "<!-- keys: Strategy -->" in page

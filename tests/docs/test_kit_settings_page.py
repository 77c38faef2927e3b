"""docs/kit/settings.md names every key that the kit reads and that outgrow writes, and no other."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.commands import REPOSITORY
from tests.unit.render.kit.test_kit_settings import document

PAGE = (REPOSITORY / "docs" / "kit" / "settings.md").read_text(encoding="utf-8")
READERS = REPOSITORY / "kit" / "src" / "outgrow_kit" / "settings"
_READS = re.compile(
    r"\.(?:text|optional_text|number|whole|optional_whole|truth|one_of|texts|numbers|section"
    r"|sections|secret|get)\(\s*\"(\w+)\""
)


def read_by_the_kit() -> set[str]:
    """Return every key that the code of the kit asks the document for."""
    texts = [path.read_text(encoding="utf-8") for path in READERS.glob("*.py")]
    return {key for text in texts for key in _READS.findall(text)}


def documented() -> set[str]:
    """Return the keys in the first column of the tables, and those within their meaning."""
    cells = [line.split("|")[1:] for line in PAGE.splitlines() if line.startswith("| `")]
    names = {name for row in cells for name in re.findall(r"`([\w.]+)`", row[0])}
    headings = re.findall(r"^## (.*)$", PAGE, re.MULTILINE)
    names |= {name for heading in headings for name in re.findall(r"`([a-z_]+)`", heading)}
    inner = {name for row in cells for name in re.findall(r"`([a-z_]+)`", row[2])}
    return {part for name in names for part in name.split(".")} | (inner & read_by_the_kit())


def written(values: object) -> Iterator[str]:
    """Yield the keys of a document, those that are names of the strategy left out."""
    if isinstance(values, dict):
        for key, one in values.items():
            yield key
            inner = one.values() if key in ("rules", "headers") or _is_by_name(key, one) else [one]
            for value in inner:
                yield from () if key == "headers" else written(value)
    if isinstance(values, list):
        for one in values:
            yield from written(one)


def _is_by_name(key: str, values: object) -> bool:
    return key == "metrics" and isinstance(values, dict) and "metrics" not in values


def test_the_page_names_every_key_that_the_kit_reads_and_no_other() -> None:
    assert documented() == read_by_the_kit()


def test_the_page_names_every_key_that_outgrow_writes() -> None:
    keys = {key for name in ("api", "jobs") for key in written(document("grown", name))}
    assert len(keys) > 30
    assert keys <= documented()

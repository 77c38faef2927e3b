"""The walk-through of a renderer quotes the code that ships."""

from __future__ import annotations

import re
from pathlib import Path


def test_every_quoted_block_is_the_text_that_ships(repository: Path) -> None:
    page = (repository / "docs" / "add-a-renderer.md").read_text("utf-8")
    blocks = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    render = repository / "src" / "outgrow" / "render"
    shipped = "".join(
        (render / name).read_text("utf-8") for name in ("dockerfile/target.py", "registry.py")
    )
    assert len(blocks) == 5
    assert [block for block in blocks if block not in shipped] == []


def test_every_file_that_the_page_names_is_there(repository: Path) -> None:
    page = (repository / "docs" / "add-a-renderer.md").read_text("utf-8")
    named = set(re.findall(r"`((?:src|tests|docs)/[\w./-]+)`", page))
    assert named
    assert [path for path in named if not (repository / path).exists()] == []

"""A target is a module, a line in the registry, golden files and a page: all four, or none."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.systems import system

from outgrow.render.registry import loss_code_starts, target, target_names


@pytest.mark.parametrize("name", target_names())
def test_a_target_has_its_module_golden_files_and_page(name: str, repository: Path) -> None:
    assert target(name).name == name
    assert target(name).title
    golden = repository / "tests" / "golden" / "render" / name
    assert any(path.is_file() for path in golden.rglob("*")), f"{golden} holds no golden file"
    page = repository / "docs" / "render" / f"{name}.md"
    assert page.is_file(), f"{page} is missing"
    index = (repository / "docs" / "render" / "README.md").read_text("utf-8")
    assert f"({name}.md)" in index, "docs/render/README.md does not link it"


def test_losses_begin_with_a_target() -> None:
    starts = loss_code_starts()
    found = system("nexod", "production")
    codes = [
        loss.code
        for name in target_names()
        if target(name).applies(found)
        for loss in target(name).render(found).losses
    ]
    assert [code for code in codes if not code.startswith(starts)] == []

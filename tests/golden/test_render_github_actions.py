"""What the target `github-actions` writes, byte for byte."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.systems import system

from outgrow.render.github_actions.target import TARGET

SYSTEMS = [("nowry", "free-tier"), ("nexod", "production")]


@pytest.mark.parametrize(("example", "phase"), SYSTEMS)
def test_the_workflows_of_the_founding_documents(
    golden: Callable[[str, str], None], example: str, phase: str
) -> None:
    for file in TARGET.render(system(example, phase)).files:
        golden(f"tests/golden/render/github-actions/{example}-{phase}/{file.path}", file.text)

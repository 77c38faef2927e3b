"""What the target `github-actions` writes, byte for byte."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.systems import system

from outgrow.render.github_actions.target import TARGET


@pytest.mark.parametrize(
    ("example", "phase"),
    [("nexod", "production"), ("nowry", "free-tier"), ("sample-app", "one-server")],
)
def test_the_workflows_of_three_strategies(
    golden: Callable[[str, str], None], example: str, phase: str
) -> None:
    folder = f"tests/golden/render/github-actions/{example}-{phase}"
    for file in TARGET.render(system(example, phase)).files:
        golden(f"{folder}/{file.path}", file.text)

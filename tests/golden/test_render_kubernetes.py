"""What the target `kubernetes` writes, byte for byte."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.systems import system

from outgrow.render.kubernetes.target import cluster_rendering

SYSTEMS = [
    ("nowry", "kubernetes", None),  # a cluster on EKS with managed stores
    ("sprint-one", "compose", "staging"),  # asked for: stores in containers, a quota
]


@pytest.mark.parametrize(("example", "phase", "environment"), SYSTEMS)
def test_the_tree_of_a_cluster(
    golden: Callable[[str, str], None], example: str, phase: str, environment: str | None
) -> None:
    found = system(example, phase, environment)
    folder = f"tests/golden/render/kubernetes/{example}-{found.phase}-{found.environment}"
    for file in cluster_rendering(found).files:
        golden(f"{folder}/{file.path}", file.text)

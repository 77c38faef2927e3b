"""What the target `kubernetes` writes, byte for byte."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.systems import system
from tests.unit.render.kubernetes.written import system_of

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


@pytest.mark.parametrize("strategy", ["blue_green", "canary"])
def test_the_tree_of_a_cluster_with_two_slots(
    golden: Callable[[str, str], None], strategy: str
) -> None:
    found = system_of(deploy={"strategy": strategy})
    for file in cluster_rendering(found).files:
        if "api" in file.path or "kustomization" in file.path:
            golden(f"tests/golden/render/kubernetes/shop-{strategy}/{file.path}", file.text)

"""Telling files of the target `terraform-aws`, as a reader sees them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.terraform import trees

_CHOSEN = {
    "nexod-production-staging": (
        "network.tf",
        "security.tf",
        "load_balancer.tf",
        "ecs.tf",
        "secrets.tf",
        "backend.tf",
        "versions.tf",
        "terraform.tfvars.example",
        "tests/properties.tftest.hcl",
    ),
    "pocketable-development-production": ("machines.tf", "idle.tf", "user-data/machine.sh"),
    "sprint-one-scaled-production": ("machines.tf", "user-data/app.sh"),
    "behind-a-cdn": ("security.tf", "cdn.tf", "database.tf"),
    "two-regions": ("regions.tf", "routing.tf", "modules/us_east_1/load_balancer.tf"),
}


@pytest.mark.parametrize(
    ("name", "path"), [(name, path) for name, paths in _CHOSEN.items() for path in paths]
)
def test_rendered_file(name: str, path: str, golden: Callable[[str, str], None]) -> None:
    text = next(file.text for file in trees()[name] if file.path == path)
    golden(f"tests/golden/render/terraform-aws/{name}/{path}", text)

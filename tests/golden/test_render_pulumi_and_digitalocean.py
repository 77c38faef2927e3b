"""Two trees that a person can read: a droplet of sprint-one, and some of nexod in Python."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.systems import system

from outgrow.render.digitalocean import TARGET as DIGITALOCEAN
from outgrow.render.pulumi_aws.target import TARGET as PULUMI


def test_sprint_one_on_a_droplet(golden: Callable[[str, str], None]) -> None:
    for file in DIGITALOCEAN.render(system("sprint-one", "compose", "production")).files:
        golden(
            f"tests/golden/render/digitalocean/sprint-one-compose-production/{file.path}", file.text
        )


@pytest.mark.parametrize("path", ["__main__.py", "settings.py", "Pulumi.yaml", "registry.py"])
def test_nexod_in_python(golden: Callable[[str, str], None], path: str) -> None:
    files = {f.path: f.text for f in PULUMI.render(system("nexod", "production")).files}
    golden(f"tests/golden/render/pulumi-aws/nexod-production-production/{path}.txt", files[path])

"""What the targets `alertmanager` and `grafana` write, byte for byte."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.systems import system

from outgrow.render.alertmanager.target import TARGET as ALERTMANAGER

Golden = Callable[[str, str], None]
ALERTED = [("nexod", "production"), ("sprint-one", "compose")]


@pytest.mark.parametrize(("example", "phase"), ALERTED)
def test_who_is_told(example: str, phase: str, golden: Golden) -> None:
    for file in ALERTMANAGER.render(system(example, phase)).files:
        golden(f"tests/golden/render/alertmanager/{example}-{phase}/{file.path}", file.text)

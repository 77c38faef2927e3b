"""The policy on the page about ECS allows what is asked of AWS, and no more."""

from __future__ import annotations

import json
import re
from pathlib import Path

_CALL = re.compile(
    r"(?:\.(?P<client>ecs|_ecs|logs|balancers|_balancers|alarms|identity)"
    r"|(?P<registry>registry)\([^()]*(?:\([^()]*\))?[^()]*\))\.(?P<operation>[a-z]+_[a-z_]+)\("
)
_SERVICES = {
    "ecs": "ecs", "_ecs": "ecs", "logs": "logs", "balancers": "elasticloadbalancing",
    "_balancers": "elasticloadbalancing", "alarms": "cloudwatch", "identity": "sts",
    "registry": "ecr",
}  # fmt: skip


def test_the_policy_names_every_call_and_no_other(repository: Path) -> None:
    asked = set()
    for path in (repository / "src" / "outgrow").glob("**/ecs*.py"):
        for found in _CALL.finditer(re.sub(r"\s+", " ", path.read_text("utf-8"))):
            service = _SERVICES[found["client"] or found["registry"]]
            name = "".join(word.capitalize() for word in found["operation"].split("_"))
            asked.add(f"{service}:{name}")
    page = (repository / "docs" / "deploy" / "ecs.md").read_text("utf-8")
    policy = json.loads(page.split("```json\n")[1].split("```")[0])
    assert set(policy["Statement"][0]["Action"]) == asked

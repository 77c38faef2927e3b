"""The page on deploys to Kubernetes: its Role, and its examples."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from outgrow.clients.kubernetes_api import CONFIG_MAPS, ROUTES, SERVICES
from outgrow.clients.kubernetes_rollout import RIGHTS
from outgrow.strategy.deploys import Deploy, DeployCluster


def blocks(repository: Path) -> list[dict[str, Any]]:
    text = (repository / "docs/deploy/kubernetes.md").read_text(encoding="utf-8")
    return [yaml.safe_load(one) for one in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)]


def test_the_role_has_the_rights_that_are_asked_for_and_no_other(repository: Path) -> None:
    role = next(one for one in blocks(repository) if one.get("kind") == "Role")
    given = {
        (verb, group, resource)
        for rule in role["rules"]
        for verb in rule["verbs"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
    }
    moving = [(verb, kind, "") for verb in ("get", "patch") for kind in (SERVICES, ROUTES)]
    wanted = [*RIGHTS, *moving, ("create", CONFIG_MAPS, "")]
    assert given == {
        (verb, kind.group, f"{kind.plural}/{below}" if below else kind.plural)
        for verb, kind, below in wanted
    }


def test_the_examples_are_valid(repository: Path) -> None:
    found = [one for one in blocks(repository) if "environments" in one]
    clusters = [one["environments"]["production"]["cluster"] for one in found]
    assert [DeployCluster.model_validate(one).context for one in clusters] == [
        "shop-production",
        "shop-production",
    ]
    deploy = Deploy.model_validate(found[1]["deploy"])
    assert (deploy.strategy, deploy.gate.sources) == ("canary", ["prometheus"])

"""Validators that read a file with its neighbours: each asks about whole trees with a fault."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tests.rendered import test_blackbox as blackbox
from tests.rendered import (
    test_cloudwatch,
    test_digitalocean,
    test_kubernetes,
    test_loki,
    test_sentry,
)
from tests.rendered import test_pulumi_with_mocks as pulumi
from tests.rendered.every_file import Written
from tests.terraform import Terraform
from tests.terraform_together import complaints
from tests.tools import find_tool, run_tool

from outgrow.render.rendered_file import RenderedFile

Trees = Mapping[int, Sequence[Written]]
Caught = dict[int, str]
Check = Callable[[Trees, Path, Terraform | None], Caught]


def _laid(tree: Sequence[Written], folder: Path) -> Path:
    """Write a tree below `folder`; return the path of its first file, the one with the fault."""
    for one in tree:
        path = folder / one.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(one.text.replace("/etc/alertmanager", str(folder)), encoding="utf-8")
    return folder / tree[0].path


def _one_by_one(validator: str, refuses: Callable[[Path, Path], bool]) -> Check:
    """Return a check that asks about one tree after the other."""

    def check(trees: Trees, folder: Path, program: Terraform | None) -> Caught:
        return {
            number: validator
            for number, tree in trees.items()
            if refuses(_laid(tree, folder / str(number)), folder / str(number))
        }

    return check


def _failed(name: str, *arguments: str | Path) -> bool:
    return run_tool(name, *arguments).returncode != 0


def _promtool(path: Path, tree: Path) -> bool:
    return (
        _failed("promtool", "check", "config", tree / "prometheus.yml")
        or _failed("promtool", "check", "rules", "--lint-fatal", *sorted(tree.glob("rules/*")))
        or _failed("promtool", "test", "rules", tree / "tests" / "alerts.test.yml")
    )


def _kustomize(path: Path, tree: Path) -> bool:
    try:
        found = list(test_kubernetes.faults(path))
    except (KeyError, TypeError, AttributeError):
        return True
    if find_tool("kubectl") and not found:
        return _failed("kubectl", "kustomize", path.parent)
    return bool(found)


def _schema(file: Path) -> Callable[[Path, Path], bool]:
    return lambda path, tree: _failed("check-jsonschema", "--schemafile", file, path)


def _digitalocean(path: Path, tree: Path) -> bool:
    found = test_digitalocean.complaints(test_digitalocean.parsed(tree)[path.stem])
    try:
        return bool(found or test_digitalocean.dangling(tree))
    except KeyError:
        return True


def _terraform(trees: Trees, folder: Path, program: Terraform | None) -> Caught:
    if program is None or not trees:
        return {}
    texts = {
        str(number): tuple(RenderedFile(one.path, one.text) for one in tree)
        for number, tree in trees.items()
    }
    found = complaints(texts, program, folder / "terraform")
    return {int(number): "terraform validate" for number in found}


def _pulumi(trees: Trees, folder: Path, program: Terraform | None) -> Caught:
    asked = {}
    for number, tree in trees.items():
        _laid(tree, folder / str(number))
        settings = pulumi.configuration(folder / str(number))
        asked[str(number)] = {"folder": str(folder / str(number)), "config": settings}
    found = pulumi.python_of_the_tools("pulumi_run.py", asked) if asked else {}
    wrong = {int(key) for key, one in found.items() if one["failed"] or one["unknown"]}
    return {number: "Pulumi's mocks" for number in wrong}


TREES: Mapping[str, Check] = {
    "Terraform for AWS": _terraform,
    "Terraform for DigitalOcean": _one_by_one("schema of the provider", _digitalocean),
    "Pulumi program": _pulumi,
    "Kustomize": _one_by_one("Kustomize", _kustomize),
    "Prometheus rules": _one_by_one("promtool", _promtool),
    "Prometheus": _one_by_one("promtool", _promtool),
    "Alertmanager": _one_by_one(
        "amtool", lambda path, tree: _failed("amtool", "check-config", path)
    ),
    "Blackbox exporter": _one_by_one(
        "blackbox_exporter", lambda path, tree: bool(blackbox.refused(path))
    ),
    "Loki": _one_by_one("schema of Loki", _schema(test_loki.SCHEMA)),
    "Sentry rule": _one_by_one("schema of Sentry", _schema(test_sentry.SCHEMA)),
    "CloudWatch alarm": _one_by_one(
        "model of AWS", lambda path, tree: bool(test_cloudwatch.faults(path.read_text("utf-8")))
    ),
}

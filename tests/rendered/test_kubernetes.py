"""Others read what the target `kubernetes` renders: Kubernetes' schemas, Kustomize, checkov."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.engines.fake_kubernetes_schemas import faults as faults_of
from tests.systems import all_systems
from tests.tools import find_tool, run_tool, said
from tests.unit.render.kubernetes.written import system_of

from outgrow.render.kubernetes.target import cluster_rendering
from outgrow.render.system.model import System

# A whole sentence may stand on one line: an annotation cannot be broken.
YAMLLINT = "{extends: default, rules: {line-length: disable}}"


@pytest.fixture(scope="module")
def trees(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the tree of every system, each in a folder of its own."""
    root = tmp_path_factory.mktemp("kubernetes")
    for name, system in (*all_systems(), *systems_with_slots()):
        write_tree(root / name, system)
    (root / ".checkov.yaml").write_text(next(root.glob("*/.checkov.yaml")).read_text())
    return root


def systems_with_slots() -> Iterator[tuple[str, System]]:
    """Yield systems whose new versions start beside the old ones: no example has one."""
    gateway = {"name": "public", "namespace": "gateways"}
    cluster = {"context": "shop", "server": "https://k8s.shop.example:6443", "gateway": gateway}
    urls = {"api": "https://api.shop.example"}
    for strategy in ("blue_green", "canary"):
        yield f"shop-{strategy}", system_of(deploy={"strategy": strategy})
        environments = {"production": {"urls": urls, "cluster": cluster}}
        yield (
            f"shop-{strategy}-gateway",
            system_of(deploy={"strategy": strategy}, environments=environments),
        )


def write_tree(folder: Path, system: Any) -> None:
    for file in cluster_rendering(system).files:
        path = folder / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(file.text, encoding="utf-8")


def manifests(root: Path) -> list[Path]:
    """Return every file with objects of the cluster."""
    found = sorted(root.rglob("*.yaml"))
    others = ("kustomization.yaml", ".checkov.yaml")
    return [p for p in found if p.name not in others and not p.name.endswith("-route.yaml")]


def test_the_schema_of_the_gateway_api_accepts_every_route(trees: Path) -> None:
    routes = sorted(trees.rglob("*-route.yaml"))
    found = {path: faults_of("httproutes", yaml.safe_load(path.read_text())) for path in routes}
    assert len(routes) == 3
    assert not any(found.values()), found


def test_an_unknown_field_of_a_route_is_refused(trees: Path) -> None:
    path = trees / "shop-canary-gateway/overlays/production/api-route.yaml"
    wrong = yaml.safe_load(path.read_text().replace("weight:", "share:"))
    assert faults_of("httproutes", wrong)


def kustomizations(root: Path) -> list[Path]:
    return sorted(root.glob("**/overlays/**/kustomization.yaml"))


def replaced(source: Path, target: Path, old: str, new: str) -> Path:
    """Write `source` with a fault in it to `target`."""
    text = source.read_text()
    assert old in text
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text.replace(old, new))
    return target


def test_kubernetes_own_schemas_accept_every_object(trees: Path) -> None:
    done = run_tool("kubernetes-validate", "--strict", "--quiet", *manifests(trees))
    assert done.returncode == 0, said(done)


def test_an_unknown_field_is_refused(trees: Path, tmp_path: Path) -> None:
    source = trees / "nowry-kubernetes-production/base/backend.yaml"
    wrong = replaced(source, tmp_path / "wrong.yaml", "runAsNonRoot", "runAsNobody")
    done = run_tool("kubernetes-validate", "--strict", "--quiet", wrong)
    assert done.returncode != 0, said(done)


def test_yamllint_has_nothing_to_say(trees: Path) -> None:
    done = run_tool("yamllint", "--strict", "-d", YAMLLINT, trees)
    assert done.returncode == 0, said(done)


def test_a_key_that_stands_twice_is_refused(trees: Path, tmp_path: Path) -> None:
    source = trees / "nowry-kubernetes-production/base/backend.yaml"
    wrong = replaced(source, tmp_path / "wrong.yaml", "runAsGroup: 10001", "runAsUser: 1")
    done = run_tool("yamllint", "--strict", "-d", YAMLLINT, wrong)
    assert done.returncode != 0, said(done)


def test_checkov_finds_nothing_that_is_not_waived_with_a_reason(trees: Path) -> None:
    done = checkov(trees, trees)
    assert done.returncode == 0, said(done)
    assert "Failed checks: 0" in done.stdout, said(done)


def test_a_container_with_a_writable_root_is_found(trees: Path, tmp_path: Path) -> None:
    source = trees / "nowry-kubernetes-production/base/backend.yaml"
    right, wrong = "readOnlyRootFilesystem: true", "readOnlyRootFilesystem: false"
    replaced(source, tmp_path / "wrong" / "backend.yaml", right, wrong)
    done = checkov(tmp_path / "wrong", trees)
    assert "CKV_K8S_22" in done.stdout, said(done)


def checkov(folder: Path, trees: Path) -> Any:
    arguments = ("--framework", "kubernetes", "--compact", "--skip-download", "-o", "cli")
    config = ("--config-file", trees / ".checkov.yaml")
    return run_tool("checkov", *arguments, *config, "-d", folder, timeout_seconds=300)


def test_every_kustomization_names_what_there_is(trees: Path) -> None:
    found = [fault for path in kustomizations(trees) for fault in faults(path)]
    assert kustomizations(trees)
    assert found == []


def test_a_count_of_something_that_is_not_there_is_a_fault(trees: Path, tmp_path: Path) -> None:
    system = next(s for name, s in all_systems() if name == "nowry-kubernetes-production")
    write_tree(tmp_path, system)
    top = tmp_path / "overlays/production/kustomization.yaml"
    replaced(top, top, "name: backend", "name: frontend")
    assert list(faults(top)) == ["replicas: nothing is called frontend"]
    (tmp_path / "base/backend.yaml").unlink()
    assert "resources: there is no backend.yaml" in list(faults(top))


def test_kustomize_builds_every_overlay(trees: Path, capsys: pytest.CaptureFixture[str]) -> None:
    if find_tool("kubectl") is None:
        with capsys.disabled():
            print("\n!! kubectl is not installed: Kustomize itself has built no overlay here,")
            print("!! only the check of names in this file has seen them.")
        assert not [fault for path in kustomizations(trees) for fault in faults(path)]
        return
    for path in kustomizations(trees):
        done = run_tool("kubectl", "kustomize", path.parent)
        assert done.returncode == 0, said(done)
        names = {o["metadata"].get("namespace") for o in yaml.safe_load_all(done.stdout)}
        assert len(names - {None}) == 1, f"{path}: {names}"
        assert "unreleased" not in done.stdout or "newTag: unreleased" in path.read_text()


def faults(path: Path) -> Iterator[str]:
    """Yield what a kustomization names and what is not there, as Kustomize would."""
    top = yaml.safe_load(path.read_text())
    objects = [*_objects(path)]
    for name in _missing(path):
        yield f"resources: there is no {name}"
    called = {one["metadata"]["name"] for one in objects}
    for entry in top.get("replicas", []):
        if entry["name"] not in called:
            yield f"replicas: nothing is called {entry['name']}"
    used = {c["image"].rsplit(":", 1)[0] for one in objects for c in _containers(one)}
    for entry in top.get("images", []):
        if entry["name"] not in used:
            yield f"images: nothing uses {entry['name']}"
    for entry in top.get("configMapGenerator", []):
        if entry["name"] not in str(objects):
            yield f"configMapGenerator: nothing reads {entry['name']}"


def _missing(path: Path) -> Iterator[str]:
    for name in yaml.safe_load(path.read_text())["resources"]:
        target = path.parent / name
        if target.is_dir():
            yield from _missing(target / "kustomization.yaml")
        elif not target.exists():
            yield name


def _objects(path: Path) -> Iterator[dict[str, Any]]:
    for name in yaml.safe_load(path.read_text())["resources"]:
        target = path.parent / name
        if target.is_dir():
            yield from _objects(target / "kustomization.yaml")
        elif target.exists():
            yield from yaml.safe_load_all(target.read_text())


def _containers(one: dict[str, Any]) -> list[dict[str, Any]]:
    template: dict[str, Any] = one.get("spec", {}).get("template", {})
    containers: list[dict[str, Any]] = template.get("spec", {}).get("containers", [])
    return containers

"""What holds for every container of every system, whoever wrote the strategy."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.systems import all_systems
from tests.unit.render.kubernetes.written import (
    CLUSTER,
    Objects,
    objects_of,
    rendered_objects,
    system_of,
)

from outgrow.render.kubernetes.target import cluster_rendering

Pod = dict[str, Any]
PROBES = ("startupProbe", "readinessProbe", "livenessProbe")
SYSTEMS = {name: system for name, system in all_systems() if cluster_rendering(system).files}


def pods(objects: Objects) -> Iterator[tuple[str, str, Pod]]:
    for found in objects:
        if "template" in found.get("spec", {}):
            name = found["metadata"]["name"]
            yield found["kind"], f"{found['kind']}/{name}", found["spec"]["template"]


def shortfalls(objects: Objects) -> list[str]:
    """Return what a pod of `objects` lacks of the list that each of them has to meet."""
    found = []
    for kind, name, template in pods(objects):
        missing = [*_of_pod(kind, template), *_of_containers(kind, template["spec"])]
        found += [f"{name}: {one}" for one in missing]
    return found


def _of_pod(kind: str, template: Pod) -> Iterator[str]:
    spec, labels = template["spec"], template["metadata"]["labels"]
    security = spec["securityContext"]
    checks = {
        "runAsNonRoot": security.get("runAsNonRoot") is True,
        "a user that is not root": security.get("runAsUser", 0) > 0,
        "seccomp": security.get("seccompProfile") == {"type": "RuntimeDefault"},
        "no token": spec.get("automountServiceAccountToken") is False,
        "an account of its own": spec.get("serviceAccountName") not in (None, "default"),
        "labels": {"app.kubernetes.io/name", "app.kubernetes.io/part-of"} <= set(labels),
        "a writable /tmp": any("emptyDir" in volume for volume in spec["volumes"]),
    }
    if kind != "Job":
        keys = {rule["topologyKey"] for rule in spec.get("topologySpreadConstraints", [])}
        checks["spread"] = keys == {"topology.kubernetes.io/zone", "kubernetes.io/hostname"}
        checks["grace"] = spec.get("terminationGracePeriodSeconds", 0) >= 30
    yield from (name for name, met in checks.items() if not met)


def _of_containers(kind: str, spec: Pod) -> Iterator[str]:
    for container in spec["containers"]:
        resources, security = container["resources"], container["securityContext"]
        checks = {
            "requests": {"cpu", "memory"} <= set(resources["requests"]),
            "limits": {"cpu", "memory"} <= set(resources["limits"]),
            "a read-only root": security.get("readOnlyRootFilesystem") is True,
            "no capabilities": security.get("capabilities") == {"drop": ["ALL"]},
            "no escalation": security.get("allowPrivilegeEscalation") is False,
            "a version": ":" in container["image"].rsplit("/", 1)[-1],
            "all probes": kind == "Job" or all(probe in container for probe in PROBES),
        }
        yield from (name for name, met in checks.items() if not met)


@pytest.mark.parametrize("name", SYSTEMS)
def test_every_container_of_the_examples_meets_the_whole_list(name: str) -> None:
    objects = objects_of(cluster_rendering(SYSTEMS[name]))
    assert list(pods(objects))
    assert shortfalls(objects) == []


@pytest.mark.parametrize("name", SYSTEMS)
def test_no_secret_value_and_no_default_account_is_in_any_object(name: str) -> None:
    for _, _, template in pods(objects_of(cluster_rendering(SYSTEMS[name]))):
        part = SYSTEMS[name].part(template["metadata"]["labels"]["app.kubernetes.io/name"])
        secrets = set(part.secrets if part else ())
        for container in template["spec"]["containers"]:
            plain = {one["name"] for one in container.get("env", []) if "value" in one}
            assert not secrets & plain


def test_a_missing_limit_is_a_shortfall() -> None:
    objects = rendered_objects(system_of())
    for _, _, template in pods(objects):
        del template["spec"]["containers"][0]["resources"]["limits"]["memory"]
    assert [line for line in shortfalls(objects) if line.endswith("limits")]


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    port=st.sampled_from([80, 443, 3000, 8000]),
    vcpu=st.decimals(min_value="0.01", max_value="16", places=3),
    count=st.integers(min_value=1, max_value=9),
    text=st.text(max_size=40),
)
def test_whatever_a_strategy_says_every_container_meets_the_list(
    port: int, vcpu: Any, count: int, text: str
) -> None:
    written = {
        "kind": "service",
        "description": text,
        "needs": {"ports": [port], "vcpu": vcpu},
        "environment": {"GREETING": text},
        "run": {"command": [text or "x"], "health": {"command": [text or "x"]}},
    }
    system = system_of(
        CLUSTER,
        components={"cluster": {"kind": "other", "stack": "k3s"}, "api": written},
        phases={"live": {"use": {"api": {"offering": "self-hosted/docker", "count": count},
                                 "cluster": {"price": {"per_month": 5}}}}},
        environments={},
    )  # fmt: skip
    rendering = cluster_rendering(system)
    assert shortfalls(objects_of(rendering)) == []
    assert cluster_rendering(system) == rendering

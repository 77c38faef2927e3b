"""A strategy written in a test, and the objects that the target makes of it."""

from __future__ import annotations

from typing import Any

import yaml

from outgrow.catalog.load import load_catalog
from outgrow.render.kubernetes.target import cluster_rendering
from outgrow.render.system.build import build_system
from outgrow.render.system.model import System
from outgrow.render.target import Rendering
from outgrow.strategy.strategy import Strategy

Objects = list[dict[str, Any]]
CLUSTER = """
outgrow: 1
name: shop
components:
  cluster: { kind: other, stack: k3s }
  api:
    kind: service
    public: true
    talks_to: [db]
    build: { runtime: python }
    needs: { vcpu: 0.25, vcpu_limit: 1, memory_gib: 0.5, memory_gib_limit: 1, health_path: /health }
    environment: { MODE: live }
    secrets: { DATABASE_URL: "env:DATABASE_URL" }
    run: { migrate: alembic upgrade head, command: ["uvicorn", "app:app"] }
  jobs: { kind: worker, talks_to: [db] }
  db: { kind: postgres }
phases:
  live:
    use:
      cluster: { price: { per_month: 5 } }
      api: { offering: self-hosted/docker, instances: { minimum: 2, maximum: 6 } }
      jobs: { offering: self-hosted/docker }
      db: { offering: self-hosted/docker }
environments:
  production: { urls: { api: https://api.shop.example } }
"""


def system_of(text: str = CLUSTER, **changes: Any) -> System:
    """Return the system of a strategy; `changes` replace keys at its top."""
    strategy = Strategy.model_validate({**yaml.safe_load(text), **changes})
    return build_system(strategy, load_catalog(), strategy.first_phase)


def objects_of(rendering: Rendering) -> Objects:
    """Return every object of the cluster in `rendering`."""
    return [
        document
        for file in rendering.files
        if file.path.endswith(".yaml")
        for document in yaml.safe_load_all(file.text)
        if document.get("kind") not in (None, "Kustomization")
    ]


def rendered_objects(system: System) -> Objects:
    """Return every object that the target renders for `system`."""
    return objects_of(cluster_rendering(system))


def named(objects: Objects, kind: str, name: str) -> dict[str, Any]:
    """Return the object of that kind and name."""
    return next(o for o in objects if o["kind"] == kind and o["metadata"]["name"] == name)

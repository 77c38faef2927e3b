"""Systems of strategies that a test writes itself."""

from __future__ import annotations

from typing import Any

import yaml

from outgrow.catalog.load import load_catalog
from outgrow.render.system.build import build_system
from outgrow.render.system.model import System
from outgrow.render.target import Rendering
from outgrow.strategy.strategy import Strategy
from outgrow.topology.prices import catalogue_for

# A service that wants everything of its proxy.
LIMITED = """
components:
  lb: {kind: load_balancer, talks_to: [api], public: true}
  api:
    kind: service
    needs: {ports: [8000], health_path: /healthz, sticky_sessions: true, websockets: true}
phases:
  one: {use: {lb: {offering: self-hosted/docker}, api: {offering: self-hosted/docker}}}
rate_limits:
  - {route: /login, requests: 3, per_seconds: 60, by: address}
"""


def system_with(components: str, **phase: Any) -> System:
    """Return a system of `components`, all of them in containers unless `phase` says otherwise."""
    found = yaml.safe_load(components)
    use = {name: phase.get(name, {"offering": "self-hosted/docker"}) for name in found}
    strategy = Strategy.model_validate(
        {"outgrow": 1, "name": "shop", "components": found, "phases": {"live": {"use": use}}}
    )
    return build_system(strategy, load_catalog(), "live")


def written_system(text: str, environment: str | None = None) -> System:
    """Return the first phase of a strategy written as YAML, its name and version left out."""
    found = yaml.safe_load(text)
    strategy = Strategy.model_validate({"outgrow": 1, "name": "shop", **found})
    catalog = catalogue_for(strategy, load_catalog())
    return build_system(strategy, catalog, strategy.first_phase, environment)


def text_of(rendering: Rendering, path: str) -> str:
    """Return the file of a rendering that lies at `path`."""
    return next(file.text for file in rendering.files if file.path == path)

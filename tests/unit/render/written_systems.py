"""Systems of strategies that a test writes itself."""

from __future__ import annotations

from typing import Any

import yaml

from outgrow.catalog.load import load_catalog
from outgrow.render.system.build import build_system
from outgrow.render.system.model import System
from outgrow.render.target import Rendering
from outgrow.strategy.strategy import Strategy


def system_with(components: str, **phase: Any) -> System:
    """Return a system of `components`, all of them in containers unless `phase` says otherwise."""
    found = yaml.safe_load(components)
    use = {name: phase.get(name, {"offering": "self-hosted/docker"}) for name in found}
    strategy = Strategy.model_validate(
        {"outgrow": 1, "name": "shop", "components": found, "phases": {"live": {"use": use}}}
    )
    return build_system(strategy, load_catalog(), "live")


def text_of(rendering: Rendering, path: str) -> str:
    """Return the file of a rendering that lies at `path`."""
    return next(file.text for file in rendering.files if file.path == path)

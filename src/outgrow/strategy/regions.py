"""How the system spreads over regions as it grows."""

from __future__ import annotations

from typing import Literal

from outgrow.strategy.fields import Model, Name, Text


class RegionStage(Model):
    """How far the system is spread in some phases, and what that takes.

    Which regions these are is written in the phases (`regions`).
    """

    phases: list[Name]
    reach: Literal["single", "multiple", "global_edge"]
    routing: Literal["none", "nearest"] = "none"
    database: Literal["single", "replicated", "regional"] = "single"
    does: list[Text] = []


class MultiRegion(Model):
    """The stages of spreading out, and how each component does it."""

    stages: dict[Name, RegionStage] = {}
    components: dict[Name, Text] = {}

"""The two slots of a component that is deployed blue-green, or to a share of its users first."""

from __future__ import annotations

from typing import Literal

SLOT_LABEL = "outgrow/slot"
Colour = Literal["blue", "green"]
COLOURS: tuple[Colour, Colour] = ("blue", "green")


def slot_name(name: str, colour: Colour) -> str:
    """Return what the Deployment and the Service of a slot are called: `api-blue`."""
    return f"{name}-{colour}"

"""What runs versions on a machine, and what it is told to run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from outgrow.deploy.values import Colour, Problem, Ran, Version
from outgrow.render.system.model import Part

LABEL = "outgrow"
LAST_LINES = 40


@dataclass(frozen=True, slots=True)
class Slot:
    """One of the places of an instance: `blue1` on a machine, listening at `address:port`."""

    name: str
    colour: Colour
    number: int
    host: str
    address: str
    port: int


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a component is started with, whatever its version.

    `values` are all of its variables, secrets among them. `deployment` is safe as the beginning
    of a name: the component and its environment.
    """

    system: str
    environment: str
    component: str
    part: Part
    values: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def deployment(self) -> str:
        """Return what the names of its containers and units begin with."""
        return f"{self.system}-{self.component}-{self.environment}"

    @property
    def stop_seconds(self) -> float:
        """Return how long a version may take to end when it is asked to."""
        return float(self.part.run.stop_seconds or 10)

    def labels(self, slot: Slot | None, version: Version) -> dict[str, str]:
        """Return what says whose it is; no value of a variable is in it."""
        found = {
            f"{LABEL}.system": self.system,
            f"{LABEL}.environment": self.environment,
            f"{LABEL}.component": self.component,
            f"{LABEL}.version": version.id,
            f"{LABEL}.configuration": version.configuration,
        }
        return found | ({f"{LABEL}.slot": slot.name} if slot else {})


@dataclass(frozen=True, slots=True)
class Held:
    """What a slot holds: the id of a version, and whether its process lives."""

    version: str | None = None
    running: bool = False


@dataclass(frozen=True, slots=True)
class Explained:
    """What is known about a version that does not work; see `Evidence`."""

    lines: tuple[str, ...] = ()
    listening: tuple[int, ...] | None = None
    expected_port: int | None = None
    exit_code: int | None = None
    out_of_memory: bool = False


class Runner(Protocol):
    """Runs versions on one machine. Each call may be repeated; all raise OutsideError."""

    def describe(self) -> str:
        """Return what it is, for a sentence: `Docker on this machine`."""

    def resolve(self, reference: str) -> str:
        """Return the artifact that `reference` means now, for ever."""

    def problems(self, version: Version) -> Sequence[Problem]:
        """Return every reason for which `version` cannot run here."""

    def held(self, slots: Sequence[Slot]) -> Mapping[str, Held]:
        """Return what each of the slots holds, by name."""

    def start(self, slot: Slot, version: Version) -> None:
        """Run `version` in a slot, in place of whatever is there."""

    def stop(self, slot: Slot) -> None:
        """End what runs in a slot, and empty it."""

    def run_once(self, version: Version, command: Sequence[str]) -> Ran:
        """Run `command` with the version and the variables, and wait for it."""

    def check(self, slot: Slot, command: Sequence[str]) -> Ran:
        """Run a health check beside what runs in a slot, and wait for it."""

    def explain(self, slot: Slot) -> Explained:
        """Return what explains why a slot does not work."""

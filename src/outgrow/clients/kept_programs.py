"""Programs that are kept running on a machine, by a supervisor of outgrow's own or by systemd."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Protocol

from pydantic import BaseModel

from outgrow.clients.on_host.place import Spec
from outgrow.clients.own_host import OwnHost

_MORE_SECONDS = 20.0


class ProgramState(BaseModel):
    """What runs at a place; `lines` and `listening` only where they were asked for."""

    labels: dict[str, str] | None = None
    running: bool = False
    supervised: bool = False
    pid: int | None = None
    ended: int = 0
    exit_code: int | None = None
    lines: list[str] = []
    listening: list[int] = []


class _States(BaseModel):
    places: dict[str, ProgramState]


class ProgramKeeper(Protocol):
    """Keeps one program running at each place (a folder). All raise OutsideError."""

    @property
    def what(self) -> str:
        """Return what its programs are called: `programs`, `units of systemd`."""

    def start(self, place: str, spec: Spec, variables: Mapping[str, str]) -> None:
        """Run `spec`, unless just that runs there; its variables are nowhere to be read."""

    def stop(self, place: str, stop_seconds: float) -> None:
        """End what runs there, and make the place empty."""

    def states(self, places: Sequence[str], lines: int = 0) -> Mapping[str, ProgramState]:
        """Return what runs at each place; with `lines`, what it printed last too."""


@dataclass(frozen=True, slots=True)
class Supervised:
    """Programs under the supervisor of `clients/on_host`, for machines without systemd."""

    host: OwnHost

    @property
    def what(self) -> str:
        """Return what its programs are called."""
        return "programs"

    def start(self, place: str, spec: Spec, variables: Mapping[str, str]) -> None:
        """Run `spec`, unless just that runs there."""
        question = {"place": place, "spec": asdict(spec), "environment": dict(variables)}
        self.host.ask("start", question, spec.stop_seconds + _MORE_SECONDS)

    def stop(self, place: str, stop_seconds: float) -> None:
        """End what runs there, and make the place empty."""
        self.host.ask("stop", {"place": place}, stop_seconds + _MORE_SECONDS)

    def states(self, places: Sequence[str], lines: int = 0) -> Mapping[str, ProgramState]:
        """Return what runs at each place."""
        said = self.host.ask("state", {"places": list(places), "lines": lines})
        return _States.model_validate(said).places

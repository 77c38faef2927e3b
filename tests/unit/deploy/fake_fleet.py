"""A fleet in memory that behaves like HAProxy and Docker, and can be killed at any moment.

Every change of a single slot is a moment of its own: a `Fuse` may burn down there, also in the
middle of a `weigh` of several slots, and what was changed by then stays. After each change the
fleet looks whether a healthy slot takes traffic, and keeps what it saw.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from outgrow.deploy.values import (
    FULL_WEIGHT,
    Colour,
    Counted,
    Evidence,
    Probe,
    Problem,
    Ran,
    SlotState,
    Version,
)
from outgrow.errors import OutsideError


class Killed(BaseException):
    """What SIGKILL is to a process: nothing may catch it."""


@dataclass
class Fuse:
    """Burns one step at each moment; at its end the process is killed."""

    moments: int | None = None
    counted: int = 0

    def burn(self) -> None:
        """Let a moment pass."""
        self.counted += 1
        if self.moments is None:
            return
        self.moments -= 1
        if self.moments < 0:
            self.moments = None
            raise Killed


@dataclass
class FakeClock:
    """Time that passes only by waiting, and is told to everyone who listens."""

    now: float = 0.0
    fuse: Fuse = field(default_factory=Fuse)

    def seconds(self) -> float:
        """Return seconds that only ever grow."""
        return self.now

    def wait(self, seconds: float) -> None:
        """Let time pass at once."""
        self.fuse.burn()
        self.now += seconds


@dataclass
class Behaviour:
    """How a version behaves: whether it gets healthy, and when it ends by itself."""

    healthy: bool = True
    ends: bool = False
    said: str = "200 OK"
    open_requests: int = 0


class FakeFleet:
    """`instances` instances, each with a blue and a green slot."""

    def __init__(
        self,
        instances: int = 2,
        *,
        behaviours: Mapping[str, Behaviour] | None = None,
        fuse: Fuse | None = None,
    ) -> None:
        self.behaviours = dict(behaviours or {})
        self.fuse = fuse or Fuse()
        self.slots: dict[str, SlotState] = {}
        for number in range(1, instances + 1):
            for colour in ("blue", "green"):
                one = _empty(colour, number)  # type: ignore[arg-type]
                self.slots[one.name] = one
        self.calls: list[str] = []
        self.without_traffic: list[str] = []
        self.problems: list[Problem] = []
        self.migration = Ran(0, ("migrated",))
        self.failing: dict[str, str] = {}
        self.served_before = False
        self.lines: tuple[str, ...] = ("no database",)
        self.secrets: tuple[str, ...] = ()

    def running(self, version: str, colour: Colour = "blue") -> FakeFleet:
        """Return it with `version` in every slot of `colour`, taking all traffic."""
        for name, one in self.slots.items():
            if one.colour == colour:
                self.slots[name] = replace(
                    one, version=version, running=True, up=True, weight=FULL_WEIGHT, taking="ready"
                )
        self.served_before = True
        return self

    @property
    def taking(self) -> dict[str, str | None]:
        """Return the slots that take traffic, with their versions."""
        return {n: one.version for n, one in self.slots.items() if one.has_traffic}

    @property
    def weights(self) -> dict[str, int]:
        """Return the weights of the slots that take traffic."""
        return {n: one.weight for n, one in self.slots.items() if one.has_traffic}

    def kill(self, slot: str) -> None:
        """Let the process of a slot die."""
        self.slots[slot] = replace(self.slots[slot], running=False)

    # --- what the engine calls ------------------------------------------------------------

    def known_secrets(self) -> Sequence[str]:
        return self.secrets

    def describe(self) -> str:
        instances = len(self.slots) // 2
        return f"{instances} instance{'s' if instances != 1 else ''} in memory"

    def preflight(self, version: Version) -> Sequence[Problem]:
        self._called("preflight")
        return self.problems

    def look(self) -> Sequence[SlotState]:
        return [self._seen(one) for one in self.slots.values()]

    def run_once(self, version: Version, command: Sequence[str]) -> Ran:
        self._called(f"run_once {' '.join(command)}")
        self.fuse.burn()
        return self.migration

    def start(self, slot: str, version: Version) -> None:
        self._called(f"start {slot} {version.id}")
        one = self.slots[slot]
        assert not one.has_traffic, f"{slot} takes traffic and is replaced"
        if one.version == version.id and one.running:
            return
        self._set(slot, version=None, running=False)
        self._set(slot, version=version.id, running=not self._of(version.id).ends)

    def admit(self, slot: str) -> None:
        self._called(f"admit {slot}")
        self._set(slot, weight=0)
        self._set(slot, taking="ready")

    def probe(self, slot: str) -> Probe:
        self.fuse.burn()
        one = self.slots[slot]
        of = self._of(one.version)
        ok = one.running and of.healthy
        return Probe(slot, ok, of.said if one.running else "connection refused", 0.002)

    def weigh(self, weights: Mapping[str, int]) -> None:
        self._called(f"weigh {_shown(weights)}")
        up = {n: w for n, w in weights.items() if w > self._effective(n)}
        for name, weight in up.items():
            self._set(name, weight=weight, taking="ready")
        for name, weight in weights.items():
            if name not in up:
                self._set(name, weight=weight)

    def drain(self, slot: str) -> None:
        self._called(f"drain {slot}")
        self._set(slot, taking="drain")

    def rest(self, slot: str) -> None:
        self._called(f"rest {slot}")
        self._set(slot, taking="maint", open_requests=0, open_websockets=0)

    def stop(self, slot: str) -> None:
        self._called(f"stop {slot}")
        assert not self.slots[slot].has_traffic, f"{slot} takes traffic and is stopped"
        self._set(slot, running=False)
        self._set(slot, version=None, taking="maint", weight=0)

    def evidence(self, slot: str) -> Evidence:
        one = self.slots[slot]
        exit_code = None if one.running else 1
        return Evidence(slot, self._quiet_probe(slot), self.lines, (9000,), 8000, exit_code)

    def mark(self) -> str:
        return "0"

    def counted(self, since: str) -> Mapping[str, Counted]:
        return {}

    # --- inside ---------------------------------------------------------------------------

    def _called(self, call: str) -> None:
        self.fuse.burn()
        self.calls.append(call)
        for beginning, reason in self.failing.items():
            if call.startswith(beginning):
                raise OutsideError(reason)

    def _set(self, slot: str, **changed: object) -> None:
        self.slots[slot] = replace(self.slots[slot], **changed)  # type: ignore[arg-type]
        if self.served_before and not self._served():
            self.without_traffic.append(f"{self.calls[-1]}: {self.weights}")
        if self._served():
            self.served_before = True
        self.fuse.burn()

    def _served(self) -> bool:
        return any(self._seen(one).up for one in self.slots.values() if one.has_traffic)

    def _effective(self, slot: str) -> int:
        one = self.slots[slot]
        return one.weight if one.taking == "ready" else 0

    def _seen(self, one: SlotState) -> SlotState:
        of = self._of(one.version)
        up = None if one.taking == "maint" else one.running and of.healthy
        busy = of.open_requests if one.taking != "maint" and one.running else 0
        return replace(one, up=up, open_requests=busy)

    def _quiet_probe(self, slot: str) -> Probe:
        one = self.slots[slot]
        of = self._of(one.version)
        return Probe(slot, one.running and of.healthy, of.said, 0.002)

    def _of(self, version: str | None) -> Behaviour:
        return self.behaviours.get(version or "", Behaviour())


def _empty(colour: Colour, number: int) -> SlotState:
    weight = FULL_WEIGHT if colour == "blue" else 0
    return SlotState(
        f"{colour}{number}", colour, number, "here", None, False, None, weight, "maint"
    )


def _shown(weights: Mapping[str, int]) -> str:
    return " ".join(f"{name}={weight}" for name, weight in sorted(weights.items()))

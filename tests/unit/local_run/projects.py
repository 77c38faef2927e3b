"""A Compose project in memory: what it holds changes at every look."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from outgrow.clients.docker import CommandFailed, Leftovers, OnLine, WantedImage
from outgrow.clients.docker_inspect import Container


def container(service: str, state: str = "running", **fields: object) -> Container:
    values: dict[str, object] = {
        "id": f"id-{service}",
        "name": f"project_{service}_1",
        "service": service,
        "state": state,
        "health": None,
        "exit_code": 0,
        "restarts": 0,
        "probe": "",
        "ports": {},
        "pid": 7 if state == "running" else 0,
    }
    return Container(**(values | fields))  # type: ignore[arg-type]


@dataclass
class FakeProject:
    """Shows `looks` one after the other; the last one stays."""

    looks: Sequence[tuple[Container, ...]]
    volumes: tuple[str, ...] = ()
    build_fails: CommandFailed | None = None
    start_fails: CommandFailed | None = None
    on_start: Callable[[], None] = lambda: None
    looks_while_starting: int = 0
    stop_fails: CommandFailed | None = None
    calls: list[str] = field(default_factory=list)
    before: tuple[Container, ...] = ()
    started: bool = False
    look: int = 0
    absent: tuple[WantedImage, ...] = ()
    words: tuple[str, ...] = ()
    fetch_fails: CommandFailed | None = None

    def build(self, on_line: OnLine) -> None:
        self.calls.append("build")
        on_line("Step 1/2")
        if self.build_fails:
            raise self.build_fails

    def absent_images(self) -> tuple[WantedImage, ...]:
        return self.absent

    def fetch(self, services: Sequence[str], on_line: OnLine) -> None:
        self.calls.append(f"fetch {' '.join(services)}")
        if self.fetch_fails:
            raise self.fetch_fails

    def start(self, on_line: OnLine, meanwhile: Callable[[], None]) -> None:
        self.calls.append("start")
        self.started = True
        self.on_start()
        for _ in range(self.looks_while_starting):
            meanwhile()
        if self.start_fails:
            raise self.start_fails

    def stop(self, *, volumes: bool, on_line: OnLine) -> None:
        self.calls.append("stop and volumes" if volumes else "stop")
        if self.stop_fails:
            raise self.stop_fails

    def containers(self) -> tuple[Container, ...]:
        if not self.started:
            return self.before
        found = self.looks[min(self.look, len(self.looks) - 1)]
        self.look += 1
        return found

    def leftovers(self) -> Leftovers:
        networks = ("project_back",) if self.started else ()
        return Leftovers(networks, self.volumes)

    def last_lines(self, container: Container, count: int = 20) -> tuple[str, ...]:
        return self.words or (f"last words of {container.service}",)


@dataclass
class Heard:
    """A report that only remembers."""

    steps: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    seen: list[tuple[str, ...]] = field(default_factory=list)

    def step(self, text: str) -> None:
        self.steps.append(text)

    def line(self, text: str) -> None:
        self.lines.append(text)

    def progress(self, found: Sequence[object]) -> None:
        self.seen.append(tuple(str(getattr(one, "stage", "")) for one in found))


@dataclass
class Clock:
    """Time that passes only where somebody waits."""

    seconds: float = 0

    def monotonic_seconds(self) -> float:
        return self.seconds

    def wait_seconds(self, seconds: float) -> None:
        self.seconds += seconds

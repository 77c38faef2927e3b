"""A preview is made step by step, and nobody is sent to one that does not work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import pytest
from pydantic import JsonValue, SecretStr
from tests.unit.deploy.previews.test_due import preview

from outgrow.deploy.previews.run import PreviewFailed, PreviewWorld, make, remove, steps_to_make
from outgrow.deploy.previews.values import OwnData, Preview, PreviewPart
from outgrow.deploy.values import Evidence, Probe, Ran


@dataclass
class World:
    """Databases, containers, addresses, journal and clock in one; it writes down what happens."""

    migration_ends_with: int = 0
    healthy_after_probes: int = 1
    happened: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    given: dict[str, str] = field(default_factory=dict)
    probes: int = 0
    moment: float = 0.0

    def make(self, name: str, kind: OwnData) -> SecretStr:
        self.happened.append(f"make {name}")
        return SecretStr("postgresql://secret")

    def drop(self, name: str, kind: OwnData) -> None:
        self.happened.append(f"drop {name}")

    def run_once(self, preview: Preview, part: PreviewPart, values: Mapping[str, SecretStr]) -> Ran:
        self.happened.append(f"migrate {part.component}")
        return Ran(self.migration_ends_with, ("no such table",))

    def start(self, preview: Preview, part: PreviewPart, values: Mapping[str, SecretStr]) -> None:
        self.happened.append(f"start {part.component}")
        self.given |= {key: value.get_secret_value() for key, value in values.items()}

    def probe(self, preview: Preview, part: PreviewPart) -> Probe:
        self.probes += 1
        ok = self.probes >= self.healthy_after_probes
        return Probe(part.component, ok, "200" if ok else "connection refused", 0.01)

    def evidence(self, preview: Preview, part: PreviewPart) -> Evidence:
        return Evidence(part.component, None, ("listening on 8000",), (8000,), 8080)

    def stop(self, preview: Preview) -> None:
        self.happened.append(f"stop {preview.name}")

    def open(self, preview: Preview) -> Sequence[str]:
        self.happened.append(f"open {preview.host}")
        return [f"http://{preview.host}"]

    def close(self, preview: Preview) -> None:
        self.happened.append(f"close {preview.name}")

    def is_done(self, step: str) -> bool:
        return f"done {step}" in self.notes

    def is_begun(self, step: str) -> bool:
        return f"started {step}" in self.notes

    def started(self, step: str) -> None:
        self.notes.append(f"started {step}")

    def done(self, step: str, found: Mapping[str, JsonValue] | None = None) -> None:
        self.notes.append(f"done {step}")

    def found(self, step: str) -> Mapping[str, JsonValue]:
        return {}

    def note(self, step: str, found: Mapping[str, JsonValue]) -> None:
        self.notes.append(f"noted {step}")

    def undone(self, step: str) -> None:
        self.notes.append(f"undone {step}")

    def event(self, kind: str, facts: Mapping[str, JsonValue]) -> None:
        assert kind in {"step-started", "step-done"}

    def seconds(self) -> float:
        return self.moment

    def wait(self, seconds: float) -> None:
        self.moment += seconds


def of(world: World) -> PreviewWorld:
    return PreviewWorld(world, world, world, world, world, world, health_seconds=5)


def test_data_come_before_migrations_and_the_address_comes_last() -> None:
    world = World(healthy_after_probes=3)
    assert make(preview("shop"), of(world)) == ["http://shop.test"]
    assert world.happened == ["make preview_shop", "migrate api", "start api", "open shop.test"]
    assert world.given == {"DATABASE_URL": "postgresql://secret"}
    started = [one.removeprefix("started ") for one in world.notes if one.startswith("started")]
    assert tuple(started) == steps_to_make(preview("shop"))


def test_a_failing_migration_starts_nothing() -> None:
    world = World(migration_ends_with=1)
    with pytest.raises(PreviewFailed, match="exit code 1") as failed:
        make(preview("shop"), of(world))
    assert failed.value.lines == ("no such table",)
    assert world.happened == ["make preview_shop", "migrate api"]


def test_nobody_is_sent_to_one_that_never_gets_healthy() -> None:
    world = World(healthy_after_probes=10**9)
    with pytest.raises(PreviewFailed, match="connection refused") as failed:
        make(preview("shop"), of(world))
    assert failed.value.evidence is not None
    assert failed.value.evidence.listening == (8000,)
    assert "open shop.test" not in world.happened


def test_the_data_go_last() -> None:
    world = World()
    remove(preview("shop"), of(world))
    assert world.happened == ["close shop", "stop shop", "drop preview_shop"]


def test_data_may_be_left_where_their_server_is_gone() -> None:
    world = World()
    remove(preview("shop"), of(world), leave_data=True)
    assert world.happened == ["close shop", "stop shop"]


def test_one_without_data_of_its_own_touches_no_database() -> None:
    world = World()
    plain = replace(preview("shop"), own_data="none")
    make(plain, of(world))
    remove(plain, of(world))
    assert not [one for one in world.happened if "preview_" in one]
    assert world.given == {}

"""The commands of deploys as a user gives them, on a fleet in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import JsonValue
from tests.unit.deploy.fake_fleet import FakeClock, FakeFleet, Fuse
from tests.unit.deploy.worlds import FakeJudge

from outgrow.cli.commands.deploy import (
    DeployOptions,
    DeployTools,
    run_deploy,
    run_promote,
    run_rollback,
)
from outgrow.deploy.plan import DeployPlan
from outgrow.deploy.ports import Fleet, Judge, Pause, Resolver, Rollout
from outgrow.deploy.proof import Proof, Span, proof_facts
from outgrow.operations.deploying.session import Judges
from outgrow.operations.deploying.targets import DeployTarget
from outgrow.operations.deploying.wanted import DeployWish
from outgrow.operations.opened import Opened
from outgrow.render.system.model import Part, System
from outgrow.store.store import Store
from outgrow.strategy.deploys import DeployKind

STRATEGY = """
outgrow: 1
name: Shop
production: production
components:
  api:
    kind: service
    needs: {ports: [8000], health_path: /healthz}
    environment: {COLOUR: red}
    secrets: {DATABASE_URL: "env:DATABASE_URL"}
    run: {RUN}
phases:
  start: {serves: {users: 0+}, use: {api: {offering: self-hosted/docker}}}
demand: {users: {measured: {system: postgres}}}
environments:
  staging: {phase: current}
  production: {phase: current, rules: {RULES}}
deploy: {DEPLOY}
"""


class Names:
    """Resolves a tag to a digest that is made of it."""

    def resolve(self, reference: str) -> str:
        return f"shop/api@sha256:{reference.rpartition(':')[2]}"


@dataclass
class FakeBackends:
    """One fleet for each environment."""

    fleets: dict[str, FakeFleet] = field(default_factory=dict)
    closed: int = 0

    def build(
        self, opened: Opened, system: System, part: Part, state: Store, kind: DeployKind | None
    ) -> Fleet | Rollout:
        return self.fleets.setdefault(system.environment, FakeFleet())

    def resolver(self, opened: Opened, system: System, part: Part) -> Resolver:
        return Names()


@dataclass
class FakeProver:
    """Sends nothing, and hears what the deploy does."""

    heard: list[str] = field(default_factory=list)

    def start(self) -> None:
        self.heard.append("start")

    def event(self, kind: str, facts: Mapping[str, JsonValue]) -> None:
        if kind == "weights":
            self.heard.append(kind)

    def finish(self) -> Mapping[str, JsonValue]:
        self.heard.append("finish")
        nothing = Span(0, None, None)
        return proof_facts(Proof(100, 9.0, 900, 0, 0, 0, nothing, nothing, nothing, 0.004, 0.0))


@dataclass
class Shop:
    """A strategy in a folder, and the fleets that its commands reach."""

    folder: Path
    backends: FakeBackends = field(default_factory=FakeBackends)
    judge: FakeJudge = field(default_factory=FakeJudge)
    prover: FakeProver = field(default_factory=FakeProver)

    @property
    def fleet(self) -> FakeFleet:
        """Return what runs in production."""
        return self.backends.fleets.setdefault("production", FakeFleet())

    def fuse(self, moments: int | None) -> Fuse:
        """Let everything in production be killed after so many moments."""
        self.fleet.fuse = Fuse(moments)
        return self.fleet.fuse

    def deploy(
        self,
        image: str | None = None,
        *,
        environment: str | None = None,
        kind: DeployKind | None = None,
        version: str | None = None,
        resume: bool = False,
        **options: object,
    ) -> int:
        """Run `outgrow deploy`; return its exit code."""
        wish = DeployWish(image=image, version=version, kind=kind, resume=resume)
        asked = self.options(**options)
        return run_deploy(str(self.folder), None, environment, wish, asked, self.tools)

    def rollback(self, to: str | None = None, **options: object) -> int:
        """Run `outgrow rollback`; return its exit code."""
        asked = self.options(**options)
        return run_rollback(str(self.folder), None, None, to, asked, self.tools)

    def promote(self, source: str, environment: str, **options: object) -> int:
        """Run `outgrow promote`; return its exit code."""
        wish = DeployWish(promoted_from=source)
        asked = self.options(**options)
        return run_promote(str(self.folder), None, environment, wish, asked, self.tools)

    @property
    def tools(self) -> DeployTools:
        """Return what the commands work with."""
        return DeployTools(
            self.backends, self._judges, self._pauses, lambda _target, _wish: self.prover
        )

    @staticmethod
    def options(**given: object) -> DeployOptions:
        """Return options of somebody who agrees to everything, with what differs."""
        values = {
            "approved_by": None, "wait_seconds": 0.0, "dry_run": False, "yes": True,
            "as_json": False,
        }  # fmt: skip
        return DeployOptions(**{**values, **given})  # type: ignore[arg-type]

    @contextmanager
    def _pauses(self, said: Callable[[], None]) -> Iterator[Pause]:
        yield FakeClock(fuse=self.fleet.fuse)

    def _judges(self, target: DeployTarget) -> Judges:
        def judge(place: Fleet | Rollout, plan: DeployPlan) -> Judge | None:
            return self.judge

        return judge


def shop(
    folder: Path,
    *,
    rules: str = "",
    run: str = "",
    deploy: str = "{bake_seconds: 0, drain_seconds: 0}",
    first: str | None = "shop/api:1",
) -> Shop:
    """Return a shop whose production runs `first` already, deployed by outgrow."""
    text = STRATEGY.replace("{RUN}", f"{{{run}}}").replace("{RULES}", f"{{{rules}}}")
    (folder / "outgrow.yaml").write_text(text.replace("{DEPLOY}", deploy))
    one = Shop(folder)
    if first is not None:
        assert one.deploy(first, approved_by="ada") == 0
        one.fleet.calls.clear()
    return one


Run = Callable[[Shop], int]

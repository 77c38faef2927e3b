"""Runs one command of deploys as a process of its own, on a fleet that is kept in a file.

Called as `process.py FOLDER [--moments N] [--hold FILE] VERB ARGUMENTS...`. After N moments it
kills itself with SIGKILL. With a file to hold for, it makes FILE.here in its first step and
goes on once FILE is there.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.unit.deploy.commanding import Names
from tests.unit.deploy.fake_fleet import FakeFleet, Fuse
from tests.unit.deploy.worlds import FakeJudge

from outgrow.cli.commands import deploy
from outgrow.cli.commands.deploy import DeployOptions, DeployTools
from outgrow.clients.clock import monotonic_seconds, wait_seconds
from outgrow.deploy.plan import DeployPlan
from outgrow.deploy.ports import Fleet, Judge, Resolver, Rollout
from outgrow.deploy.values import Problem, Version
from outgrow.errors import OutgrowError
from outgrow.operations.deploying.session import Judges
from outgrow.operations.deploying.targets import DeployTarget
from outgrow.operations.deploying.wanted import DeployWish
from outgrow.operations.opened import Opened
from outgrow.render.system.model import Part, System
from outgrow.store.store import Store
from outgrow.strategy.deploys import DeployKind

_HOLD_SECONDS = 60


class SigkillFuse(Fuse):
    """Ends this process as `kill -9` does."""

    def burn(self) -> None:
        self.counted += 1
        if self.moments is not None and self.counted > self.moments:
            os.kill(os.getpid(), signal.SIGKILL)


class FileFleet(FakeFleet):
    """A fleet that outlives the process: every change is on the disk before the next moment."""

    def __init__(self, file: Path, fuse: Fuse, hold: Path | None) -> None:
        super().__init__(2, fuse=fuse)
        self._file = file
        self._hold = hold
        if file.exists():
            self.slots = pickle.loads(file.read_bytes())
            self.served_before = True

    def preflight(self, version: Version) -> Sequence[Problem]:
        if self._hold is not None:
            self._hold.with_suffix(".here").touch()
            end = monotonic_seconds() + _HOLD_SECONDS
            while not self._hold.exists() and monotonic_seconds() < end:
                wait_seconds(0.05)
        return super().preflight(version)

    def _set(self, slot: str, **changed: object) -> None:
        moment, self.fuse = self.fuse, Fuse()
        super()._set(slot, **changed)
        self.fuse = moment
        beside = self._file.with_suffix(".new")
        beside.write_bytes(pickle.dumps(self.slots))
        beside.replace(self._file)
        assert not self.without_traffic, self.without_traffic
        self.fuse.burn()


@dataclass
class FileBackends:
    """The fleets of a folder, one for each environment."""

    folder: Path
    fuse: Fuse = field(default_factory=Fuse)
    hold: Path | None = None

    def build(
        self, opened: Opened, system: System, part: Part, state: Store, kind: DeployKind | None
    ) -> Fleet | Rollout:
        return FileFleet(self.folder / f"{system.environment}.fleet", self.fuse, self.hold)

    def resolver(self, opened: Opened, system: System, part: Part) -> Resolver:
        return Names()


def judges(target: DeployTarget) -> Judges:
    def judge(place: Fleet | Rollout, plan: DeployPlan) -> Judge | None:
        return FakeJudge()

    return judge


def main() -> int:
    parser = ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("verb", choices=["deploy", "rollback"])
    parser.add_argument("image", nargs="?")
    parser.add_argument("--moments", type=int)
    parser.add_argument("--hold", type=Path)
    parser.add_argument("--wait", type=float, default=0)
    parser.add_argument("--kind", default=None)
    given = parser.parse_args()
    backends = FileBackends(given.folder, SigkillFuse(given.moments), given.hold)
    tools = DeployTools(backends, judges)
    options = DeployOptions(None, given.wait, dry_run=False, yes=True, as_json=False)
    folder = str(given.folder)
    try:
        if given.verb == "rollback":
            return deploy.run_rollback(folder, None, None, None, options, tools)
        wish = DeployWish(image=given.image, kind=given.kind)
        return deploy.run_deploy(folder, None, None, wish, options, tools)
    except OutgrowError as error:
        print(error.reason, error.remedy, sep="\n", file=sys.stderr)
        return error.exit_code


if __name__ == "__main__":
    sys.exit(main())

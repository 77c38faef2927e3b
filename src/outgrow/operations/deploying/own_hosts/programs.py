"""Versions as programs of a machine: each slot has one, kept running by a supervisor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel

from outgrow.clients.kept_programs import ProgramKeeper, ProgramState
from outgrow.clients.on_host.place import Spec
from outgrow.clients.own_host import OwnHost
from outgrow.deploy.values import Problem, Ran, Version
from outgrow.errors import InputError
from outgrow.operations.deploying.own_hosts.releases import (
    Release,
    packed,
    release_from,
    release_of,
)
from outgrow.operations.deploying.own_hosts.runner import (
    LABEL,
    LAST_LINES,
    Explained,
    Held,
    Recipe,
    Slot,
)

_MORE_SECONDS = 20.0
_CHECK_SECONDS = 10.0
_RELEASE = f"{LABEL}.release"
_SEND_SECONDS = 600.0
# Whole or not at all, and by whoever comes first. A copy is as old as its last start: one that
# was never started, for a dry run or by somebody who said no, counts as the oldest of all, and
# goes after a day; so does one that was cut short.
_LAY = """
mkdir -p "$1.$$" && chmod 700 "${1%/*}" &&
    tar -xzf - -C "$1.$$" && touch -d @0 "$1.$$" && mv -T "$1.$$" "$1" ||
    { rm -rf "$1.$$"; test -d "$1"; } || exit 1
cd -P "${1%/*}" &&
    find . -mindepth 1 -maxdepth 1 -cmin +1440 \\( ! -newermt @1 -o -name '*.*' \\) \\
        -exec rm -rf {} +
"""
# Of the copies beside the one that is started go the oldest, unless they are in use.
_USE = """
touch "$1" && cd -P "${1%/*}" && ls -1t | tail -n "+$2" | while read -r old; do
    ls -l /proc/[0-9]*/cwd 2>/dev/null | grep -qF "$PWD/$old" || rm -rf "./$old"
done
"""
_RUN_SECONDS = 3600.0


class _Run(BaseModel):
    exit_code: int
    lines: list[str]


@dataclass(frozen=True, slots=True)
class Programs:
    """Programs on `host`, kept running by `keeper`.

    `source` is what references are relative to, `keep` how many releases stay on the machine.
    """

    host: OwnHost
    keeper: ProgramKeeper
    recipe: Recipe
    source: Path
    keep: int = 10

    def describe(self) -> str:
        """Return what it is."""
        return f"{self.keeper.what} on {self.host.name}"

    def resolve(self, reference: str) -> str:
        """Return the artifact of a folder, after its content has been copied to the machine."""
        if release_of(reference):
            return reference
        folder = self.source / reference
        release = release_from(folder)
        if not self._has(release):
            self._bring(release, folder)
        return str(release)

    def problems(self, version: Version) -> Sequence[Problem]:
        """Return every reason for which `version` cannot run here."""
        found = []
        release = release_of(version.artifact)
        if release is None:
            remedy = "Name a folder, or let its machine have the runner `docker`."
            found.append(Problem(f"{version.artifact} is not a folder with its hash", remedy))
        elif not self._has(release):
            reason = f"{self.host.name} does not have the release {release.folder} any more"
            found.append(Problem(reason, "Deploy the folder again from its commit."))
        if not self.recipe.part.run.command:
            where = f"components/{self.recipe.component}/run/command"
            reason = f"nothing says how {self.recipe.component} is started"
            found.append(Problem(reason, f"Write {where}; it is told its port as $PORT."))
        return found

    def held(self, slots: Sequence[Slot]) -> Mapping[str, Held]:
        """Return what each of the slots holds."""
        places = {str(self._place(slot)): slot.name for slot in slots}
        found = self.keeper.states(list(places))
        return {places[place]: _held(state) for place, state in found.items()}

    def start(self, slot: Slot, version: Version) -> None:
        """Run `version` in a slot, in place of whatever is there; let the oldest copies go."""
        release = _release(version)
        self._use(release)
        spec = Spec(
            command=_command(self.recipe.part.run.command or []),
            folder=str(self._folder(release)),
            labels={**self.recipe.labels(slot, version), _RELEASE: release.folder},
            stop_signal=self.recipe.part.run.stop_signal or "SIGTERM",
            stop_seconds=self.recipe.stop_seconds,
        )
        variables = {**self.recipe.values, "PORT": str(slot.port)}
        self.keeper.start(str(self._place(slot)), spec, variables)

    def stop(self, slot: Slot) -> None:
        """End what runs in a slot, and empty it."""
        self.keeper.stop(str(self._place(slot)), self.recipe.stop_seconds)

    def run_once(self, version: Version, command: Sequence[str]) -> Ran:
        """Run `command` in the folder of the version, with its variables."""
        question = {
            "command": _command(command),
            "folder": str(self._folder(_release(version))),
            "environment": dict(self.recipe.values),
            "timeout_seconds": _RUN_SECONDS,
            "lines": LAST_LINES,
        }
        ended = _Run.model_validate(self.host.ask("run", question, _RUN_SECONDS + _MORE_SECONDS))
        return Ran(ended.exit_code, tuple(ended.lines))

    def check(self, slot: Slot, command: Sequence[str]) -> Ran:
        """Run a health check in the folder of what runs in a slot, with its variables."""
        place = str(self._place(slot))
        release = (self.keeper.states([place])[place].labels or {}).get(_RELEASE)
        if release is None:  # started by an outgrow that ran no such checks
            return Ran(0, ("it was started before, and is not checked",))
        question = {
            "command": _command(command),
            "folder": str(self._releases / release),
            "environment": {**self.recipe.values, "PORT": str(slot.port)},
            "timeout_seconds": _CHECK_SECONDS,
            "lines": LAST_LINES,
        }
        ended = _Run.model_validate(self.host.ask("run", question, _CHECK_SECONDS + _MORE_SECONDS))
        return Ran(ended.exit_code, tuple(ended.lines))

    def explain(self, slot: Slot) -> Explained:
        """Return its last lines, how it ended, and on which ports it listens."""
        place = str(self._place(slot))
        found = self.keeper.states([place], LAST_LINES)[place]
        return Explained(
            lines=tuple(found.lines),
            listening=tuple(found.listening),
            expected_port=slot.port,
            exit_code=None if found.running and not found.ended else found.exit_code,
        )

    def _place(self, slot: Slot) -> Path:
        return self.host.home / self.recipe.component / slot.name

    @property
    def _releases(self) -> Path:
        return self.host.home / self.recipe.component / "releases"

    def _folder(self, release: Release) -> Path:
        return self._releases / release.folder

    def _has(self, release: Release) -> bool:
        return self._tested("-d", self._folder(release))

    def _tested(self, flag: str, path: Path) -> bool:
        question = {"command": ["test", flag, str(path)], "timeout_seconds": 10, "lines": 1}
        return _Run.model_validate(self.host.ask("run", question)).exit_code == 0

    def _bring(self, release: Release, folder: Path) -> None:
        """Copy the content of `folder` to the machine."""
        command = ["sh", "-c", _LAY, "sh", str(self._folder(release))]
        self.host.send(command, packed(folder), _SEND_SECONDS)

    def _use(self, release: Release) -> None:
        folder = str(self._folder(release))
        command = ["sh", "-c", _USE, "sh", folder, str(self.keep + 1)]
        question = {"command": command, "timeout_seconds": _CHECK_SECONDS, "lines": 1}
        self.host.ask("run", question)


def _release(version: Version) -> Release:
    found = release_of(version.artifact)
    if found is None:
        raise InputError(f"{version.artifact} is not a folder with its hash", "Name a folder.")
    return found


def _command(command: Sequence[str]) -> list[str]:
    """Return what is executed: a command of one text is run by a shell."""
    return ["/bin/sh", "-c", command[0]] if len(command) == 1 else list(command)


def _held(state: ProgramState) -> Held:
    labels = state.labels or {}
    return Held(labels.get(f"{LABEL}.version"), state.running)

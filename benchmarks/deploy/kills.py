"""Deploys killed at a random moment, and what the next command makes of what they have left.

The programs and the HAProxy are real, and requests come in all the time. Only the process of
outgrow is killed, as `kill -9` does it: what it has started lives on.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from benchmarks.deploy.measured import load_plan, pause
from tests.engines.http_app.shop import Events, Shop, shop

from outgrow.clients.load import running_load
from outgrow.deploy.proof import Sample
from outgrow.deploy.values import FULL_WEIGHT, SlotState
from outgrow.operations.deploying.desk import deploy_state
from outgrow.operations.deploying.own_hosts.build import build_fleet, recipe_of, site_of
from outgrow.operations.deploying.records import deploys_of, facts_of
from outgrow.operations.deploying.targets import DeployTarget, find_target
from outgrow.operations.opened import open_strategy
from outgrow.store.journal import Journal
from outgrow.store.leases import Leases
from outgrow.store.owner import has_ended
from outgrow.store.records import Operation, StepState

INSTANCES = 2
RATE = 25
VERSIONS = ("v1", "v2", "v3")
COMMANDS = ("deploy --resume", "rollback", "deploy of another version")
BEFORE, AFTER = "before its first step", "after its last step"
_WHERE = ("api", "--environment", "staging", "--yes")
_FROM_THE_START = 8  # one in so many is killed before its first step; the others after that
_SETTLES_SECONDS = 3.0
_LONGEST_SECONDS = 3600.0
_POLICY = {
    "shares": [0.3],
    "health_gate_seconds": 20,
    "bake_seconds": 0.3,
    "drain_seconds": 3,
    "gate": {"minimum_requests": 5, "hold_seconds": 1, "when_undecided": "go_on"},
}


@dataclass(frozen=True, slots=True)
class Kill:
    """One deploy that was killed, and the command after it.

    `at` is the action of the step that was under way, BEFORE or AFTER. `wrong` is whatever was
    not as it has to be after `command`; `ended` is which version had the traffic then: `old`,
    `new` or `another`. `span` is from the beginning of the deploy to the last look, in seconds
    of the load.
    """

    kind: str
    number: int
    killed_seconds: float
    at: str
    command: str
    took_seconds: float
    ended: str
    wrong: tuple[str, ...]
    span: tuple[float, float]
    lost: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Killed:
    """All kills of one way of deploying, and the requests that came in meanwhile."""

    kind: str
    kills: tuple[Kill, ...]
    requests: int
    lost: tuple[str, ...]


def killed(kind: str, count: int, seed: int, seconds: float) -> Iterator[Kill | Killed]:
    """Yield each kill as it is known, and at last all of them with the requests lost.

    No round begins after `seconds`.
    """
    end = time.monotonic() + seconds
    with shop(instances=INSTANCES) as found:
        rounds = _Rounds(found, kind, random.Random(f"{kind} {seed}"))
        rounds.begin()
        with running_load(_load(found, seed)) as load:
            pause(1.0)
            rounds.load_began = load.began_seconds
            kills: list[Kill] = []
            while len(kills) < count and time.monotonic() < end:
                one = rounds.one(len(kills) + 1)
                if one is not None:
                    kills.append(one)
                    yield one
            pause(1.0)
            samples = load.end()
    yield _summed(kind, kills, samples)


def _load(found: Shop, seed: int) -> Any:
    plan = load_plan(found.port, seed=seed, seconds=_LONGEST_SECONDS)
    return replace(plan, rate_per_second=RATE)


def _summed(kind: str, kills: Sequence[Kill], samples: Sequence[Sample]) -> Killed:
    lost = [one for one in samples if one.outcome != "ok"]
    whose = [
        replace(kill, lost=tuple(_told(one) for one in lost if _within(one, kill.span)))
        for kill in kills
    ]
    return Killed(kind, tuple(whose), len(samples), tuple(map(_told, lost)))


def _within(sample: Sample, span: tuple[float, float]) -> bool:
    return span[0] <= sample.sent_seconds < span[1]


def _told(sample: Sample) -> str:
    return f"{sample.kind} at {sample.sent_seconds:.2f}: {sample.why or sample.outcome}"


@dataclass
class _Rounds:
    """The rounds of one shop: each begins with one version in all slots that take traffic."""

    shop: Shop
    kind: str
    chance: random.Random
    load_began: float = 0.0
    start_seconds: float = 0.0
    step_seconds: float = 0.0
    images: dict[str, str] = field(default_factory=dict)

    def begin(self) -> None:
        """Bring two versions in, so that there is one to go back to; see how long it takes."""
        self.write(0)
        self.images = {name: self.shop.version(name) for name in VERSIONS}
        self.shop.deploy(self.images["v1"])
        began = time.monotonic()
        with self.shop.events(*self.shop.deploying(self.images["v2"])) as events:
            _until_begun(events)
            first = time.monotonic()
        self.start_seconds, self.step_seconds = first - began, time.monotonic() - first

    def write(self, number: int) -> None:
        """Write the strategy; every second old version is stopped at once, the others stay."""
        warm = 600 if number % 2 else 0
        self.shop.write(strategy=self.kind, keep_warm_seconds=warm, **_POLICY)

    def one(self, number: int) -> Kill | None:
        """Return what became of one deploy; None when it ended before it could be killed."""
        self.write(number)
        began, old = time.monotonic(), self.shop.running_version()
        new, another = self.chance.sample([one for one in VERSIONS if one != old], 2)
        before = len(self.operations())
        from_start = number % _FROM_THE_START == 0
        longest = self.start_seconds if from_start else self.step_seconds
        seconds = self.chance.uniform(0.0, longest)
        if not self.was_killed(new, seconds, from_start=from_start):
            return None
        left = self.unfinished()
        at = _action_at(left) if left else AFTER if len(self.operations()) > before else BEFORE
        command = COMMANDS[number % len(COMMANDS)]
        commanded = time.monotonic()
        done = self.next(command, another)
        took = time.monotonic() - commanded
        expected = _expected(done, command, {BEFORE: old}.get(at, new), another, left is not None)
        found, wrong = self.settled(expected)
        if not expected:
            wrong = (f"{command} answers {done.returncode}: {done.stderr[-300:]}", *wrong)
        span = (began - self.load_began, time.monotonic() - self.load_began)
        names = {old: "old", new: "new"}
        return Kill(
            self.kind, number, seconds, at, command, took, names.get(found, "another"), wrong, span
        )

    def was_killed(self, new: str, seconds: float, *, from_start: bool) -> bool:
        """Deploy `new` and kill outgrow so long after its first step, or its start.

        Return whether it was still there.
        """
        with self.shop.events(*self.shop.deploying(self.images[new])) as events:
            if not from_start:
                _until_begun(events)
            pause(seconds)
            there = _lives(events.pid)
            events.kill()
        return there

    def next(self, command: str, another: str) -> subprocess.CompletedProcess[str]:
        """Give the command that comes after a kill."""
        if command == "deploy --resume":
            return self.shop.outgrow("deploy", *_WHERE, "--resume", "--json")
        if command == "rollback":
            return self.shop.outgrow("rollback", *_WHERE, "--json")
        return self.shop.outgrow(*self.shop.deploying(self.images[another]), "--json")

    def settled(self, expected: set[str]) -> tuple[str, tuple[str, ...]]:
        """Return which version answers, and everything that is not as it has to be.

        What the killed process had started may need a moment to see that nobody wants it.
        """
        deadline = time.monotonic() + _SETTLES_SECONDS
        while True:
            answered = self.shop.traffic(20)
            wrong = tuple(self.wrong(answered, expected))
            if not wrong or time.monotonic() > deadline:
                return next(iter(sorted(answered))), wrong
            pause(0.2)

    def wrong(self, answered: set[str], expected: set[str]) -> Iterator[str]:
        """Yield everything that is not as it has to be."""
        if len(answered) != 1 or (expected and not answered <= expected):
            wanted = " or ".join(sorted(expected))
            yield f"{', '.join(sorted(answered))} answers, and {wanted} should"
        target = self.target()
        if self.unfinished() is not None:
            yield "a deploy is unfinished"
        with deploy_state(target) as store:
            lease = Leases(store).holder(target.lease)
            # Of a killed process it may still be written there: the next deploy just takes it.
            if lease is not None and not has_ended(lease.owner):
                yield "the lock is held"
        part = target.part
        bound = recipe_of(target.opened, target.system, part)
        slots = build_fleet(site_of(target.opened, target.system), part, bound).look()
        yield from _wrong_slots(slots)
        yield from _not_known(self.shop.folder)

    def target(self) -> DeployTarget:
        """Return what is deployed, as a new command finds it."""
        return find_target(open_strategy(str(self.shop.folder)), "api", "staging")

    def operations(self) -> Sequence[Operation]:
        """Return every deploy that the journal has."""
        target = self.target()
        with deploy_state(target) as store:
            return deploys_of(Journal(store), target.component, target.environment)

    def unfinished(self) -> Operation | None:
        """Return the deploy that has begun and not ended."""
        return next((one for one in self.operations() if one.outcome is None), None)


def _until_begun(events: Events) -> None:
    """Read until the first step is begun: by then nobody else may deploy."""
    for event in events:
        if event["event"] == "step-started":
            return


def _lives(pid: int) -> bool:
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def _action_at(left: Operation) -> str:
    """Return what the step does that was under way, or that comes next between two steps."""
    steps = {one.name: one for one in facts_of(left).plan.every_step}
    begun = [one for one in left.steps if one.state is StepState.STARTED]
    step = begun[0] if begun else left.next_step
    return steps[step.name].action if step is not None else AFTER


def _expected(
    done: subprocess.CompletedProcess[str], command: str, here: str, another: str, unfinished: bool
) -> set[str]:
    """Return which versions may have the traffic now; none when the command did not do its work.

    `here` is what runs where nothing was left unfinished: then there is nothing to resume.
    """
    if command == "deploy --resume" and not unfinished:
        return {here} if done.returncode == 2 else set()
    if done.returncode != 0:
        return set()
    if command == "rollback":
        return {_version_said(done.stdout)}
    return {another} if command == COMMANDS[2] else {_version_said(done.stdout)}


def _version_said(printed: str) -> str:
    events = [json.loads(line) for line in printed.splitlines()]
    found = next(one["result"] for one in events if one["event"] == "result")
    return str(found["version"]["label"])


def _wrong_slots(slots: Sequence[SlotState]) -> Iterator[str]:
    taking = [one for one in slots if one.has_traffic]
    versions = sorted({str(one.version) for one in taking})
    if len(versions) != 1:
        yield f"{' and '.join(versions) or 'no version'} takes traffic"
    if sorted(one.number for one in taking) != list(range(1, INSTANCES + 1)):
        yield f"{', '.join(one.name for one in taking)} take traffic"
    for one in taking:
        if not (one.running and one.up and one.weight == FULL_WEIGHT):
            yield f"{one.name} is running {one.running}, up {one.up}, weight {one.weight}"


def _not_known(folder: Path) -> Iterator[str]:
    """Yield the programs and supervisors that no slot knows of: what a kill has left behind."""
    states = [json.loads(path.read_text()) for path in folder.rglob("now.json")]
    known = {one[role]["pid"] for one in states for role in ("supervisor", "program") if one[role]}
    for name in os.listdir("/proc"):  # noqa: PTH208
        if name.isdigit() and int(name) not in known and _belongs(int(name), folder):
            yield f"process {name} is nobody's: {_command_of(int(name))}"


def _belongs(pid: int, folder: Path) -> bool:
    """Return whether it is a version, or the supervisor of one; HAProxy has its own workers."""
    command = _command_of(pid)
    if command.startswith("haproxy"):
        return False
    with suppress(OSError):
        return str(folder) in command or str(folder) in str(Path(f"/proc/{pid}/cwd").readlink())
    return False


def _command_of(pid: int) -> str:
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
    return ""

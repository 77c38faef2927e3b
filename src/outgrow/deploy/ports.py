"""What the deploy engine needs of the world."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

from pydantic import JsonValue

from outgrow.deploy.gates.verdict import Verdict
from outgrow.deploy.values import Counted, Evidence, Probe, Problem, Ran, Side, SlotState, Version


class Fleet(Protocol):
    """Where the versions of one component run while outgrow itself moves the traffic.

    Every instance has a blue and a green slot, declared to the proxy beforehand. Each call may
    be repeated: what has been done already is left as it is. All raise OutsideError when the
    machine, the engine or the proxy fails or does not answer.
    """

    def describe(self) -> str:
        """Return what it is, in a line: `2 instances in Docker here, behind HAProxy 2.6.12`."""

    def preflight(self, version: Version) -> Sequence[Problem]:
        """Return every reason for which `version` cannot be put in place here."""

    def look(self) -> Sequence[SlotState]:
        """Return every slot of both colours, as it is now."""

    def run_once(self, version: Version, command: Sequence[str]) -> Ran:
        """Run `command` once with the image and the variables of `version`, and wait."""

    def start(self, slot: str, version: Version) -> None:
        """Run `version` in a slot without traffic, in place of whatever is there.

        Returns when its process has been started, not when it is ready.
        """

    def admit(self, slot: str) -> None:
        """Let the proxy check a slot: out of maintenance, at weight 0."""

    def probe(self, slot: str) -> Probe:
        """Ask the instance itself, past the proxy, by its health check."""

    def weigh(self, weights: Mapping[str, int]) -> None:
        """Set the weights of slots, all of them as nearly at once as the proxy can.

        Those with a weight above 0 are taken out of drain and maintenance first; new weights
        go up before old ones go down, so that somebody always takes requests.
        """

    def drain(self, slot: str) -> None:
        """Send no new request to a slot; what it has begun goes on."""

    def rest(self, slot: str) -> None:
        """Put a slot into maintenance; what it has not ended by now is cut off."""

    def stop(self, slot: str) -> None:
        """End what runs in a slot, as politely as its component asks, and empty it."""

    def evidence(self, slot: str) -> Evidence:
        """Return what explains why a slot does not work."""

    def mark(self) -> str:
        """Return a mark of this moment for `counted`."""

    def counted(self, since: str) -> Mapping[str, Counted]:
        """Return what the proxy has counted for each slot since a mark.

        Raises OutsideError when the proxy was restarted since and has forgotten.
        """


@runtime_checkable
class CountsNothing(Protocol):
    """A fleet behind something that counts no requests for us: its health is all that it shows."""

    def counts_nothing(self) -> str:
        """Return what it is that counts nothing: `the HTTPRoute api`."""


@runtime_checkable
class AsksPaths(Protocol):
    """A fleet that can ask its instances for any path, and not for their health alone."""

    def probe_path(self, slot: str, path: str) -> Probe:
        """GET `path` from the instance itself, past the proxy."""


@runtime_checkable
class EndsSurplus(Protocol):
    """A place where instances may run that the strategy has no more."""

    def end_surplus(self) -> Sequence[str]:
        """End them; return what they were called. No traffic reaches them by then."""


@runtime_checkable
class KnowsSecrets(Protocol):
    """A place whose versions outgrow starts itself, with the values of their secrets."""

    def known_secrets(self) -> Collection[str]:
        """Return the values that nobody may read in what a version prints or answers."""


# `unknown`: it was told to begin, and nothing here can tell how it goes. It is never `done`.
RolloutPhase = Literal["running", "done", "failed", "reverting", "reverted", "unknown"]


@dataclass(frozen=True, slots=True)
class RolloutState:
    """How far a provider has come with a version.

    `share_new` is the part of the traffic (0 to 1) that the new version has, None where the
    provider does not tell; so are the counts of instances. `reason` is its own word.
    """

    phase: RolloutPhase
    share_new: float | None = None
    healthy: int | None = None
    wanted: int | None = None
    reason: str = ""


class Rollout(Protocol):
    """Where the provider replaces versions by itself: ECS, a Kubernetes Deployment, a host.

    Each call may be repeated. All raise OutsideError when the provider fails.
    """

    def describe(self) -> str:
        """Return what it is, in a line: `the ECS service api in cluster shop (eu-west-1)`."""

    def preflight(self, version: Version) -> Sequence[Problem]:
        """Return every reason for which `version` cannot be put in place here."""

    def current(self) -> Version | None:
        """Return the version that has the traffic, None when nothing was deployed yet."""

    def run_once(self, version: Version, command: Sequence[str]) -> Ran:
        """Run `command` once with the image and the variables of `version`, and wait."""

    def begin(self, version: Version, token: str) -> str:
        """Let the provider replace versions; return its name for this rollout.

        The same `token` never begins a second one.
        """

    def progress(self, rollout: str) -> RolloutState:
        """Return how far it has come."""

    def abort(self, rollout: str) -> None:
        """Let the provider go back to the version before, also from a rollout that was done.

        From then on `progress` says `reverting`, and at the end `reverted`, or `failed`.
        """

    def evidence(self, rollout: str) -> Sequence[Evidence]:
        """Return what explains why it failed, one for each instance that does not work."""


@runtime_checkable
class EndsFirstVersions(Protocol):
    """A rollout that can end its very first version: there is none to go back to."""

    def end_first(self, rollout: str) -> None:
        """End what a rollout has begun; `progress` says `reverted` from then on."""


@runtime_checkable
class BakesItself(Protocol):
    """A rollout whose provider may watch a new version beside the old one before it is done."""

    def bakes_itself(self) -> bool:
        """Return whether it does so, for as long as the policy says: no second bake follows."""


@runtime_checkable
class RemembersTokens(Protocol):
    """A rollout that can be asked what was begun, without beginning anything."""

    def begun(self, version: Version, token: str) -> str | None:
        """Return the provider's name of what was begun with `token`, None for nothing."""


class TrafficSource(Protocol):
    """Counts requests of the old and the new version: the proxy, Prometheus, CloudWatch."""

    @property
    def name(self) -> str:
        """Return what it is called in explanations."""

    def begin(self) -> None:
        """Count from now on."""

    def read(self) -> Mapping[Side, Counted]:
        """Return everything counted since `begin`; a side that is not known is left out."""


@runtime_checkable
class CountsVersions(Protocol):
    """A rollout whose provider counts the requests of the old and the new version apart."""

    def traffic(self, version: Version) -> TrafficSource | None:
        """Return what counts while `version` comes in; None where both are counted as one."""


class Judge(Protocol):
    """Says whether the new version may have more traffic, or may keep what it has.

    It is made for the slots of one deploy (which are old, which are new) and the gate of its
    policy, from traffic sources. It neither waits nor decides what an undecided verdict means.
    """

    def begin(self) -> None:
        """Judge what happens from now on.

        Called before the new version has any traffic, when an earlier run is gone on with, and
        each time the weights have changed. What the old version did until then is kept: once
        everything is shifted, nothing else is left to compare with.
        """

    def verdict(self) -> Verdict:
        """Return what everything since `begin` says, as of now; a failing source is undecided."""


class Resolver(Protocol):
    """Knows what a reference of the user's means where a component runs."""

    def resolve(self, reference: str) -> str:
        """Return the artifact that `reference` means now, in words that never change meaning.

        Of a tag: the image with its digest, or the id of an image of that machine. Raises
        InputError when there is no such thing, OutsideError when nobody answers.
        """


class Person(Protocol):
    """Who started the deploy, if there is somebody."""

    def agrees(self, question: str) -> bool | None:
        """Return the answer; None when nobody is at a terminal."""


class Hooks(Protocol):
    """Runs the team's own commands around a deploy."""

    def run(self, command: Sequence[str], version: Version) -> Ran:
        """Run `command` here and wait; a command of one text is run by a shell."""


class Record(Protocol):
    """The journal of one deploy. Every step is noted before it is done."""

    def is_done(self, step: str) -> bool:
        """Return whether an earlier run, or this one, ended the step."""

    def is_begun(self, step: str) -> bool:
        """Return whether an earlier run, or this one, has begun the step."""

    def started(self, step: str) -> None:
        """Note that the step is about to be done; raise when another process goes on."""

    def done(self, step: str, found: Mapping[str, JsonValue] | None = None) -> None:
        """Note that it has been done."""

    def note(self, step: str, found: Mapping[str, JsonValue]) -> None:
        """Keep what was found so far of a step that is begun."""

    def found(self, step: str) -> Mapping[str, JsonValue]:
        """Return what was found when the step was done, or noted of it before."""

    def undone(self, step: str) -> None:
        """Note that what it did is no more."""


class Pause(Protocol):
    """The engine's idea of time."""

    def seconds(self) -> float:
        """Return seconds that only ever grow."""

    def wait(self, seconds: float) -> None:
        """Return after `seconds`; raise KeyboardInterrupt once a person has asked for an end."""


class Progress(Protocol):
    """Is told of everything that happens, for people and for `--json`."""

    def event(self, kind: str, facts: Mapping[str, JsonValue]) -> None:
        """Take note: `kind` is such as `step-started`, `weights`, `verdict`, `reverted`."""

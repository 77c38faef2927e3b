"""`outgrow deploy`, `rollback` and `promote`: the plan, the question, and the way there."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, replace
from select import select
from typing import TextIO

from outgrow.cli.confirm import confirm
from outgrow.cli.console import out
from outgrow.cli.target_line import print_target
from outgrow.cli.views.deploy_events import Events, JsonEvents, events_on_stderr
from outgrow.cli.views.deploy_view import print_prepared, print_result
from outgrow.clients.heeding_pause import heeding
from outgrow.clients.hook_commands import LocalHooks
from outgrow.deploy.discretion import DiscreetProgress
from outgrow.deploy.ports import Pause
from outgrow.deploy.redaction import redactor
from outgrow.errors import (
    EXIT_ANSWER_IS_NO,
    EXIT_DONE,
    EXIT_OUTSIDE_FAILED,
    InputError,
    Interrupted,
    OutsideError,
)
from outgrow.operations.deploying.backends import Backends, RealBackends
from outgrow.operations.deploying.carried import DeployResult, carry_out
from outgrow.operations.deploying.configuration import hashed_variables, readable_secrets
from outgrow.operations.deploying.desk import deploy_state, wait_until_free
from outgrow.operations.deploying.judging import real_judges
from outgrow.operations.deploying.places import Places
from outgrow.operations.deploying.prepared import (
    PreparedDeploy,
    prepare_deploy,
    prepare_rollback,
)
from outgrow.operations.deploying.prove import ProveOptions, load_prover
from outgrow.operations.deploying.records import ROLLBACK
from outgrow.operations.deploying.rules import (
    needs_approval,
    require_migrated_first,
    require_own_values,
)
from outgrow.operations.deploying.session import Judges, Prover, Session
from outgrow.operations.deploying.targets import DeployTarget, find_target
from outgrow.operations.deploying.wanted import DeployWish, version_that_passed
from outgrow.operations.env import process_environment
from outgrow.operations.opened import open_strategy
from outgrow.store.errors import StateUnreadable
from outgrow.store.journal import Journal
from outgrow.store.store import Store

Prepare = Callable[[Places, Journal], PreparedDeploy]
_LISTENS_SECONDS = 0.2  # for an answer, before it is looked whether Ctrl-C was pressed
Pauses = Callable[[Callable[[], None]], AbstractContextManager[Pause]]


@dataclass(frozen=True, slots=True)
class DeployOptions:
    """How a deploy is begun, proved and shown."""

    approved_by: str | None
    wait_seconds: float
    dry_run: bool
    yes: bool
    as_json: bool
    proof: ProveOptions | None = None


def real_prover(target: DeployTarget, wish: ProveOptions) -> Prover:
    """Return a load of requests to the environment's proxy."""
    return load_prover(target.system, target.part, wish)


@dataclass(frozen=True, slots=True)
class DeployTools:
    """What a command works with; tests bring their own."""

    backends: Backends
    judges: Callable[[DeployTarget], Judges]
    pauses: Pauses = heeding
    provers: Callable[[DeployTarget, ProveOptions], Prover] = real_prover


def real_tools() -> DeployTools:
    """Return what a command works with when a user runs it."""
    return DeployTools(RealBackends(), real_judges)


def run_deploy(
    path: str | None,
    component: str | None,
    environment: str | None,
    wish: DeployWish,
    options: DeployOptions,
    tools: DeployTools | None = None,
) -> int:
    """Print the plan, ask, and deploy."""
    target = find_target(open_strategy(path), component, environment)
    return _deployed(_Command("deploy", target, options, tools or real_tools()), wish)


def run_rollback(
    path: str | None,
    component: str | None,
    environment: str | None,
    to: str | None,
    options: DeployOptions,
    tools: DeployTools | None = None,
) -> int:
    """Print what is gone back to, ask, and go."""
    target = find_target(open_strategy(path), component, environment)

    def prepare(places: Places, journal: Journal) -> PreparedDeploy:
        return prepare_rollback(target, places, journal, to)

    return _Command("rollback", target, options, tools or real_tools()).run(prepare)


def run_promote(
    path: str | None,
    component: str | None,
    environment: str,
    wish: DeployWish,
    options: DeployOptions,
    tools: DeployTools | None = None,
) -> int:
    """Deploy what passed in one environment to another."""
    opened = open_strategy(path)
    target = find_target(opened, component, environment)
    source = find_target(opened, target.component, wish.promoted_from)
    if source.environment == target.environment:
        raise InputError(
            "a version is promoted from one environment to another", "Name two of them."
        )
    with deploy_state(source) as store:
        passed = version_that_passed(source, Journal(store), wish.version)
    command = _Command("promote", target, options, tools or real_tools())
    return _deployed(command, replace(wish, version=None, proved=passed))


def _deployed(command: _Command, wish: DeployWish) -> int:
    target = command.target
    configuration = hashed_variables(target, process_environment())
    resolver = command.tools.backends.resolver(target.opened, target.system, target.part)

    def prepare(places: Places, journal: Journal) -> PreparedDeploy:
        return prepare_deploy(target, wish, places, resolver, journal, configuration)

    return replace(command, goes_on=wish.resume).run(prepare)


@dataclass(frozen=True, slots=True)
class _Command:
    """One command: what it is about, and how it was asked for."""

    name: str
    target: DeployTarget
    options: DeployOptions
    tools: DeployTools
    goes_on: bool = False

    def prover(self) -> Prover | None:
        """Return what proves the deploy, where that was asked for; it sends nothing yet."""
        wish = self.options.proof
        return None if wish is None else self.tools.provers(self.target, wish)

    def run(self, prepare: Prepare) -> int:
        """Print what will happen, ask, do it, print how it ended; return the exit code."""
        shown = JsonEvents(self.name) if self.options.as_json else None
        target = self.target
        what = f"{self.name} {target.component}"
        print_target(target.system.strategy.name, target.environment, target.rules, what)
        with (
            deploy_state(target) as store,
            Places(self.tools.backends, target, store) as places,
        ):
            if not self.options.dry_run:
                wait_until_free(store, target, self.options.wait_seconds, _say_waiting)
            prepared = prepare(places, Journal(store))
            require_migrated_first(prepared, Journal(store))
            require_own_values(prepared, process_environment())
            self._require_judge(prepared, places)
            _show(prepared, shown)
            if self.options.dry_run or prepared.nothing:
                return EXIT_DONE
            approved_by = _approval(prepared, self.options)
            question = _question(prepared)
            confirm(question, target.environment, target.rules, yes=self.options.yes)
            result = self._carried(prepared, places, store, shown, approved_by)
        with suppress(BrokenPipeError):  # it is done, whether anybody reads it or not
            if shown is not None:
                shown.result(result)
            else:
                print_result(out(), result)
        return _exit_code(result)

    def _require_judge(self, prepared: PreparedDeploy, places: Places) -> None:
        """Raise InputError before the plan is shown, where its gate could never judge it."""
        plan = prepared.plan
        if plan is not None and plan.judged:
            self.tools.judges(self.target)(places.at(prepared.place), plan)

    def _carried(
        self,
        prepared: PreparedDeploy,
        places: Places,
        store: Store,
        shown: JsonEvents | None,
        approved_by: str,
    ) -> DeployResult:
        gc.enable()  # `cli/main.py` turns it off, for commands of half a second
        try:
            with (
                events_on_stderr(shown) as events,
                self.tools.pauses(lambda: _say_interrupted(events)) as pause,
            ):
                session = self._session(events, pause)
                return carry_out(prepared, places, store, session, approved_by)
        except KeyboardInterrupt:
            raise Interrupted(
                "interrupted; what was done is in the journal", f"Run {self._ways_on}."
            ) from None
        except StateUnreadable as error:
            raise OutsideError(
                f"{error.reason}; nothing more was changed, and the deploy is left as it is",
                f"{error.remedy} Then run {self._ways_on}.",
            ) from None

    @property
    def _ways_on(self) -> str:
        named = f"{self.target.component} --environment {self.target.environment}"
        return (
            f"`outgrow deploy {named} --resume` to go on, or `outgrow rollback {named}` to take "
            "it back"
        )

    def _session(self, events: Events, pause: Pause) -> Session:
        target = self.target

        secrets = readable_secrets(target, process_environment())
        told = DiscreetProgress(events, redactor(secrets))

        def printed(line: str) -> None:
            told.event("printed", {"lines": [line]})

        return Session(
            person=TerminalPerson(events, pause, asks=not self.options.yes),
            progress=events,
            hooks=LocalHooks(target.folder, target.environment, target.component, printed),
            pause=pause,
            judges=self.tools.judges(target),
            goes_on=self.goes_on,
            prover=self.prover(),
            secrets=secrets,
        )


class TerminalPerson:
    """Whoever sits at the terminal, if anybody does."""

    def __init__(
        self, events: Events, pause: Pause, *, asks: bool, keyboard: TextIO | None = None
    ) -> None:
        self._events = events
        self._pause = pause
        self._asks = asks
        self._keyboard = keyboard or sys.stdin

    def agrees(self, question: str) -> bool | None:
        """Return the answer; None when nobody is there, or nobody wants to be asked.

        Raises KeyboardInterrupt when the answer is Ctrl-C.
        """
        if not self._asks or not self._keyboard.isatty():
            return None
        with self._events.quiet():
            print(f"{question} [y/N] ", end="", file=sys.stderr, flush=True)
            while not select([self._keyboard], [], [], _LISTENS_SECONDS)[0]:
                self._pause.wait(0)  # here a Ctrl-C is heard: a read would wait on for a line
            return self._keyboard.readline().strip().lower() in {"y", "yes"}


def _show(prepared: PreparedDeploy, shown: JsonEvents | None) -> None:
    """Print the plan; raises OutsideError when nobody reads it."""
    try:
        if shown is not None:
            shown.prepared(prepared)
        else:
            print_prepared(out(), prepared)
    except BrokenPipeError:
        raise OutsideError("nobody reads the plan, and nothing was changed") from None


def _approval(prepared: PreparedDeploy, options: DeployOptions) -> str:
    if not needs_approval(prepared):
        return options.approved_by or ""
    if options.approved_by:
        return options.approved_by
    if options.yes or not sys.stdin.isatty():
        raise InputError(
            f"{prepared.target.environment} wants somebody's approval, and nothing was changed",
            "Say who approves it: --approved-by NAME.",
        )
    print("Who approves it? Type the name: ", end="", file=sys.stderr, flush=True)
    name = sys.stdin.readline().strip()
    if not name:
        raise InputError("not approved, and nothing was changed")
    return name


def _question(prepared: PreparedDeploy) -> str:
    where = f"{prepared.target.component} in {prepared.target.environment}"
    if prepared.plan is None and prepared.first is not None:
        return f"Take deploy {prepared.first.number} of {where} back?"
    return f"Go back with {where}?" if prepared.kind == ROLLBACK else f"Deploy {where}?"


def _say_waiting(owner: str) -> None:
    print(f"waiting for {owner}, who deploys this now", file=sys.stderr, flush=True)


def _say_interrupted(events: Events) -> None:
    events.event("interrupted", {"words": "taking it back; Ctrl-C again leaves it as it is"})


def _exit_code(result: DeployResult) -> int:
    ended = result.last
    if ended.end == "done" and ended.problems:
        return EXIT_OUTSIDE_FAILED
    went_back = result.kind == ROLLBACK and result.ended is None and result.first is not None
    good = {"done", "ready", "reverted"} if went_back else {"done", "ready"}
    return EXIT_DONE if ended.end in good else EXIT_ANSWER_IS_NO

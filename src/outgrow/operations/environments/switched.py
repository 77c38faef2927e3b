"""`outgrow env switch`, `undo` and `history`: the active file, under a lease and a journal."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from pydantic import TypeAdapter

from outgrow.clients.clock import now
from outgrow.clients.private_files import PrivateFile
from outgrow.clients.secrets import variable
from outgrow.diagnostics import Diagnostic, Severity
from outgrow.environments.active_file import ActiveText, Block, read_active, with_block
from outgrow.environments.env_text import read_env_text, written
from outgrow.environments.in_flight import Running, WorkInFlight, running_in
from outgrow.environments.judging import active_problems
from outgrow.environments.problems import Problem
from outgrow.environments.resolving import Resolved
from outgrow.environments.switching import (
    STEPS,
    Change,
    ChangedMeanwhile,
    KeyFact,
    Live,
    PastSwitch,
    SwitchFacts,
    carry_out,
    changed_keys,
    go_on,
    has_happened,
    standing,
)
from outgrow.errors import InputError
from outgrow.operations.environments.book import Book
from outgrow.operations.environments.checking import Asked, Judged, ProfileCheck, judge, remember
from outgrow.operations.environments.listing import active_path
from outgrow.operations.environments.profiles import Profiles
from outgrow.store.heartbeat import Held, held
from outgrow.store.journal import Journal
from outgrow.store.leases import Leases
from outgrow.store.owner import this_process
from outgrow.store.records import Operation, Outcome, PlannedStep, StepState
from outgrow.store.store import STATE_URL, open_store, state_place
from outgrow.strategy.environments import Rules

KIND = "env-switch"
_FACTS: TypeAdapter[SwitchFacts] = TypeAdapter(SwitchFacts)


class ProfileRefused(InputError):
    """A profile that must not become active; `diagnostics` holds every reason."""

    def __init__(self, environment: str, problems: Sequence[Problem]) -> None:
        count = len(problems)
        super().__init__(f"{environment} is refused: {count} problem{'s' if count != 1 else ''}")
        self.diagnostics = tuple(
            Diagnostic(Severity.ERROR, one.code, one.reason, one.remedy, (environment,))
            for one in problems
        )


@dataclass(frozen=True, slots=True)
class SwitchWish:
    """How a switch is to be made."""

    asked: Asked
    take_over: bool = False


@dataclass(frozen=True, slots=True)
class SwitchPlan:
    """A switch that may be made: what comes, what goes, what stays where it is.

    `edited` are variables of the old block that somebody changed by hand; they are written anew.
    """

    file: str
    previous: str | None
    environment: str | None
    check: ProfileCheck | None
    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]
    taken_over: tuple[str, ...]
    edited: tuple[str, ...]
    running: tuple[Running, ...]
    rules: Rules
    change: Change | None = field(repr=False)
    judged: Judged | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Switched:
    """What a switch came to; `written` is False when everything was as it should be already."""

    environment: str | None
    previous: str | None
    file: str
    component: str | None
    written: bool
    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]
    taken_over: tuple[str, ...]
    live: Live | None
    notes: tuple[str, ...]
    running: tuple[Running, ...]
    operation: int | None


@dataclass(frozen=True, slots=True)
class Past:
    """A switch of the journal; `keys` are the variables that it wrote, without values."""

    operation: int
    at: datetime
    who: str
    environment: str | None
    previous: str | None
    component: str | None
    file: str
    live: Live
    keys: tuple[str, ...]
    rebound: tuple[str, ...]
    undo_of: int | None
    undone: bool
    outcome: Outcome | None
    reason: str


class JournalWork:
    """What the journal knows to be unfinished in an environment, switches apart."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def begun_in(self, environment: str) -> Sequence[Running]:
        """Return the operations that were begun there and have not ended."""
        return [
            Running(
                one.subject, environment, str(one.owner), one.begun,
                "It goes on there: run the command that began it again.",
            )
            for one in self._journal.all_unfinished()
            if one.environment == environment and one.kind != KIND
        ]  # fmt: skip


class SwitchDesk:
    """One active file, while this process alone may change it."""

    def __init__(
        self,
        profiles: Profiles,
        path: str,
        journal: Journal,
        lease: Held,
        work: Sequence[WorkInFlight] = (),
    ) -> None:
        self._profiles = profiles
        self._path = path
        self._journal = journal
        self._lease = lease
        self._work = (JournalWork(journal), *work)
        self._file = PrivateFile(profiles.folder / path)

    def recover(self) -> str | None:
        """End what a killed switch left; return what became of it, None when there was none."""
        self._file.forget_aside()
        left = [one for one in self._operations() if one.outcome is None]
        told = None
        for operation in left:
            told = self._recovered(operation)
        return told

    def plan(self, given: str, wish: SwitchWish) -> SwitchPlan:
        """Return the switch to an environment; raise ProfileRefused with all that is wrong."""
        environment = self._profiles.name_of(given)
        return self._plan(environment, self._profiles.component, wish, undo_of=None)

    def environment_to_return_to(self) -> str | None:
        """Return what was active before the last switch, None when nothing was.

        Raises InputError when there is no switch to take back.
        """
        stack = standing(self._past())
        if not stack:
            raise InputError("there is no switch to take back", "See `outgrow env history`.")
        return stack[-2].facts.environment if len(stack) > 1 else None

    def plan_undo(self, wish: SwitchWish, *, accept_changed: bool) -> SwitchPlan:
        """Return the way back to what was active before the last switch.

        Raises InputError when there is nothing to take back, or when values of that environment
        are not what they were then.
        """
        environment = self.environment_to_return_to()
        stack = standing(self._past())
        if environment is None:
            return self._plan_removal(stack[-1])
        before = stack[-2].facts
        plan = self._plan(environment, before.component, wish, undo_of=stack[-1].number)
        assert plan.change is not None
        if (changed := changed_keys(before.keys, plan.change.facts.keys)) and not accept_changed:
            raise InputError(
                f"{environment} is not what it was: {', '.join(changed)} changed since",
                "Look at it (`outgrow env check`), then add --accept-changed.",
            )
        return plan

    def carry_out(self, plan: SwitchPlan) -> Switched:
        """Make the switch of `plan`, and keep what its check has shown.

        Raises InputError when somebody changed the file meanwhile: nothing was written then.
        """
        if plan.judged is not None and plan.judged.check.live is not Live.LEFT_OUT:
            remember(self._profiles, plan.judged)
        if plan.change is None:
            return self.as_planned(plan)
        return self.as_planned(plan, self._made(plan.change))

    def as_planned(self, plan: SwitchPlan, operation: int | None = None) -> Switched:
        """Return what `plan` comes to; without an operation nothing has been written."""
        check = plan.check
        return Switched(
            environment=plan.environment,
            previous=plan.previous,
            file=plan.file,
            component=check.component if check else None,
            written=operation is not None,
            added=plan.added,
            removed=plan.removed,
            changed=plan.changed,
            taken_over=plan.taken_over,
            live=check.live if check else None,
            notes=check.notes if check else (),
            running=plan.running,
            operation=operation,
        )

    def _plan(
        self, environment: str, component: str | None, wish: SwitchWish, undo_of: int | None
    ) -> SwitchPlan:
        profiles = self._profiles.of(component)
        judged = judge(profiles, environment, wish.asked)
        text = self._file.read()
        active = read_active(text or "")
        keys, values = _of_all_profiles(profiles, judged.resolved)
        problems = (
            *judged.check.problems,
            *active_problems(active, keys, values, take_over=wish.take_over),
        )
        if problems:
            raise ProfileRefused(environment, problems)
        return self._planned(judged, text, active, keys, wish, undo_of)

    def _planned(
        self,
        judged: Judged,
        text: str | None,
        active: ActiveText,
        keys: frozenset[str],
        wish: SwitchWish,
        undo_of: int | None,
    ) -> SwitchPlan:
        check = judged.check
        old = _values_of(active.block)
        block = Block(check.environment, secrets.token_hex(6), tuple(_lines(judged.resolved)))
        new = {key: one.text for key, one in judged.resolved.values.items()}
        taken = tuple(dict.fromkeys(one.key for one in active.own if one.key in keys))
        same = active.block is not None and active.block.lines == block.lines and not taken
        previous = active.block.environment if active.block else None
        facts = SwitchFacts(
            environment=check.environment,
            component=check.component,
            path=self._path,
            switch=block.switch,
            previous=previous,
            keys=self._key_facts(judged.resolved),
            live=check.live,
            taken_over=taken,
            rebound=tuple(sorted(wish.asked.rebound)),
            undo_of=undo_of,
        )
        change = Change(facts, text, with_block(active, block, taken))
        unchanged = same and previous == check.environment and undo_of is None
        return SwitchPlan(
            file=self._path,
            previous=previous,
            environment=check.environment,
            check=check,
            added=tuple(one for one in new if one not in old),
            removed=tuple(one for one in old if one not in new),
            changed=tuple(one for one in new if one in old and old[one] != new[one]),
            taken_over=taken,
            edited=self._edited(active.block),
            running=self._running(previous, check.environment),
            rules=self._profiles.rules(check.environment),
            change=None if unchanged else change,
            judged=judged,
        )

    def _plan_removal(self, last: PastSwitch) -> SwitchPlan:
        text = self._file.read()
        active = read_active(text or "")
        if active.damaged:
            raise ProfileRefused(
                self._path, tuple(active_problems(active, (), {}, take_over=False))
            )
        previous = active.block.environment if active.block else None
        facts = SwitchFacts(
            None, None, self._path, secrets.token_hex(6), previous, (), Live.NOTHING_TO_CHECK,
            undo_of=last.number,
        )  # fmt: skip
        return SwitchPlan(
            file=self._path,
            previous=previous,
            environment=None,
            check=None,
            added=(),
            removed=tuple(_values_of(active.block)),
            changed=(),
            taken_over=(),
            edited=self._edited(active.block),
            running=self._running(previous, None),
            rules=Rules(),
            change=Change(facts, text, with_block(active, None, ())),
            judged=None,
        )

    def _made(self, change: Change) -> int:
        facts = change.facts
        operation = self._journal.begin(
            KIND,
            self._subject,
            facts.environment or facts.previous or "",
            [PlannedStep(one) for one in STEPS],
            this_process(),
            _FACTS.dump_python(facts, mode="json"),
            self._lease.lease,
        )
        record = _Record(self._journal, operation, self._lease)
        try:
            carry_out(change, self._file, _Pointer(self._profiles.book), record)
        except ChangedMeanwhile:
            self._journal.finish(operation, Outcome.UNDONE, "the file was changed meanwhile")
            raise InputError(
                f"{self._path} was changed meanwhile, and nothing was written",
                "Look at it, and switch again.",
            ) from None
        self._journal.finish(operation, Outcome.DONE)
        return operation.id

    def _recovered(self, operation: Operation) -> str:
        facts = _FACTS.validate_python(operation.facts)
        adopted = self._journal.adopt(operation, this_process(), self._lease.lease)
        what = f"the switch to {facts.environment or 'no environment'}"
        if not has_happened(facts, self._file.read()):
            self._journal.finish(adopted, Outcome.UNDONE, "ended before the file was written")
            return f"{what} was killed before it changed anything"
        record = _Record(self._journal, adopted, self._lease)
        go_on(facts, _Pointer(self._profiles.book), record)
        self._journal.finish(adopted, Outcome.DONE, "ended by the next command")
        return f"{what} was killed after it was made; what was left to do is done"

    def _operations(self) -> tuple[Operation, ...]:
        return self._journal.of_subject(self._subject)

    @property
    def _subject(self) -> str:
        return subject_of(self._profiles, self._path)

    def _past(self) -> tuple[PastSwitch, ...]:
        return _happened(self._operations())

    def _key_facts(self, resolved: Resolved) -> tuple[KeyFact, ...]:
        return tuple(
            KeyFact(entry.key, entry.kind, value.found_in, self._digest(entry.key, value.text))
            for entry in resolved.profile.entries
            if (value := resolved.values.get(entry.key))
        )

    def _digest(self, key: str, text: str) -> str:
        return self._profiles.book.digest(text, f"value of {key}")

    def _edited(self, block: Block | None) -> tuple[str, ...]:
        if block is None:
            return ()
        last = next((o for o in reversed(self._past()) if o.facts.switch == block.switch), None)
        if last is None:
            return ()
        known = {one.key: one.digest for one in last.facts.keys}
        now_there = {key: self._digest(key, text) for key, text in _values_of(block).items()}
        return tuple(
            key
            for key in dict.fromkeys((*known, *now_there))
            if known.get(key) != now_there.get(key)
        )

    def _running(self, previous: str | None, following: str | None) -> tuple[Running, ...]:
        if previous is None or previous == following:
            return ()
        return running_in(previous, self._work)


@contextmanager
def at_switch(
    profiles: Profiles, file: str | None, work: Sequence[WorkInFlight] = ()
) -> Iterator[SwitchDesk]:
    """Give the active file to this process alone; raise LeaseTaken while another has it.

    `work` knows of more that goes on in environments than the journal does.
    """
    path = active_path(profiles, file)
    with open_store(state_place(profiles.folder, variable(STATE_URL)), now) as store:
        lease = held(Leases(store), subject_of(profiles, path), this_process())
        with lease as holding:
            yield SwitchDesk(profiles, path, Journal(store), holding, work)


def switches_of(profiles: Profiles, file: str | None) -> tuple[Past, ...]:
    """Return every switch of an active file, newest first; makes no state where there is none."""
    place = state_place(profiles.folder, variable(STATE_URL))
    if isinstance(place, Path) and not place.exists():
        return ()
    with open_store(place, now) as store:
        subject = subject_of(profiles, active_path(profiles, file))
        found = Journal(store).of_subject(subject)
    stays = {one.number for one in standing(_happened(found))}
    return tuple(_past(one, one.id in stays) for one in reversed(found))


def _happened(operations: Sequence[Operation]) -> tuple[PastSwitch, ...]:
    return tuple(
        PastSwitch(one.id, _FACTS.validate_python(one.facts))
        for one in operations
        if one.outcome is Outcome.DONE
    )


def subject_of(profiles: Profiles, path: str) -> str:
    """Return what the journal calls an active file: of this machine, where a team shares one."""
    return f"active environment in {path} ({profiles.book.name})"


class _Record:
    def __init__(self, journal: Journal, operation: Operation, lease: Held) -> None:
        self._journal = journal
        self._operation = operation
        self._lease = lease
        self._done = {one.name for one in operation.steps if one.state is StepState.DONE}

    def started(self, step: str) -> None:
        self._lease.check()
        self._journal.start(self._operation, STEPS.index(step))

    def done(self, step: str) -> None:
        self._journal.done(self._operation, STEPS.index(step))
        self._done.add(step)

    def is_done(self, step: str) -> bool:
        return step in self._done


class _Pointer:
    def __init__(self, book: Book) -> None:
        self._book = book

    def write(self, facts: SwitchFacts) -> None:
        self._book.point(facts, now())


def _of_all_profiles(
    profiles: Profiles, resolved: Resolved
) -> tuple[frozenset[str], dict[str, set[str]]]:
    """Return the variables of every environment, and the values that their files give them."""
    values: dict[str, set[str]] = {}
    keys: set[str] = set()
    for name in profiles.names:
        one = profiles.on_this_machine(name)
        keys.update(entry.key for entry in one.profile.entries)
        for key, value in one.values.items():
            values.setdefault(key, set()).add(value.text)
    for key, value in resolved.values.items():
        values.setdefault(key, set()).add(value.text)
    return frozenset(keys | values.keys()), values


def _lines(resolved: Resolved) -> Iterator[str]:
    for key, value in resolved.values.items():
        line = written(key, value.text)
        assert line is not None  # a profile with such a value has been refused
        yield from line.split("\n")


def _values_of(block: Block | None) -> dict[str, str]:
    return dict(read_env_text("\n".join(block.lines)).values) if block else {}


def _past(operation: Operation, stands: bool) -> Past:
    facts = _FACTS.validate_python(operation.facts)
    made = operation.outcome is Outcome.DONE
    return Past(
        operation=operation.id,
        at=operation.begun,
        who=operation.owner.who,
        environment=facts.environment,
        previous=facts.previous,
        component=facts.component,
        file=facts.path,
        live=facts.live,
        keys=tuple(one.key for one in facts.keys),
        rebound=facts.rebound,
        undo_of=facts.undo_of,
        undone=made and facts.undo_of is None and not stands,
        outcome=operation.outcome,
        reason=operation.reason,
    )

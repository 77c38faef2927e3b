"""`outgrow env check`: everything that is wrong with a profile, its endpoints asked as well."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from urllib.parse import urlsplit, urlunsplit

from outgrow.clients.clock import monotonic_seconds, now
from outgrow.clients.endpoint_probe import Question, ask
from outgrow.clients.store_probe import ask_store, can_ask
from outgrow.environments.addresses import WEB
from outgrow.environments.bindings import Binding, Pair, pairs_of
from outgrow.environments.judging import Surroundings, profile_problems
from outgrow.environments.live import Answer, Checked, live_problems
from outgrow.environments.problems import Problem
from outgrow.environments.profile import Kind, shown_value
from outgrow.environments.resolving import Resolved, Value
from outgrow.environments.rules import store_mark, stores_in
from outgrow.environments.switching import Live
from outgrow.operations.environments.profiles import Profiles

_AT_ONCE = 8
Task = Callable[[], Checked]


@dataclass(frozen=True, slots=True)
class Asked:
    """How endpoints are asked: whether at all, stores too, and for how long each."""

    live: bool = True
    stores: bool = False
    deadline_seconds: float = 5.0
    rebound: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class CheckedVariable:
    """A variable of a profile; `value` is None for a secret, `found_in` where there is none."""

    key: str
    kind: Kind
    value: str | None
    reference: str | None
    found_in: str | None
    components: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProfileCheck:
    """What came of a check; `notes` are no reason to refuse it."""

    strategy: str
    phase: str
    environment: str
    component: str | None
    env_file: str
    variables: tuple[CheckedVariable, ...]
    problems: tuple[Problem, ...]
    live: Live
    endpoints: tuple[Checked, ...]
    notes: tuple[str, ...]
    took_seconds: float

    @property
    def ok(self) -> bool:
        """Return whether the profile can be used."""
        return not self.problems


@dataclass(frozen=True, slots=True)
class Judged:
    """A check with the values that it was made of, for whoever goes on with them."""

    check: ProfileCheck
    resolved: Resolved = field(repr=False)
    around: Surroundings = field(repr=False)


def check_environment(profiles: Profiles, name: str, asked: Asked) -> ProfileCheck:
    """Return what is wrong with a profile, and remember its credentials when nothing is."""
    judged = judge(profiles, profiles.name_of(name), asked)
    if judged.check.ok and judged.check.live is not Live.LEFT_OUT:
        remember(profiles, judged)
    return judged.check


def judge(profiles: Profiles, environment: str, asked: Asked) -> Judged:
    """Return a profile with everything that is wrong with it.

    Endpoints are asked only when nothing else is wrong: no credential leaves this machine
    before it is clear that it belongs there.
    """
    began = monotonic_seconds()
    resolved = profiles.resolved(environment)
    around = profiles.surroundings(resolved, asked.rebound)
    problems = profile_problems(resolved, around)
    live, endpoints = _asked(resolved, asked) if not problems else (_not_asked(asked), ())
    profile = resolved.profile
    check = ProfileCheck(
        strategy=profile.strategy,
        phase=profile.phase,
        environment=environment,
        component=profile.component,
        env_file=profile.env_file,
        variables=tuple(_variables(resolved)),
        problems=(*problems, *live_problems(endpoints)),
        live=live,
        endpoints=endpoints,
        notes=tuple(_notes(resolved, around)),
        took_seconds=round(monotonic_seconds() - began, 3),
    )
    return Judged(check, resolved, around)


def remember(profiles: Profiles, judged: Judged) -> None:
    """Keep which endpoint took which credential, and where the data of production lies."""
    took = {one.key for one in judged.check.endpoints if one.is_well}
    environment, since = judged.check.environment, now()
    bindings = [
        Binding(
            profiles.book.digest(pair.credential), pair.address.place, environment,
            pair.bound.key, since,
        )
        for pair in pairs_of(judged.resolved)
        if pair.bound.key in took
    ]  # fmt: skip
    marks = []
    if environment == judged.around.production.environment:
        stores = [one for some in stores_in(judged.resolved).values() for one in some]
        marks = [profiles.book.digest(store_mark(one)) for one in stores]
    profiles.book.remember(bindings, marks)


def _variables(resolved: Resolved) -> Iterator[CheckedVariable]:
    for entry in resolved.profile.entries:
        found = resolved.values.get(entry.key)
        place = found.found_in if found and found.text.strip() else None
        if entry.kind is not Kind.SECRET:
            place = entry.place
        yield CheckedVariable(
            entry.key, entry.kind, shown_value(entry), entry.reference, place, entry.components
        )


def _notes(resolved: Resolved, around: Surroundings) -> Iterator[str]:
    profile, production = resolved.profile, around.production
    for key in resolved.process_differs:
        yield (
            f"{key} has another value in this process; a program started from here may see that "
            "one instead of the file's"
        )
    forbidden = not profile.rules.production_data
    if forbidden and profile.environment != production.environment and not production.is_known:
        yield (
            f"nothing here says where the data of {production.environment} lies, so nobody could "
            f"tell whether {profile.environment} reaches it"
        )


def _not_asked(asked: Asked) -> Live:
    return Live.NOTHING_TO_CHECK if asked.live else Live.LEFT_OUT


def _asked(resolved: Resolved, asked: Asked) -> tuple[Live, tuple[Checked, ...]]:
    if not asked.live:
        return Live.LEFT_OUT, ()
    tasks = tuple(_tasks(resolved, asked))
    if not tasks:
        return Live.NOTHING_TO_CHECK, ()
    if len(tasks) == 1:
        return Live.CHECKED, (tasks[0](),)
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        return Live.CHECKED, tuple(threads.map(lambda task: task(), tasks))


def _tasks(resolved: Resolved, asked: Asked) -> Iterator[Task]:
    for pair in pairs_of(resolved):
        if pair.address.scheme in WEB:
            yield _web_task(resolved, pair, asked.deadline_seconds)
    if asked.stores:
        for key, value in resolved.values.items():
            if can_ask(value.secret):
                yield _store_task(resolved, key, value, asked.deadline_seconds)


def _web_task(resolved: Resolved, pair: Pair, seconds: float) -> Task:
    terms = pair.bound.terms
    base = resolved.text(terms.endpoint) if "://" not in terms.endpoint else terms.endpoint
    url = _joined(base or "", terms.probe)
    secret = resolved.values[pair.bound.key].secret if terms.probe else None
    question = Question(url, terms.header, terms.scheme, secret)
    return _timed(pair.bound.key, pair.address.place, lambda: ask(question, seconds))


def _store_task(resolved: Resolved, key: str, value: Value, seconds: float) -> Task:
    place = ", ".join(one.place for one in stores_in(resolved).get(key, ()))
    return _timed(key, place, lambda: ask_store(value.secret, seconds))


def _timed(key: str, place: str, asking: Callable[[], tuple[Answer, str]]) -> Task:
    def run() -> Checked:
        began = monotonic_seconds()
        answer, detail = asking()
        return Checked(key, place, answer, detail, round(monotonic_seconds() - began, 3))

    return run


def _joined(base: str, probe: str | None) -> str:
    """Return the address of a probe; what stands behind `?` in the base is not its own."""
    parts = urlsplit(base)
    host = parts.netloc.rpartition("@")[2]
    if probe is None:
        return urlunsplit((parts.scheme, host, parts.path or "/", "", ""))
    path, _, query = probe.partition("?")
    whole = parts.path.rstrip("/") + "/" + path.lstrip("/")
    return urlunsplit((parts.scheme, host, whole, query, ""))

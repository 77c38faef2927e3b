"""The profile of an environment: its variables with their types, and where each value comes from.

It is made from the strategy alone; no value of a secret is part of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from outgrow.environments.problems import Code, Problem
from outgrow.errors import InputError
from outgrow.render.kit.text import is_settings
from outgrow.render.system.model import Part, Role, System
from outgrow.strategy.components import Component, Credential
from outgrow.strategy.environments import Environment, Rules
from outgrow.strategy.strategy import Strategy

# A password in an address is a secret, wherever somebody wrote it.
_PASSWORD = re.compile(r"(://[^:/@\s]*:)[^@\s]+@")


class Kind(StrEnum):
    """What a variable is: a value of the strategy, settings that outgrow makes, or a secret."""

    PLAIN = "plain"
    SETTINGS = "settings"
    SECRET = "secret"


@dataclass(frozen=True, slots=True)
class Entry:
    """One variable; `value` is the strategy's, `reference` where a secret lives."""

    key: str
    kind: Kind
    value: str | None = field(repr=False)
    reference: str | None
    components: tuple[str, ...]
    place: str


@dataclass(frozen=True, slots=True)
class Bound:
    """A credential with the endpoint that it belongs to: another variable, or an address."""

    key: str
    component: str
    terms: Credential


@dataclass(frozen=True, slots=True)
class Profile:
    """The variables of an environment, of all its applications or of one `component`.

    `known` holds every name that an env file may have; `conflicts` are variables on which two
    components differ.
    """

    strategy: str
    phase: str
    environment: str
    component: str | None
    env_file: str
    entries: tuple[Entry, ...]
    conflicts: tuple[Problem, ...]
    bound: tuple[Bound, ...]
    hosts: Mapping[str, tuple[str, ...]]
    known: frozenset[str]
    rules: Rules

    def entry(self, key: str) -> Entry | None:
        """Return the variable called `key`."""
        return next((one for one in self.entries if one.key == key), None)


def profile_of(system: System, component: str | None = None) -> Profile:
    """Return the profile of `system`; raise InputError for a component that is not there."""
    parts = _parts(system, component)
    found: dict[str, list[Entry]] = {}
    for part in parts:
        for entry in _entries(system, part):
            found.setdefault(entry.key, []).append(entry)
    hosts = system.settings.hosts
    return Profile(
        strategy=system.name,
        phase=system.phase,
        environment=system.environment,
        component=component,
        env_file=system.settings.env_file or f".env.{system.environment}",
        entries=tuple(_joined(same) for same in found.values()),
        conflicts=tuple(_conflicts(found)),
        bound=tuple(
            Bound(key, part.component, terms)
            for part in parts
            for key, terms in part.spec.credentials.items()
            if key in part.secrets
        ),
        hosts={key: tuple(named) for key, named in hosts.items()},
        known=frozenset({*found, *_known(system.strategy)}),
        rules=system.settings.rules,
    )


def shown_value(entry: Entry) -> str | None:
    """Return the value of a variable that is no secret, a password in it as `***`."""
    return None if entry.value is None else _PASSWORD.sub(r"\1***@", entry.value)


def _parts(system: System, component: str | None) -> tuple[Part, ...]:
    applications = system.parts_of(Role.APPLICATION)
    if component is None:
        return applications
    found = tuple(one for one in applications if component in (one.component, one.name))
    if not found:
        names = ", ".join(one.component for one in applications) or "none"
        where = f"{system.phase} ({system.environment})"
        raise InputError(
            f"there is no application {component!r} in {where}", f"There are: {names}."
        )
    return found


def _entries(system: System, part: Part) -> Iterator[Entry]:
    here = (part.component,)
    for key, value in part.environment.items():
        if is_settings(part, key):
            made = f"{system.phase} in {system.environment}"
            yield Entry(key, Kind.SETTINGS, _readable_anywhere(value), None, here, made)
        else:
            yield Entry(key, Kind.PLAIN, value, None, here, _place(system, part, key))
    for key, reference in part.secrets.items():
        yield Entry(key, Kind.SECRET, None, reference, here, reference)


def _place(system: System, part: Part, key: str) -> str:
    if key in system.settings.environment:
        return system.where("environments", system.environment, "environment", key)
    return system.where(*part.path, "environment", key)


def _readable_anywhere(settings: str) -> str:
    """Return JSON in which nothing stands that env files quote in several ways."""
    return settings.replace("\\\\", "\\u005c").replace("'", "\\u0027")


def _joined(same: list[Entry]) -> Entry:
    first = same[0]
    components = tuple(name for one in same for name in one.components)
    return Entry(first.key, first.kind, first.value, first.reference, components, first.place)


def _conflicts(found: Mapping[str, list[Entry]]) -> Iterator[Problem]:
    for key, same in found.items():
        if len({(one.kind, one.value, one.reference) for one in same}) > 1:
            names = " and ".join(name for one in same for name in one.components)
            reason = f"{key} is not the same for {names}"
            yield Problem(
                Code.SEVERAL_VALUES, key, reason, f"Take one: --component {same[0].components[0]}."
            )


def _known(strategy: Strategy) -> Iterator[str]:
    """Yield every name that the strategy has for a variable, in whatever environment."""
    places: list[Component | Environment] = [
        *strategy.components.values(), *strategy.environments.values()
    ]  # fmt: skip
    for place in places:
        yield from place.environment
        for key, reference in place.secrets.items():
            yield key
            kind, _, name = reference.partition(":")
            if kind == "env":
                yield name

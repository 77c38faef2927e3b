"""The variables of a component in an environment: what each is, and where its value comes from.

Plain values and `OUTGROW_KIT` are the strategy's. Secrets come from the environment of whoever
runs the command, or from the file of the environment; their values are never part of a result.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, NoReturn

from pydantic import SecretStr

from outgrow.clients.files import read_text
from outgrow.clients.processes import become
from outgrow.environments.env_text import read_env_text
from outgrow.environments.resolving import FROM_THE_PROCESS, Places, Unread
from outgrow.errors import InputError
from outgrow.operations.local_run.prepare import chosen_system
from outgrow.operations.opened import Opened
from outgrow.render.kit.text import is_settings
from outgrow.render.system.model import Part, Role, System

PROCESS = "the process environment"
# A password in an address is a secret, wherever somebody wrote it.
_PASSWORD = re.compile(r"(://[^:/@\s]*:)[^@\s]+@")


@dataclass(frozen=True, slots=True)
class Variable:
    """One variable; the value of a secret is never here.

    `reference` is where the strategy says that a secret lives. `found_in` is where its value
    was found, None where it is missing.
    """

    key: str
    kind: Literal["plain", "settings", "secret"]
    value: str | None
    reference: str | None
    found_in: str | None


@dataclass(frozen=True, slots=True)
class ComponentVariables:
    """The variables of one component, in a phase and an environment."""

    strategy: str
    phase: str
    environment: str
    component: str
    env_file: str
    variables: tuple[Variable, ...]

    @property
    def missing(self) -> tuple[Variable, ...]:
        """Return the secrets that nobody has given a value."""
        return tuple(one for one in self.variables if one.found_in is None)


@dataclass(frozen=True, slots=True)
class Bound:
    """The variables of a component, and the values that a program would be started with."""

    shown: ComponentVariables
    values: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Source:
    name: str
    values: Mapping[str, str] = field(repr=False)
    has_last_word: bool = False  # an empty value in it is a value that is missing


@dataclass(frozen=True, slots=True)
class _Sources:
    process: _Source
    file: _Source
    deploys: bool = field(kw_only=True)

    def of(self, reference: str) -> tuple[_Source, ...]:
        """Return where the value of a secret is looked for, the first place first."""
        if not self.deploys:
            return (self.process, self.file)
        handed = reference.partition(":")[0] in FROM_THE_PROCESS
        return (self.file, self.process) if handed else (self.file,)


def bound_variables(
    opened: Opened,
    phase: str | None,
    environment: str | None,
    component: str | None,
    process: Mapping[str, str],
    places: Places | None = None,
    *,
    deploys: bool = False,
) -> Bound:
    """Return the variables of `component`, or of the only application.

    Without a phase and an environment it is the environment for a laptop. `process` is the
    environment of this process, which comes before the file. What neither of them has is read
    from `places`, when they are given.

    Who `deploys` may have variables of another environment in the shell. There the file comes
    first, and the process counts only for what it is handed from outside (`env:`), as it does
    for `outgrow env switch`.
    """
    system = chosen_system(opened, phase, environment)
    part = _part(system, component)
    name = env_file_of(system)
    read = _read(Path(opened.path).resolve().parent / name)
    sources = _Sources(_Source(PROCESS, process), _Source(name, read, deploys), deploys=deploys)
    values: dict[str, str] = {}
    variables = tuple(_variables(system, part, sources, values))
    if places is not None:
        variables = tuple(_from_places(variables, places, values))
    shown = ComponentVariables(
        strategy=system.name,
        phase=system.phase,
        environment=system.environment,
        component=part.component,
        env_file=name,
        variables=variables,
    )
    return Bound(shown, values)


def run_with(bound: Bound, command: list[str], process: Mapping[str, str]) -> NoReturn:
    """Run `command` in place of this process, with the variables of a component.

    Raises InputError that lists every missing variable, or when there is no such command.
    """
    if missing := bound.shown.missing:
        raise InputError(
            f"no value for {', '.join(map(_named, missing))}",
            f"Set them in the environment or in {bound.shown.env_file} beside the strategy; "
            "`outgrow env show` says where each is looked for.",
        )
    become(command, {**process, **bound.values})


def env_file_of(system: System) -> str:
    """Return the file, beside the strategy, with the variables of an environment."""
    return system.settings.env_file or f".env.{system.environment}"


def secret_of(
    opened: Opened, system: System, reference: str, what: str, places: Places
) -> SecretStr:
    """Return the secret of a strategy at `reference`; `what` names it in errors.

    One of the environment is looked for in this process, then in the environment's file.
    """
    kind, _, name = reference.partition(":")
    if kind == "env":
        file = env_file_of(system)
        found = os.environ.get(name) or _read(Path(opened.path).resolve().parent / file).get(name)
        if found:
            return SecretStr(found)
        raise InputError(
            f"{what} is not set: {name} has no value", f"Set {name}, or write it into {file}."
        )
    read = places.read([reference])[reference]
    if isinstance(read, Unread):
        raise InputError(f"{what} cannot be read from {reference}: {read.reason}")
    return read


def process_environment() -> Mapping[str, str]:
    """Return the variables of this process."""
    return os.environ


def _part(system: System, component: str | None) -> Part:
    applications = system.parts_of(Role.APPLICATION)
    if component is not None:
        found = next((p for p in applications if component in (p.component, p.name)), None)
        if found is not None:
            return found
        reason = f"there is no application {component!r} in {system.phase} ({system.environment})"
        raise InputError(reason, f"There are: {_listed(applications)}.")
    with_kit = tuple(part for part in applications if part.spec.kit)
    candidates = with_kit or applications
    if len(candidates) != 1:
        raise InputError(
            f"{system.phase} in {system.environment} has {len(candidates)} applications",
            f"Say which one with --component: {_listed(candidates)}.",
        )
    return candidates[0]


def _listed(parts: tuple[Part, ...]) -> str:
    return ", ".join(part.component for part in parts) or "none"


def _read(path: Path) -> Mapping[str, str]:
    return read_env_text(read_text(str(path), "env file")).values if path.exists() else {}


def _variables(
    system: System, part: Part, sources: _Sources, values: dict[str, str]
) -> Iterator[Variable]:
    """Yield each variable, and put its value into `values`."""
    for key, value in part.environment.items():
        values[key] = value
        if is_settings(part, key):
            place = f"{system.phase} in {system.environment}"
            yield Variable(key, "settings", value, None, place)
        else:
            shown = _PASSWORD.sub(r"\1***@", value)
            yield Variable(key, "plain", shown, None, _place(system, part, key))
    for key, reference in part.secrets.items():
        found = next(_found(key, reference, sources.of(reference)), None)
        if found is not None:
            values[key] = found[1]
        yield Variable(key, "secret", None, reference, found[0] if found else None)


def _from_places(
    variables: tuple[Variable, ...], places: Places, values: dict[str, str]
) -> Iterator[Variable]:
    """Yield `variables`, those that were missing with what their own place has."""
    missing = {one.reference for one in variables if one.found_in is None and one.reference}
    far = sorted(one for one in missing if not one.startswith("env:"))
    read = places.read(far) if far else {}
    for one in variables:
        found = read.get(one.reference or "") if one.found_in is None else None
        if isinstance(found, SecretStr) and found.get_secret_value():
            values[one.key] = found.get_secret_value()
            yield replace(one, found_in=one.reference)
        else:
            yield one


def _place(system: System, part: Part, key: str) -> str:
    if key in system.settings.environment:
        return system.where("environments", system.environment, "environment", key)
    return system.where(*part.path, "environment", key)


def _found(key: str, reference: str, sources: tuple[_Source, ...]) -> Iterator[tuple[str, str]]:
    """Yield where a secret has a value, with the value: an empty one counts as none."""
    kind, _, name = reference.partition(":")
    names = dict.fromkeys((name, key)) if kind == "env" else (key,)
    for source in sources:
        for one in names:
            if source.values.get(one):
                told = source.name if one == key else f"{source.name}, as {one}"
                yield told, source.values[one]
            elif source.has_last_word and one in source.values:
                return


def _named(variable: Variable) -> str:
    reference = variable.reference or ""
    same = reference == f"env:{variable.key}"
    return variable.key if same else f"{variable.key} ({reference})"

"""`outgrow env list`, `current` and `diff`: what there is, what is active, how two differ."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from outgrow.clients.private_files import PrivateFile
from outgrow.environments.active_file import read_active
from outgrow.environments.differences import Difference, differences
from outgrow.environments.profile import Kind
from outgrow.operations.environments.profiles import Profiles
from outgrow.strategy.environments import DataKind, Rules


@dataclass(frozen=True, slots=True)
class Active:
    """What is active in a file; `environment` is None when outgrow wrote nothing into it.

    `since` is None when this machine does not remember the switch.
    """

    file: str
    environment: str | None
    component: str | None
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Listed:
    """An environment; `without_value` counts the secrets that no file here has."""

    environment: str
    active: bool
    phase: str
    env_file: str
    env_file_exists: bool
    variables: int
    secrets: int
    without_value: int
    data: DataKind
    rules: Rules


@dataclass(frozen=True, slots=True)
class Compared:
    """Two profiles, variable by variable."""

    first: str
    second: str
    component: str | None
    variables: tuple[Difference, ...]


def active_path(profiles: Profiles, given: str | None) -> str:
    """Return the path of the active file, relative to the strategy where it lies below it."""
    if given is None:
        return profiles.opened.strategy.active_env_file
    path = Path(given).absolute()
    folder = profiles.folder
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else str(path)


def active_files(profiles: Profiles, given: str | None) -> tuple[Active, ...]:
    """Return what is active: in the file given, or in the usual one and all that were written."""
    pointers = profiles.book.pointers()
    paths = [active_path(profiles, given)]
    if given is None:
        paths += [path for path in pointers if path not in paths]
    found = []
    for path in paths:
        block = read_active(PrivateFile(profiles.folder / path).read() or "").block
        pointed = pointers.get(path)
        same = pointed if block and pointed and pointed.switch == block.switch else None
        found.append(
            Active(
                path,
                block.environment if block else None,
                same.component if same else None,
                same.since if same else None,
            )
        )
    return tuple(found)


def active_environment(profiles: Profiles) -> str | None:
    """Return the environment that the usual file was switched to; None when it never was."""
    name = active_files(profiles, None)[0].environment
    return name if name in profiles.names else None


def list_environments(profiles: Profiles) -> tuple[Listed, ...]:
    """Return every environment; no place but the files beside the strategy is asked."""
    active = {one.environment for one in active_files(profiles, None)}
    return tuple(_listed(profiles, name, name in active) for name in profiles.names)


def compare_environments(profiles: Profiles, first: str, second: str) -> Compared:
    """Return how two profiles differ."""
    one, other = profiles.name_of(first), profiles.name_of(second)
    found = differences(profiles.resolved(one), profiles.resolved(other))
    return Compared(one, other, profiles.component, found)


def _listed(profiles: Profiles, name: str, active: bool) -> Listed:
    resolved = profiles.on_this_machine(name)
    profile = resolved.profile
    secrets = [one.key for one in profile.entries if one.kind is Kind.SECRET]
    settings = profiles.opened.strategy.environments.get(name)
    return Listed(
        environment=name,
        active=active,
        phase=profile.phase,
        env_file=profile.env_file,
        env_file_exists=(profiles.folder / profile.env_file).exists(),
        variables=len(profile.entries),
        secrets=len(secrets),
        without_value=sum(1 for key in secrets if not resolved.text(key)),
        data=settings.data if settings else "production",
        rules=profile.rules,
    )

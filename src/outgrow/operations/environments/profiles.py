"""Opens the profiles of a strategy: one with its values, and the others to hold it against."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from outgrow.clients.files import read_text
from outgrow.environments.addresses import Address
from outgrow.environments.bindings import Pair, pairs_of
from outgrow.environments.env_text import EnvText, read_env_text
from outgrow.environments.judging import Surroundings
from outgrow.environments.profile import Profile, profile_of
from outgrow.environments.resolving import Places, Resolved, resolve_profile
from outgrow.environments.rules import ProductionStores, stores_in
from outgrow.errors import InputError
from outgrow.operations.environments.book import Book
from outgrow.operations.environments.sources import NoPlaces, Sources
from outgrow.operations.opened import Opened
from outgrow.render.system.build import build_system
from outgrow.strategy.environments import Rules


@dataclass(frozen=True)
class Profiles:
    """The profiles of a strategy, on this machine; `process` is the environment of the process."""

    opened: Opened
    process: Mapping[str, str]
    component: str | None = None
    # What was made of the strategy already: it takes some hundredths of a second each time.
    _made: dict[tuple[str | None, str | None, str | None], Profile] = field(
        default_factory=dict, repr=False, compare=False
    )

    def of(self, component: str | None) -> Profiles:
        """Return the same profiles with the variables of `component`, None for all."""
        return replace(self, component=component)

    @property
    def folder(self) -> Path:
        """Return the folder of the strategy, which paths in it are relative to."""
        return Path(self.opened.path).resolve().parent

    @cached_property
    def book(self) -> Book:
        """Return what this machine remembers."""
        return Book(self.folder)

    @property
    def names(self) -> tuple[str, ...]:
        """Return the environments of the strategy."""
        strategy = self.opened.strategy
        return tuple(strategy.environments) or (strategy.production,)

    @property
    def credentials(self) -> tuple[str, ...]:
        """Return the credentials that the strategy binds to an endpoint."""
        components = self.opened.strategy.components.values()
        return tuple(dict.fromkeys(key for one in components for key in one.credentials))

    def name_of(self, given: str) -> str:
        """Return the environment called `given`, by its name or by that of its env file.

        `.env.cloudsdk` makes `cloudsdk` a name. Raises InputError when there is none, or several.
        """
        if given in self.names:
            return given
        settings = self.opened.strategy.environments
        called = [name for name, one in settings.items() if _ending(one.env_file) == given]
        if len(called) == 1:
            return called[0]
        self.opened.environment(given)
        raise InputError(f"there is no environment {given!r}")

    def rules(self, environment: str | None) -> Rules:
        """Return the rules of `environment`."""
        found = self.opened.strategy.environments.get(environment or "")
        return found.rules if found else Rules()

    def profile(self, environment: str) -> Profile:
        """Return the profile of `environment`, in the phase that it copies."""
        return self._profile(environment)

    def env_text(self, profile: Profile) -> EnvText:
        """Return what the env file of `profile` says; nothing when there is none."""
        path = self.folder / profile.env_file
        return read_env_text(read_text(str(path), "env file") if path.exists() else "")

    def resolved(self, environment: str) -> Resolved:
        """Return the profile of `environment` with values from wherever they lie."""
        return self._resolved(environment, self.process, Sources(self.folder))

    def near(self, environment: str) -> Resolved:
        """Return the profile of `environment` with the values of its env file and the process."""
        return self._resolved(environment, self.process, NoPlaces())

    def on_this_machine(self, environment: str) -> Resolved:
        """Return the profile of `environment` with the values of its env file alone."""
        return self._resolved(environment, {}, NoPlaces())

    def surroundings(self, resolved: Resolved, rebound: Collection[str] = ()) -> Surroundings:
        """Return what a profile is held against."""
        remembered = self.book.remembered()
        return Surroundings(
            known=self._known_elsewhere(resolved),
            bindings=remembered.bindings,
            others=self._other_pairs(resolved.profile.environment),
            production=self._production(resolved, remembered.production_stores),
            digest=self.book.digest,
            rebound=frozenset(rebound),
        )

    def _profile(self, environment: str | None, phase: str | None = None) -> Profile:
        """Return a profile; without an environment it is production, as `phase` would have it."""
        opened, key = self.opened, (environment, phase, self.component)
        if key in self._made:
            return self._made[key]
        system = build_system(
            opened.strategy,
            opened.catalog,
            opened.phase(phase),
            opened.environment(environment),
            opened.loaded.source.locate,
        )
        return self._made.setdefault(key, profile_of(system, self.component))

    def _resolved(self, environment: str, process: Mapping[str, str], places: Places) -> Resolved:
        profile = self.profile(environment)
        return resolve_profile(profile, self.env_text(profile), process, places)

    def _known_elsewhere(self, resolved: Resolved) -> frozenset[str]:
        """Return the names of other phases and channels, when the env file has a strange one."""
        profile = resolved.profile
        if set(resolved.file.values) <= profile.known:
            return frozenset()
        found = set(_of_channels(self.opened))
        everyone = self.of(None)
        for phase in self.opened.strategy.phases:
            found |= everyone._profile(None, phase).known
        return frozenset(found)

    def _other_pairs(self, environment: str) -> Mapping[str, Sequence[Pair]]:
        if not self.credentials:
            return {}
        everyone = self.of(None)
        others = [name for name in self.names if name != environment]
        return {name: pairs_of(everyone.on_this_machine(name)) for name in others}

    def _production(self, resolved: Resolved, remembered: Sequence[str]) -> ProductionStores:
        name = self.opened.strategy.production
        if resolved.profile.rules.production_data or resolved.profile.environment == name:
            return ProductionStores(name, (), frozenset(), {})
        production = self.of(None).on_this_machine(name)
        stores: list[Address] = [a for some in stores_in(production).values() for a in some]
        return ProductionStores(
            name, tuple(stores), frozenset(remembered), production.profile.hosts
        )


def open_profiles(opened: Opened, component: str | None = None) -> Profiles:
    """Return the profiles of a strategy, as this process sees them."""
    return Profiles(opened, os.environ, component)


def _ending(env_file: str | None) -> str | None:
    name = Path(env_file or "").name
    return name.removeprefix(".env.") if name.startswith(".env.") else None


def _of_channels(opened: Opened) -> Iterator[str]:
    for channel in opened.strategy.channels.values():
        kind, _, name = (channel.secret or "").partition(":")
        if kind == "env":
            yield name

"""Profiles for tests: a shop with two environments, its env files as plain text in memory."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cache

from pydantic import SecretStr

from outgrow.catalog.load import load_catalog
from outgrow.environments.bindings import Binding, keyed_digest, pairs_of
from outgrow.environments.env_text import read_env_text
from outgrow.environments.judging import Surroundings, profile_problems
from outgrow.environments.problems import Code, Problem
from outgrow.environments.profile import Profile, profile_of
from outgrow.environments.resolving import Resolved, Unread, resolve_profile
from outgrow.environments.rules import ProductionStores, stores_in
from outgrow.render.system.build import build_system
from outgrow.strategy.load import parse_strategy

SHOP = """\
outgrow: 1
name: shop
components:
  api:
    kind: service
    environment: {LOG_LEVEL: info}
    secrets:
      DATABASE_URL: env:DATABASE_URL
      DAYTONA_API_KEY: env:DAYTONA_API_KEY
      DAYTONA_API_URL: env:DAYTONA_API_URL
      SESSION_SECRET: env:SHOP_SESSION_SECRET
    credentials:
      DAYTONA_API_KEY: {endpoint: DAYTONA_API_URL, probe: /me}
  db: {kind: postgres}
phases:
  one: {use: {api: {offering: self-hosted/docker}, db: {offering: self-hosted/docker}}}
environments:
  production:
    hosts: {DAYTONA_API_URL: [app.daytona.io]}
    rules: {confirm_by_name: true}
  development:
    environment: {LOG_LEVEL: debug}
    hosts: {DAYTONA_API_URL: ["localhost:3986", "*.self.example"]}
    rules: {production_data: false}
"""
FILES = {
    "development": {
        "DATABASE_URL": "postgresql://dev:pw@localhost:5432/shop",
        "DAYTONA_API_KEY": "self-hosted-key",
        "DAYTONA_API_URL": "http://localhost:3986/api",
        "SESSION_SECRET": "a-development-secret",
    },
    "production": {
        "DATABASE_URL": "postgresql://shop:pw@db.shop.example:5432/shop",
        "DAYTONA_API_KEY": "cloud-key",
        "DAYTONA_API_URL": "https://app.daytona.io/api",
        "SESSION_SECRET": "a-production-secret",
    },
}
_KEY = b"k" * 32


@dataclass
class FakePlaces:
    """Places in memory instead of AWS, SOPS and commands; notes what it was asked for."""

    values: Mapping[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def read(self, references: Collection[str]) -> Mapping[str, SecretStr | Unread]:
        self.asked += references
        nothing = Unread("it is not there")
        return {
            one: SecretStr(self.values[one]) if one in self.values else nothing
            for one in references
        }


@cache
def profile(environment: str, text: str = SHOP, component: str | None = None) -> Profile:
    """Return the profile of an environment of a strategy."""
    strategy = parse_strategy(text).strategy
    system = build_system(strategy, load_catalog(), strategy.first_phase, environment)
    return profile_of(system, component)


def env_text(values: Mapping[str, str]) -> str:
    """Return `values` as an env file."""
    return "".join(f"{key}='{value}'\n" for key, value in values.items())


def resolved(
    environment: str,
    file: Mapping[str, str] | str,
    text: str = SHOP,
    process: Mapping[str, str] | None = None,
    places: FakePlaces | None = None,
) -> Resolved:
    """Return a profile with the values of an env file."""
    content = file if isinstance(file, str) else env_text(file)
    found = profile(environment, text)
    return resolve_profile(found, read_env_text(content), process or {}, places or FakePlaces())


def digest(text: str) -> str:
    """Return the keyed hash that tests use."""
    return keyed_digest(_KEY, text)


def surroundings(
    one: Resolved,
    files: Mapping[str, Mapping[str, str]] = FILES,
    bindings: Collection[Binding] = (),
    text: str = SHOP,
) -> Surroundings:
    """Return what a profile is held against: the files of the other environments."""
    others = {
        name: pairs_of(resolved(name, values, text))
        for name, values in files.items()
        if name != one.profile.environment
    }
    production = resolved("production", files.get("production", {}), text)
    stores = tuple(address for some in stores_in(production).values() for address in some)
    around = ProductionStores("production", stores, frozenset(), production.profile.hosts)
    return Surroundings(frozenset(), tuple(bindings), others, around, digest)


def problems(
    environment: str,
    files: Mapping[str, Mapping[str, str]] = FILES,
    bindings: Collection[Binding] = (),
    text: str = SHOP,
    rebound: Collection[str] = (),
) -> tuple[Problem, ...]:
    """Return what is wrong with the profile of an environment."""
    one = resolved(environment, files[environment], text)
    around = replace(surroundings(one, files, bindings, text), rebound=frozenset(rebound))
    return profile_problems(one, around)


def codes(environment: str, files: Mapping[str, Mapping[str, str]] = FILES) -> list[Code]:
    """Return the codes of what is wrong."""
    return [one.code for one in problems(environment, files)]


def changed(environment: str, **values: str | None) -> dict[str, dict[str, str]]:
    """Return the good files with other values in one of them; None takes a line out."""
    merged = {**FILES[environment], **values}
    kept = {key: value for key, value in merged.items() if value is not None}
    return {**FILES, environment: kept}

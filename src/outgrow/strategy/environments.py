"""Environments, and what may not happen in them."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from outgrow.strategy.assignments import Assignment
from outgrow.strategy.bindings import Http, SignIn, Tracing
from outgrow.strategy.components import EnvironmentKey, SecretReference
from outgrow.strategy.containers import Command
from outgrow.strategy.deploys import DeployCluster, DeployHost, DeployProxy, Previews
from outgrow.strategy.fields import Model, Name, Positive, Quantity, Share, Text
from outgrow.strategy.offerings import Schedule

DataKind = Literal["none", "synthetic", "anonymised", "production"]


class Rules(Model):
    """What an environment allows."""

    production_data: bool = True
    load_tests: bool = True
    performance_tests: bool = True
    security_tests: bool = True
    confirm_by_name: bool = False
    approval: bool = False
    checks: list[Command] = []
    migrations_first_in: Name | None = None


class Size(Model):
    """An amount of machine: what an environment fits into, or what it keeps aside."""

    vcpu: Quantity | None = None
    memory_gib: Quantity | None = None
    storage_gib: Quantity | None = None


class Environment(Model):
    """Where the system runs for one purpose.

    `phase` is the phase whose offerings it copies (`current` follows production);
    `use` changes single components. `only` restricts it to the components named. The sum
    of its parts and what it `reserves` (operating system, buffer) must not exceed
    `fits_into`. `size_share` makes it a fraction of its phase: demand, counts and metered use
    are multiplied by it, and no count falls below one. `schedule` stops its machines outside
    of these hours, where the provider rents them by the hour. `sign_in`, `http` and `tracing`
    hold only what differs from those of the whole file. `hosts` says for a variable with an
    address which hosts that may name here; a credential goes to no other.
    """

    description: Text = ""
    phase: Name = "current"
    only: list[Name] = []
    size_share: Share | None = None
    schedule: Schedule | None = None
    use: dict[Name, Assignment] = {}
    rules: Rules = Field(default_factory=Rules)
    data: DataKind = "synthetic"
    branch: Text | None = None
    preview: Literal["none", "pull_request", "branch"] = "none"
    preview_hours: Positive | None = None
    urls: dict[Name, Text] = {}
    environment: dict[EnvironmentKey, Text] = {}
    secrets: dict[EnvironmentKey, SecretReference] = {}
    hosts: dict[EnvironmentKey, list[Text]] = {}
    sign_in: SignIn | None = None
    http: Http | None = None
    tracing: Tracing | None = None
    env_file: Text | None = None
    machines: dict[Name, DeployHost] = {}
    proxy: DeployProxy | None = None
    cluster: DeployCluster | None = None
    previews: Previews | None = None
    purposes: list[Text] = []
    fits_into: Size | None = None
    reserves: Size | None = None
    fallback_for: Name | None = None

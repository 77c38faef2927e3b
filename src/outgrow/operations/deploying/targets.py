"""Which component is deployed, in which environment, under which rules."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from outgrow.deploy.planning import Around
from outgrow.deploy.policy import DeployPolicy, deploy_policy
from outgrow.errors import InputError
from outgrow.operations.opened import Opened
from outgrow.operations.rendered import system_of
from outgrow.render.system.model import Part, Role, System
from outgrow.strategy.deploys import DeployKind
from outgrow.strategy.environments import Rules


@dataclass(frozen=True, slots=True)
class DeployTarget:
    """One component in one environment: what the journal and the lock are about."""

    opened: Opened
    system: System
    part: Part

    @property
    def environment(self) -> str:
        """Return the name of the environment."""
        return self.system.environment

    @property
    def component(self) -> str:
        """Return the name of the component."""
        return self.part.component

    @property
    def rules(self) -> Rules:
        """Return what the environment allows."""
        return self.system.settings.rules

    @property
    def folder(self) -> Path:
        """Return the folder of the strategy."""
        return Path(self.opened.path).resolve().parent

    @property
    def subject(self) -> str:
        """Return what the journal calls it."""
        return subject_of(self.component)

    @property
    def lease(self) -> str:
        """Return the name of its lock."""
        return lease_of(self.component, self.environment)

    @property
    def kind(self) -> DeployKind:
        """Return how the strategy wants versions to be brought in."""
        return self.system.strategy.deploy.strategy

    def policy(self, kind: DeployKind | None) -> DeployPolicy:
        """Return how a version is brought in; `kind` comes before the strategy's own."""
        return deploy_policy(self.system.strategy.deploy, kind)

    def around(self, *, migrates: bool = True) -> Around:
        """Return the commands around a deploy; without `migrates`, around a rollback.

        What an environment wants checked is of no concern to a version that has run there.
        """
        hooks = self.system.strategy.deploy.hooks
        migrate = self.part.run.migrate if migrates else None
        checks = self.rules.checks if migrates else []
        return Around([*checks, *hooks.before], hooks.after, hooks.reverted, tuple(migrate or ()))


def subject_of(component: str) -> str:
    """Return what the journal calls the deploys of a component."""
    return f"deploys of {component}"


def lease_of(component: str, environment: str) -> str:
    """Return the name of the lock on deploys of a component."""
    return f"{subject_of(component)} in {environment}"


def find_target(opened: Opened, component: str | None, environment: str | None) -> DeployTarget:
    """Return what is deployed: `component`, or the only application of its own.

    Raises InputError for names that are not there, and when it has to be said which.
    """
    system = _system(opened, environment)
    return DeployTarget(opened, system, _part(system, component))


def find_all(opened: Opened, environment: str | None) -> DeployTarget:
    """Return an environment for what is done to all of it; its `part` is any of those it has.

    Raises InputError for a name that is not there, and where nothing is deployed.
    """
    system = _system(opened, environment)
    parts = deployed_parts(system)
    return DeployTarget(opened, system, parts[0] if parts else _part(system, None))


def deployed_parts(system: System) -> tuple[Part, ...]:
    """Return the parts that are our own code: what can be deployed."""
    return system.parts_of(Role.APPLICATION)


def _system(opened: Opened, environment: str | None) -> System:
    name = opened.environment(environment) or opened.strategy.production
    settings = opened.strategy.environments.get(name)
    own = settings.phase if settings and settings.phase != "current" else None
    return system_of(opened, opened.phase(own), name)


def _part(system: System, component: str | None) -> Part:
    parts = deployed_parts(system)
    listed = ", ".join(one.component for one in parts) or "none"
    if component is not None:
        found = next((one for one in parts if component in (one.component, one.name)), None)
        if found is None:
            raise InputError(
                f"there is no application {component!r} in {system.environment}",
                f"There are: {listed}.",
            )
        return found
    if len(parts) != 1:
        raise InputError(
            f"{system.environment} has {len(parts)} applications",
            f"Say which one: {listed}.",
        )
    return parts[0]

"""Where a component is deployed to: chosen by its offering, built when it is needed.

Each module has `build(opened, system, part, state, kind) -> Fleet | Rollout`, which connects to
nothing yet, and `resolver(opened, system, part) -> Resolver`. What `build` returns may have a
`close()`, which is called at the end. The modules are imported only here, so that a deploy to
Docker loads no Kubernetes.
"""

from __future__ import annotations

from importlib import import_module
from typing import Protocol, cast

from outgrow.deploy.ports import Fleet, Resolver, Rollout
from outgrow.errors import InputError
from outgrow.operations.opened import Opened
from outgrow.render.kubernetes.placement import has_cluster, place
from outgrow.render.system.model import Part, System
from outgrow.store.store import Store
from outgrow.strategy.deploys import DeployKind

_HOME = "outgrow.operations.deploying"
_OWN_HOSTS = f"{_HOME}.own_hosts"
_ECS = f"{_HOME}.providers.ecs"
_KUBERNETES = f"{_HOME}.providers.kubernetes"
_HOSTED = f"{_HOME}.providers.hosted"


class BackendModule(Protocol):
    """What each of the modules offers."""

    def build(
        self, opened: Opened, system: System, part: Part, state: Store, kind: DeployKind | None
    ) -> Fleet | Rollout:
        """Return where `part` runs, for deploys of `kind` (None: the strategy's own).

        Raises InputError for what the strategy does not say.
        """

    def resolver(self, opened: Opened, system: System, part: Part) -> Resolver:
        """Return what knows which artifact a reference means there."""


class Backends(Protocol):
    """Where components are deployed to; tests have one of their own."""

    def build(
        self, opened: Opened, system: System, part: Part, state: Store, kind: DeployKind | None
    ) -> Fleet | Rollout:
        """Return where `part` runs, for deploys of `kind`."""

    def resolver(self, opened: Opened, system: System, part: Part) -> Resolver:
        """Return what knows which artifact a reference means there."""


class RealBackends:
    """The backend that the offering of a component asks for."""

    def build(
        self, opened: Opened, system: System, part: Part, state: Store, kind: DeployKind | None
    ) -> Fleet | Rollout:
        """Return where `part` runs. Raises InputError where outgrow deploys nothing."""
        return _module(system, part).build(opened, system, part, state, kind)

    def resolver(self, opened: Opened, system: System, part: Part) -> Resolver:
        """Return what knows which artifact a reference means there."""
        return _module(system, part).resolver(opened, system, part)


def backend_for(
    opened: Opened, system: System, part: Part, state: Store, kind: DeployKind | None = None
) -> Fleet | Rollout:
    """Return where `part` runs. Raises InputError where outgrow deploys nothing."""
    return RealBackends().build(opened, system, part, state, kind)


def runs_on_own_hosts(system: System, part: Part) -> bool:
    """Return whether `part` is deployed to machines of the team's own."""
    try:
        return module_name(system, part) == _OWN_HOSTS
    except InputError:
        return False


def module_name(system: System, part: Part) -> str:
    """Return the module that deploys `part`; raise InputError where none does."""
    hosted = system.strategy.deploy.hosted.get(part.component)
    # The strategy names a host once; a phase, or an environment, may run the component elsewhere.
    if hosted is not None and hosted.host in ("other", part.provider):
        return _HOSTED
    carrier = system.part(part.runs_on) if part.runs_on else None
    services = {part.service, carrier.service if carrier else ""}
    if any(one == "aws/eks" or "kubernetes" in one for one in services):
        return _KUBERNETES
    if system.settings.cluster is not None and place(system).holds(part.name):
        return _KUBERNETES
    if system.settings.machines:
        return _OWN_HOSTS
    if has_cluster(system) and place(system).holds(part.name):
        return _KUBERNETES
    if part.provider == "self-hosted":
        return _OWN_HOSTS
    if part.service in {"aws/fargate", "aws/ecs"}:
        return _ECS
    if part.provider in {"railway", "vercel", "render"}:
        return _HOSTED
    raise InputError(
        f"outgrow does not deploy to {part.service or 'a component without an offering'}",
        f"Name the machines under environments/{system.environment}/machines, "
        f"or a hook under deploy/hosted/{part.component}.",
    )


def _module(system: System, part: Part) -> BackendModule:
    # The modules are written beside one another; the Protocol is what each is held to.
    return cast(BackendModule, import_module(module_name(system, part)))

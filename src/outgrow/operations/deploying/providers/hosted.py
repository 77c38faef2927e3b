"""A component on Railway, Vercel, Render, or any host with a deploy hook."""

from __future__ import annotations

from pydantic import SecretStr

from outgrow.clients.hosted import HostedRollout
from outgrow.clients.hosted_hook import HookHost
from outgrow.clients.hosted_parts import Host, resolved
from outgrow.clients.hosted_railway import RailwayHost
from outgrow.clients.hosted_render import RenderHost
from outgrow.clients.hosted_vercel import VercelHost
from outgrow.clients.secrets import read_secret
from outgrow.errors import InputError
from outgrow.operations.journal_record import RealPause
from outgrow.operations.opened import Opened
from outgrow.render.system.model import Part, System
from outgrow.store.journal import Journal
from outgrow.store.owner import this_process
from outgrow.store.records import Outcome
from outgrow.store.store import Store
from outgrow.strategy.deploys import DeployKind, HostedDeploy

_NEEDED = {"railway": "service", "vercel": "project", "render": "service"}


def build(
    opened: Opened, system: System, part: Part, state: Store, kind: DeployKind | None = None
) -> HostedRollout:
    """Return the host that runs `part`; nothing is asked of it yet.

    The host replaces versions in its own way, whatever `kind` is. Raises InputError where it is
    not for this environment, names neither a token nor a hook, or one that cannot be read.
    """
    del opened, kind
    found = system.strategy.deploy.hosted.get(part.component)
    if found is None:
        raise InputError(
            f"nothing says how {part.component} is deployed to {part.provider}",
            f"Write `deploy.hosted.{part.component}: {{host: {part.provider}, token: env:NAME}}`.",
        )
    _refuse_elsewhere(found, system, part)
    return HostedRollout(_host(found, system, part, state), found.health_url or "")


def _refuse_elsewhere(found: HostedDeploy, system: System, part: Part) -> None:
    """Raise InputError where a hook or a token of one environment would deploy another."""
    allowed = found.environments or [system.strategy.production]
    if system.environment not in allowed:
        raise InputError(
            f"deploy/hosted/{part.component} deploys {', '.join(allowed)}, not"
            f" {system.environment}",
            "Name the environment under its `environments` if the host keeps them apart.",
        )


def _host(found: HostedDeploy, system: System, part: Part, state: Store) -> Host:
    if found.token is None or found.host == "other":
        return _hook(found, system, part, state)
    needed = _NEEDED[found.host]
    if not getattr(found, needed):
        raise InputError(
            f"deploy/hosted/{part.component} names no {needed}",
            f"Write the id or the name that {found.host.capitalize()} shows for it.",
        )
    token, pause = _secret(found.token, f"the token of {part.component}"), RealPause()
    project, service = found.project or "", found.service or ""
    if found.host == "vercel":
        return VercelHost(project, found.team or "", token, pause)
    if found.host == "render":
        return RenderHost(service, token, pause)
    return RailwayHost(project, system.environment, service, token, pause)


def _hook(found: HostedDeploy, system: System, part: Part, state: Store) -> HookHost:
    if found.hook is None:
        raise InputError(
            f"deploy/hosted/{part.component} names neither a hook nor a token of its host",
            "Write `token: env:NAME`, or `hook: env:NAME` for a host without an API.",
        )
    address = _secret(found.hook, f"the deploy hook of {part.component}")
    ledger = HookLedger(state, part.component, system.environment)
    return HookHost(found.host, address, ledger, RealPause())


def _secret(reference: str, what: str) -> SecretStr:
    try:
        return read_secret(reference, what)
    except InputError as error:
        raise InputError(
            error.reason, "Set it for this command, or name another place: `env:NAME`, `file:PATH`."
        ) from None


class HookLedger:
    """Remembers in the state which deploys have called a hook, so that none does twice."""

    def __init__(self, store: Store, component: str, environment: str) -> None:
        self._journal = Journal(store)
        self._component = component
        self._environment = environment

    def _subject(self, token: str) -> str:
        return f"hook of {self._component} for {token}"

    def was_called(self, token: str) -> bool:
        """Return whether it was called, or may have been, for `token`.

        An earlier run that was killed while it called is taken to have done so.
        """
        if self._journal.unfinished(self._subject(token), self._environment) is not None:
            self.called(token)
        found = self._journal.history(self._subject(token), self._environment)
        return any(one.outcome is Outcome.DONE for one in found)

    def calling(self, token: str) -> None:
        """Note that it is about to be called."""
        self._journal.begin("hook", self._subject(token), self._environment, (), this_process())

    def called(self, token: str) -> None:
        """Note that it was called."""
        self._end(token, Outcome.DONE)

    def not_called(self, token: str) -> None:
        """Note that it was not: the host has said no, or was never reached."""
        self._end(token, Outcome.UNDONE)

    def _end(self, token: str, outcome: Outcome) -> None:
        begun = self._journal.unfinished(self._subject(token), self._environment)
        if begun is not None:
            self._journal.finish(self._journal.adopt(begun, this_process()), outcome)


class HostedResolver:
    """Knows which artifacts never change their meaning on a managed host."""

    def resolve(self, reference: str) -> str:
        """Return the artifact that `reference` means; raise InputError for a branch or a tag."""
        return resolved(reference)


def resolver(opened: Opened, system: System, part: Part) -> HostedResolver:
    """Return what knows which artifact a reference means there."""
    del opened, system, part
    return HostedResolver()

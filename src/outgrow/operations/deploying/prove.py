"""`outgrow deploy --prove`: a load beside the deploy, and what it shows afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace

from pydantic import JsonValue

from outgrow.clients.clock import monotonic_seconds, wait_seconds
from outgrow.clients.load import RunningLoad, running_load
from outgrow.deploy.load_plan import LoadPlan
from outgrow.deploy.load_target import load_target
from outgrow.deploy.proof import proof_facts, proof_of
from outgrow.environments.rules import require_load_tests
from outgrow.errors import OutsideError
from outgrow.render.system.model import Part, System

WEIGHTS_EVENT = "weights"


@dataclass(frozen=True, slots=True)
class ProveOptions:
    """What a user may choose of a proof.

    `around_seconds` is how long the load runs before the deploy begins and after it ended,
    `longest_seconds` when it ends at the latest. `path` is what most requests ask for, None for
    the component's health check; `post_path` and `slow_path` are asked for only where given,
    because what they do is the application's.
    """

    rate_per_second: int = 100
    around_seconds: float = 5.0
    longest_seconds: float = 1800.0
    path: str | None = None
    post_path: str | None = None
    slow_path: str | None = None
    echoes: bool = False
    version_header: str = "x-version"


def prove_plan(system: System, part: Part, options: ProveOptions) -> LoadPlan:
    """Return the load that proves a deploy of `part`.

    Raises InputError where the environment allows no load tests, where the strategy does not
    say where its users come in, and for a rate or a time beyond what a proof needs.
    """
    require_load_tests(system.settings.rules, system.environment)
    target = load_target(system.settings, system.environment, part.component)
    health = part.health.path if part.health else None
    return LoadPlan(
        address=target.address,
        port=target.port,
        name=target.name,
        tls=target.tls,
        path=options.path or health or "/",
        post_path=options.post_path,
        slow_path=options.slow_path,
        rate_per_second=options.rate_per_second,
        longest_seconds=options.longest_seconds,
        echoes=options.echoes,
        version_header=options.version_header.lower(),
    )


class LoadProver:
    """A load beside a deploy: what `outgrow deploy --prove` gives the session as its prover.

    It runs for `around_seconds` before the deploy begins and after it ended. A command that ends
    another deploy before its own starts it twice, one after the other.
    """

    def __init__(self, plan: LoadPlan, around_seconds: float) -> None:
        self._plan = plan
        self._around_seconds = around_seconds
        self._running = ExitStack()
        self._load: RunningLoad | None = None
        self._weights_at: list[float] = []

    def start(self) -> None:
        """Begin to send requests; return when enough have shown how things were before.

        Raises OutsideError when nothing answers there, or answers with errors already.
        """
        self._weights_at = []
        self._load = self._running.enter_context(running_load(self._plan))
        wait_seconds(self._around_seconds)

    def event(self, kind: str, facts: Mapping[str, JsonValue]) -> None:
        """Note the moment when weights have changed."""
        if kind == WEIGHTS_EVENT and facts.get("weights") and self._load is not None:
            self._weights_at.append(monotonic_seconds() - self._load.began_seconds)

    def finish(self) -> Mapping[str, JsonValue]:
        """Go on for a while, end the load, and return its proof as the journal keeps it.

        A load that was lost proves nothing, and changes nothing about the deploy.
        """
        rate = self._plan.rate_per_second
        with self._running:
            assert self._load is not None
            wait_seconds(self._around_seconds)
            try:
                samples = self._load.end()
            except OutsideError as error:
                return proof_facts(replace(proof_of([], [], rate), reasons={error.reason: 1}))
        return proof_facts(proof_of(samples, self._weights_at, rate))


def load_prover(system: System, part: Part, options: ProveOptions) -> LoadProver:
    """Return what proves a deploy of `part`; nothing is sent before it is started.

    Raises InputError as `prove_plan` does.
    """
    return LoadProver(prove_plan(system, part, options), options.around_seconds)

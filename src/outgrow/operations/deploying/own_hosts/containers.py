"""Versions as containers: each slot has one, published on the machine at the slot's port."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

from outgrow.clients.docker_api import ContainerWish, DockerApi
from outgrow.clients.listeners import Listener
from outgrow.deploy.values import Problem, Ran, Version
from outgrow.operations.deploying.own_hosts.container_options import (
    container_options,
    more_networks,
    shell_words,
)
from outgrow.operations.deploying.own_hosts.runner import (
    LABEL,
    LAST_LINES,
    Explained,
    Held,
    Recipe,
    Slot,
)

_RUN_SECONDS = 3600.0
_SAME = f"{LABEL}.settings"
_GIB = Decimal(1024**3)
_NANO = Decimal(10**9)
_RESOLVER = "127.0.0.11"  # Docker answers names here, inside of every container
Look = Callable[[int], tuple[Listener, ...]]


@dataclass(frozen=True, slots=True)
class Containers:
    """Containers of the engine behind `api`.

    `listeners` says what listens in the network of a program, None where it runs on another
    machine. `folder` is the one of the strategy, which mounts are relative to.
    """

    api: DockerApi
    recipe: Recipe
    folder: Path
    listeners: Look | None

    def describe(self) -> str:
        """Return what it is."""
        return f"Docker on {self.api.place}"

    def resolve(self, reference: str) -> str:
        """Return the image with its digest, or the id of one that was built there."""
        return self.api.artifact(reference)

    def problems(self, version: Version) -> Sequence[Problem]:
        """Return every reason for which `version` cannot run here."""
        found = []
        if not self.api.has(version.artifact):
            reason = f"{version.artifact} is neither on {self.api.place} nor in a registry"
            found.append(Problem(reason, "Build it there or push it, and deploy it again."))
        return found

    def held(self, slots: Sequence[Slot]) -> Mapping[str, Held]:
        """Return what each of the slots holds."""
        found = self.api.containers(f"{LABEL}.component={self.recipe.component}")
        held = {}
        for slot in slots:
            container, labels = found.get(self._name(slot), (None, {}))
            running = container is not None and container.state == "running"
            held[slot.name] = Held(labels.get(f"{LABEL}.version"), running)
        return held

    def start(self, slot: Slot, version: Version) -> None:
        """Run `version` in a slot, in place of whatever is there."""
        self.api.start(self._wish(slot, version), self.recipe.stop_seconds, _SAME)

    def stop(self, slot: Slot) -> None:
        """End what runs in a slot, and empty it."""
        self.api.remove(self._name(slot), self.recipe.stop_seconds)

    def run_once(self, version: Version, command: Sequence[str]) -> Ran:
        """Run `command` in a container of its own, with the variables of the component."""
        settings = {**self._settings(), "restart_policy": {"Name": "no"}}
        wish = ContainerWish(
            name=f"{self.recipe.deployment}-once",
            image=version.artifact,
            labels=self.recipe.labels(None, version) | {f"{LABEL}.component": ""},
            variables=self.recipe.values,
            command=shell_words(command),
            entrypoint=shell_words(self.recipe.part.run.entrypoint),
            networks=more_networks(self.recipe.part.run),
            options=settings,
        )
        return Ran(*_as_ran(self.api.run_once(wish, _RUN_SECONDS, LAST_LINES)))

    def check(self, slot: Slot, command: Sequence[str]) -> Ran:
        """Run a health check inside of the container of a slot."""
        words = shell_words(command) or []
        return Ran(*_as_ran(self.api.run_inside(self._name(slot), words, LAST_LINES)))

    def explain(self, slot: Slot) -> Explained:
        """Return its last lines, how it ended, and on which ports it listens."""
        found = self.api.look_at(self._name(slot), LAST_LINES)
        if found is None:
            return Explained(expected_port=self.recipe.part.listens)
        container, lines = found
        ended = container.state != "running" or container.restarts > 0
        return Explained(
            lines=tuple(lines),
            listening=self._listening(container.pid),
            expected_port=self.recipe.part.listens,
            exit_code=container.exit_code if ended else None,
            out_of_memory=container.out_of_memory,
        )

    def _listening(self, pid: int) -> tuple[int, ...] | None:
        if self.listeners is None or not pid:
            return None
        return tuple(one.port for one in self.listeners(pid) if one.address != _RESOLVER)

    def _name(self, slot: Slot) -> str:
        return f"{self.recipe.deployment}-{slot.name}"

    def _wish(self, slot: Slot, version: Version) -> ContainerWish:
        run, listens = self.recipe.part.run, self.recipe.part.listens
        published = run.network_mode != "host"
        wish = ContainerWish(
            name=self._name(slot),
            image=version.artifact,
            labels={**run.labels, **self.recipe.labels(slot, version)},
            variables={**({"PORT": str(listens)} if listens else {}), **self.recipe.values},
            command=shell_words(run.command),
            entrypoint=shell_words(run.entrypoint),
            ports={listens: (slot.address, slot.port)} if listens and published else {},
            networks=more_networks(run),
            options=self._settings(),
        )
        return replace(wish, labels={**wish.labels, _SAME: _digest(wish)})

    def _settings(self) -> dict[str, object]:
        part = self.recipe.part
        processors = min(part.size.vcpu, Decimal(self.api.processors))
        limits: dict[str, object] = {}
        if not part.run.as_written:
            limits["nano_cpus"] = int(processors * _NANO)
            limits["mem_limit"] = int(part.size.memory_gib * _GIB)
        return {**limits, **container_options(part.run, self.folder)}


def _digest(wish: ContainerWish) -> str:
    """Return what changes with the settings of a container.

    Values of variables are not in it: who reads a label must not be able to try passwords on it.
    """
    keys = sorted(wish.variables)
    told = [wish.image, dict(wish.labels), keys, wish.command, wish.entrypoint]
    text = json.dumps([*told, list(wish.ports.items()), wish.options], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _as_ran(found: tuple[int, list[str]]) -> tuple[int, tuple[str, ...]]:
    return found[0], tuple(found[1])

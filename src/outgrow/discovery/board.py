"""What is known so far while the sources of evidence are put together."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from outgrow.discovery.dockerfile import Dockerfile
from outgrow.discovery.drivers import StoreClue
from outgrow.discovery.findings import Command, Evidence, Note, Service, Store
from outgrow.discovery.package_json import NodeProject
from outgrow.discovery.python_application import Application
from outgrow.discovery.python_project import PythonProject
from outgrow.discovery.tree import Sources, is_within
from outgrow.strategy.components import ComponentKind as Kind


@dataclass(slots=True)
class Board:
    """Everything found, and the commands that are candidates for each service."""

    sources: Sources
    dockerfiles: list[Dockerfile]
    python: list[PythonProject]
    applications: list[Application]
    node: list[NodeProject]
    services: list[Service] = field(default_factory=list)
    stores: list[Store] = field(default_factory=list)
    others: list[Store] = field(default_factory=list)
    clues: list[StoreClue] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    used_dockerfiles: set[str] = field(default_factory=set)
    commands: dict[str, list[Command]] = field(default_factory=dict)
    parents: dict[str, str] = field(default_factory=dict)

    def own(self) -> list[Service]:
        """Return the services that are our own code."""
        return [one for one in self.services if one.folder is not None]

    def offer(self, service: Service, command: Command | None) -> None:
        """Take `command` as a candidate for how a service is started."""
        if command is not None:
            self.commands.setdefault(service.name, []).append(command)

    def in_folder(self, folder: str) -> list[Service]:
        """Return our own services whose source lies in `folder`."""
        return [one for one in self.own() if one.folder == folder]

    def names(self) -> set[str]:
        """Return every name that is taken."""
        found = {one.name for one in self.services}
        return found | {one.name for one in (*self.stores, *self.others)}

    def free_name(self, wanted: str) -> str:
        """Return `wanted` as a name that nothing has yet."""
        name = re.sub(r"[^a-z0-9._-]+", "-", wanted.lower()).strip("-._")[:60] or "service"
        taken, found, n = self.names(), name, 2
        while found in taken:
            found, n = f"{name}-{n}", n + 1
        return found

    def is_project(self, folder: str) -> bool:
        """Return whether a folder holds a project of any language."""
        prefix = f"{folder}/" if folder else ""
        return any(f"{prefix}{name}" in self.sources for name in _PROJECT_FILES)

    def python_in(self, folder: str) -> PythonProject | None:
        """Return the Python project of a folder."""
        return next((one for one in self.python if one.folder == folder), None)

    def node_in(self, folder: str) -> NodeProject | None:
        """Return the Node project of a folder."""
        return next((one for one in self.node if one.folder == folder), None)


_PROJECT_FILES = (
    "package.json", "pyproject.toml", "requirements.txt", "manage.py", "go.mod", "Gemfile",
    "pom.xml", "build.gradle", "build.gradle.kts", "Cargo.toml", "composer.json", "mix.exs",
    "Pipfile", "setup.py", "requirements",
)  # fmt: skip


def name_for(board: Board, folder: str, kind: Kind, hint: str = "") -> str:
    """Return a name for a service: a hint, its folder's, or what it is."""
    plain = {Kind.FRONTEND: "web", Kind.WORKER: "worker"}.get(kind, "api")
    last = folder.rpartition("/")[2]
    generic = last.lower() in ("", "src", "app", "code", "source", "project")
    return board.free_name(hint or (plain if generic else last))


def nearest(projects: list[str], folder: str) -> str | None:
    """Return the project folder that `folder` lies in, the deepest one."""
    above = [one for one in projects if is_within(folder, one)]
    return max(above, key=len, default=None)


def add_evidence(service: Service, evidence: Evidence) -> None:
    """Add a place once."""
    if evidence not in service.evidence:
        service.evidence.append(evidence)

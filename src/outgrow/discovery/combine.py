"""Findings out of every source of evidence: one component for each part of the system."""

from __future__ import annotations

import re

from outgrow.discovery.board import Board
from outgrow.discovery.command_roles import is_for_developers
from outgrow.discovery.dockerfile import find_dockerfiles
from outgrow.discovery.environment_keys import Key, find_keys
from outgrow.discovery.findings import Command, Evidence, Findings, Note, Service
from outgrow.discovery.from_compose import take_compose
from outgrow.discovery.from_containers import take_dockerfiles, take_processes, take_workloads
from outgrow.discovery.from_node import take_node, take_static_pages
from outgrow.discovery.from_others import take_others
from outgrow.discovery.from_python import take_python
from outgrow.discovery.kubernetes import read_workloads
from outgrow.discovery.migrations import migration_of
from outgrow.discovery.other_languages import read_other_projects
from outgrow.discovery.package_json import read_node_projects
from outgrow.discovery.platforms import read_platforms
from outgrow.discovery.procfile import read_procfiles
from outgrow.discovery.python_application import find_applications
from outgrow.discovery.python_project import read_python_projects
from outgrow.discovery.questions import ask
from outgrow.discovery.scripts import migration_in, scripts_of, starts_at_last
from outgrow.discovery.secret_values import holds_secret, is_secret, is_secret_key
from outgrow.discovery.source_folders import settle_folders
from outgrow.discovery.stores import gather_clues, take_stores
from outgrow.discovery.terraform import providers
from outgrow.discovery.tree import Sources, Tree, is_within
from outgrow.discovery.workflows import read_workflows
from outgrow.strategy.components import ComponentKind as Kind

_MOST_KEYS = 40
_JOB = re.compile(
    r"(?:^|[-_.])(?:seed|seeder|init|setup|migrat\w*|prestart|jobs?|cron|backup)(?:$|[-_.])"
)
_SQLITE = re.compile(r"sqlite(?:\+\w+)?:///|backends\.sqlite3|provider\s*=\s*\"sqlite\"")


def discover(tree: Tree) -> Findings:
    """Return what the files of `tree` say about the system in it."""
    sources = Sources(tree)
    board = Board(
        sources, find_dockerfiles(sources), read_python_projects(sources),
        find_applications(sources), read_node_projects(sources),
    )  # fmt: skip
    hosted, clues = read_platforms(sources)
    board.clues += clues
    take_compose(board)
    take_dockerfiles(board)
    take_processes(board, read_procfiles(sources), hosted)
    take_workloads(board, read_workloads(sources))
    settle_folders(board)
    take_python(board)
    take_node(board)
    take_others(board, read_other_projects(sources))
    take_static_pages(board)
    gather_clues(board)
    take_stores(board)
    _choose_commands(board)
    _set_jobs_apart(board)
    _take_keys(board)
    _link(board)
    _note_sqlite(board)
    findings = Findings(
        sources.name,
        board.services,
        board.stores,
        board.others,
        [],
        board.notes,
        providers(sources),
    )
    jobs, told = read_workflows(sources)
    findings.tests = {one.name: one.runs for one in jobs}
    findings.notes += told
    findings.questions = ask(findings, board.commands)
    return findings


def _choose_commands(board: Board) -> None:
    for service in board.own():
        folders = list(dict.fromkeys([service.folder or "", _context(service), ""]))
        found = [
            starts_at_last(board.sources, one, folders)
            for one in board.commands.get(service.name, [])
        ]
        # What starts a server for developers is only taken where nothing else is known.
        ranked = sorted(found, key=lambda one: -(one.rank - 30 * _is_development(one)))
        board.commands[service.name] = ranked
        if ranked:
            service.command = ranked[0]
        if service.migrate is None and service.kind is Kind.SERVICE:
            service.migrate = _migration(board, ranked, folders) or migration_of(
                board, service, folders
            )


def _set_jobs_apart(board: Board) -> None:
    """Take for workers what a compose file runs once, or what nobody can connect to."""
    completed = {
        name
        for service in board.services
        for name, how in service.run.after.items()
        if how == "completed"
    }
    for service in board.own():
        if not service.composed or service.kind is not Kind.SERVICE:
            continue
        framework = service.build.framework if service.build else "none"
        unreachable = not service.ports and framework == "none"
        job = not service.run.publish and _JOB.search(service.name) is not None
        if service.name in completed or unreachable or job:
            service.kind = Kind.WORKER


def _is_development(command: Command) -> bool:
    return is_for_developers(command.starts or command.text)


def _context(service: Service) -> str:
    folder = service.build.folder if service.build else "."
    return folder.removeprefix("./").strip("/.")


def _migration(board: Board, commands: list[Command], folders: list[str]) -> Command | None:
    """Return the migration that a start script runs before the server."""
    if not commands:
        return None
    texts = [commands[0].text, *scripts_of(board.sources, commands[0], folders)]
    for text in texts:
        if found := migration_in(text):
            return Command(found, commands[0].evidence, 0)
    return None


def _take_keys(board: Board) -> None:
    """Give each variable to the services in whose folder it stands, those of `.env` files last."""
    own = board.own()
    folders = [one.folder or "" for one in own]
    for key in find_keys(board.sources):
        for service in own:
            folder = service.folder or ""
            deeper = any(is_within(key.folder, one) and len(one) > len(folder) for one in folders)
            if (is_within(key.folder, folder) and not deeper) or (key.listed and key.folder == ""):
                _take_key(service, key)


def _take_key(service: Service, key: Key) -> None:
    if any(one.says == key.name for one in service.keys):
        return
    service.keys.append(Evidence(key.file, key.line, key.name))
    if service.composed or len(service.keys) > _MOST_KEYS or key.name in service.environment:
        return
    value = key.default
    plain = (
        value is not None and value != "" and not is_secret(key.name, value) and "$" not in value
    )
    if (
        plain
        and value is not None
        and not is_secret_key(key.name)
        and not holds_secret(value)
        and "://" not in value
    ):
        service.environment[key.name] = value[:500]
    elif is_secret_key(key.name) or re.search(r"(?:URL|URI|DSN|BUCKET)$|^AWS_", key.name):
        service.secrets.setdefault(key.name, f"env:{key.name}")


def _link(board: Board) -> None:
    """Say who talks to whom: what compose says, else what code has a driver for."""
    names = board.names()
    own = board.own()
    for service in own:
        written = " ".join([*service.environment.values(), *map(str, service.talks_to)])
        found = [name for name in service.talks_to if name in names]
        found += [
            n for n in sorted(names) if re.search(rf"(?:@|//|=){re.escape(n)}(?:[:/]|$)", written)
        ]
        for store in board.stores:
            if store.name in found:
                continue
            clues = [one for one in board.clues if one.kind is store.kind]
            near = [one for one in clues if is_within(one.folder, service.folder or "")]
            spoken_for = service.composed and store.service is not None
            alone = store.service is None and len(own) == 1
            if service.kind is not Kind.FRONTEND and (near or alone) and not spoken_for:
                found.append(store.name)
        if service.kind is Kind.FRONTEND:
            found += [
                one.name
                for one in own
                if one.kind is Kind.SERVICE and one.public and not service.composed
            ]
        service.talks_to = [name for name in dict.fromkeys(found) if name != service.name]
    for other in (*board.stores, *board.others):
        if other.service is not None:
            other.service.talks_to = [
                n for n in dict.fromkeys(other.service.talks_to) if n in names and n != other.name
            ]


def _note_sqlite(board: Board) -> None:
    if any(one.kind in (Kind.POSTGRES, Kind.MYSQL) for one in board.stores):
        return
    for path in board.sources.ending(".py", ".prisma", ".env", ".example", ".ts", ".js", ".toml"):
        if match := _SQLITE.search(board.sources.text(path)):
            line = board.sources.text(path).count("\n", 0, match.start()) + 1
            says = "a SQLite file keeps the data: it lives on one machine and needs a volume there"
            board.notes.append(Note("sqlite", says, path, line))
            return

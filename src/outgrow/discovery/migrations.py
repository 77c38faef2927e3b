"""What brings a database up to date, where no start script says so."""

from __future__ import annotations

import re

from outgrow.discovery.board import Board
from outgrow.discovery.findings import Command, Confidence, Evidence, Service
from outgrow.discovery.tree import folder_of

_RELATIONAL = ("postgres", "mysql")
_PROGRAM = re.compile(r"(?:run_)?(?:migrate|migrations?)\.py")
_SCRIPTS = ("migrate:deploy", "db:migrate:deploy", "db:deploy", "db:migrate", "migrate",
            "migration:run", "migrations:run")  # fmt: skip


def migration_of(board: Board, service: Service, folders: list[str]) -> Command | None:
    """Return the migration of a service with a database, from what lies in its folder."""
    if not any(one.kind.value in _RELATIONAL for one in board.stores):
        return None
    for folder in dict.fromkeys([service.folder or "", *folders[:1]]):
        for find in (_alembic, _django, _prisma, _node, _rails, _laravel, _program):
            found = find(board, folder)
            if found is not None:
                return found
    return None


def _at(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name


def _likely(path: str, line: int, says: str, words: str) -> Command:
    return Command(words, Evidence(path, line, says, Confidence.LIKELY), 0)


def _alembic(board: Board, folder: str) -> Command | None:
    path = _at(folder, "alembic.ini")
    if path not in board.sources:
        return None
    return _likely(path, 1, "Alembic", "alembic upgrade head")


def _django(board: Board, folder: str) -> Command | None:
    path = _at(folder, "manage.py")
    if path not in board.sources:
        return None
    return _likely(path, 1, "a Django project", "python manage.py migrate --noinput")


def _prisma(board: Board, folder: str) -> Command | None:
    path = _at(folder, "prisma/schema.prisma")
    there = [
        one for one in board.sources.paths if one.startswith(_at(folder, "prisma/migrations/"))
    ]
    if path not in board.sources or not there:
        return None
    return _likely(path, 1, "Prisma", "npx prisma migrate deploy")


def _node(board: Board, folder: str) -> Command | None:
    project = board.node_in(folder)
    if project is None:
        return None
    for name in _SCRIPTS:
        for line, text in board.sources.lines(project.path):
            match = re.search(rf'"{re.escape(name)}"\s*:\s*"([^"]+)"', text)
            if match and not re.search(r"\bdev\b|reset|generate|create", match[1]):
                return _likely(project.path, line, f"the script `{name}`", f"npm run {name}")
    return None


def _rails(board: Board, folder: str) -> Command | None:
    path = _at(folder, "config/routes.rb")
    there = any(one.startswith(_at(folder, "db/migrate/")) for one in board.sources.paths)
    if path not in board.sources or not there:
        return None
    return _likely(path, 1, "Rails", "bundle exec rails db:migrate")


def _laravel(board: Board, folder: str) -> Command | None:
    path = _at(folder, "artisan")
    if path not in board.sources:
        return None
    return _likely(path, 1, "Laravel", "php artisan migrate --force")


def _program(board: Board, folder: str) -> Command | None:
    """Return a program of the team's own: `python -m app.migrate`."""
    prefix = f"{folder}/" if folder else ""
    for path in board.sources.ending(".py"):
        name = path.rpartition("/")[2]
        if not path.startswith(prefix) or not _PROGRAM.fullmatch(name):
            continue
        below = folder_of(path)[len(prefix) :] if folder_of(path) != folder else ""
        text = board.sources.text(path)
        if "__main__" not in text or below.count("/") > 1 or "management" in below:
            continue
        line = text.count("\n", 0, text.index("__main__")) + 1
        module = ".".join([*below.split("/"), name.removesuffix(".py")]) if below else ""
        words = f"python -m {module}" if module else f"python {name}"
        return _likely(path, line, "a program that migrates", words)
    return None

"""Start scripts, Makefiles and READMEs: what in them starts a server."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from outgrow.discovery.command_roles import is_worker
from outgrow.discovery.findings import Command, Confidence, Evidence
from outgrow.discovery.tree import Sources, folder_of, is_within, joined

_SERVER = re.compile(
    r"(?:^|[\s;&|(/\"'])(?P<server>(?:(?:uv|poetry|pipenv|pdm|hatch|rye) run |python3? -m |npx |"
    r"ddtrace-run |newrelic-admin run-program |opentelemetry-instrument )*"
    r"(?:gunicorn|uvicorn|hypercorn|daphne|granian|uwsgi|waitress-serve|fastapi (?:run|dev)|"
    r"celery (?:-A|--app|worker|beat|-b)|streamlit run|flask (?:--app \S+ )?run|"
    r"rq worker|rqworker|arq |"
    r"dramatiq |huey_consumer|taskiq worker|litestar (?:--app \S+ )?run|mlflow server|chainlit run|"
    r"python3? (?:-u )?(?!-m pip|-m venv|-c)[\w./-]+|node [\w./-]+|npm (?:run )?start|"
    r"yarn (?:run )?start|pnpm (?:run )?start|next start|nest start|"
    r"bundle exec (?:rails s|puma|sidekiq|unicorn)\S*|rails s(?:erver)?|puma|java .*-jar|"
    r"nginx -g|php-fpm|php artisan (?:serve|octane\S*|queue:work|horizon))"
    r"[^\n]*)"
)
_NOT_A_SERVER = re.compile(
    r"manage\.py (?!runserver|run_huey|qcluster|rqworker)|\bpip\b|pytest|alembic|prestart|"
    r"initial_data|"
    r"(?:init|setup|wait|check|migrate|seed|create)[\w-]*\.(?:py|js|ts)\b|"
    r"python3? -m (?:pytest|pip|venv|build|compileall)"
)
_MIGRATION = re.compile(
    r"(?P<migrate>(?:(?:uv|poetry|pipenv|pdm) run |python3? (?:-m )?|npx |bundle exec |yarn |"
    r"pnpm )*"
    r"(?:alembic (?:-c \S+ )?upgrade [\w@.]+|(?:\S*/)?manage\.py migrate(?: --no-?input)?|"
    r"flask (?:--app \S+ )?db upgrade|aerich upgrade|prisma migrate deploy|knex migrate:latest|"
    r"sequelize(?:-cli)? db:migrate|typeorm migration:run[^\n;&|]*|rails db:(?:migrate|prepare)|"
    r"rake db:migrate|php artisan migrate(?: --force)?))"
)
_SCRIPT = re.compile(
    r"(?:^|[\s\"'=])(?P<path>(?:\.{0,2}/)?[\w./-]*[\w-]+(?:\.(?:sh|bash))?)(?=[\s\"']|$)"
)
_README_RANK, _MAKE_RANK, _SCRIPT_RANK = 30, 45, 60
_SCRIPT_NAMES = (
    "start.sh", "run.sh", "entrypoint.sh", "docker-entrypoint.sh", "start", "serve.sh", "boot.sh",
    "startup.sh", "server.sh", "start-server.sh", "run_server.sh", "start_server.sh", "gunicorn.sh",
)  # fmt: skip


def servers_in(text: str) -> list[str]:
    """Return what a shell script or a command starts: servers, and work in the background."""
    matches = (_SERVER.search(line) for line in _logical_lines(text))
    return [
        _ended(one["server"]) for one in matches if one and not _NOT_A_SERVER.search(one["server"])
    ]


def server_in(text: str) -> str:
    """Return the last that a shell script or a command starts, a server if there is one, or ""."""
    found = servers_in(text)
    servers = [one for one in found if not is_worker(one)]
    return (servers or found or [""])[-1]


def migration_in(text: str) -> str:
    """Return the migration that a text runs, or ""."""
    for line in _logical_lines(text):
        if match := _MIGRATION.search(line):
            return match["migrate"]
    return ""


def _logical_lines(text: str) -> list[str]:
    text = re.sub(r"\\\r?\n\s*", " ", text)
    return [line for line in text.splitlines() if not line.lstrip().startswith("#")]


def _ended(command: str) -> str:
    """Return a command without what follows it on the line."""
    command = re.split(r"\s*(?:&&|\|\||;|\s#|>\s*/|2>&1|\s&\s*$)", command)[0]
    command = command.strip().strip("\"'`").strip()
    if re.search(r"\bgunicorn\b|\bcelery\b", command):
        # A container ends with the program in front, so that nothing may go to the background.
        command = re.sub(r"\s(?:-D|--daemon|--detach)(?=\s|$)", "", command)
    return command


def starts_at_last(sources: Sources, command: Command, folders: list[str]) -> Command:
    """Return `command` with the server that it ends up starting, its scripts read."""
    seen: set[str] = set()
    text, found = command.text, ""
    for _ in range(4):
        script = _script_of(sources, text, folders, seen)
        if script is None:
            break
        seen.add(script)
        text = sources.text(script)
        found = server_in(text) or found
        if found and not found.endswith((".sh", "start")):
            break
    own = server_in(command.text)
    found = found or (own if own and own != command.text else "")
    return replace(command, starts=found) if found else command


def scripts_of(sources: Sources, command: Command, folders: list[str]) -> list[str]:
    """Return the texts of the scripts that a command runs."""
    script = _script_of(sources, command.text, folders, set())
    return [sources.text(script)] if script else []


def _script_of(sources: Sources, text: str, folders: list[str], seen: set[str]) -> str | None:
    for match in _SCRIPT.finditer(text[:4000]):
        written = match["path"]
        name = written.rpartition("/")[2]
        if "/" not in written and not name.endswith((".sh", ".bash")):
            continue
        for folder in folders:
            # `/app/start.sh` is a path in the container: its end is one of the repository.
            parts = [part for part in written.split("/") if part not in ("", ".", "..")]
            for n in range(min(len(parts), 4)):
                path = joined(folder, "/".join(parts[n:]))
                if path and path in sources and path not in seen and _is_script(sources, path):
                    return path
        same_name = [
            path
            for path in sources.named(name)
            if path not in seen and any(is_within(path, folder) for folder in folders)
        ]
        scripts = [path for path in same_name if _is_script(sources, path)]
        if scripts:
            return min(scripts, key=lambda path: ("local" in path, path.count("/"), path))
    return None


def _is_script(sources: Sources, path: str) -> bool:
    return path.endswith((".sh", ".bash")) or sources.text(path)[:2] == "#!"


def start_script(sources: Sources, folder: str) -> Command | None:
    """Return what the script in `folder` (or its `scripts/`, `bin/`) starts that serves."""
    for path in _start_scripts(sources, folder):
        if server := server_in(sources.text(path)):
            return _scripted(sources, path, server)
    return None


def worker_script(sources: Sources, folder: str) -> Command | None:
    """Return the worker that a start script in `folder` starts beside a server."""
    for path in _start_scripts(sources, folder):
        workers = [one for one in servers_in(sources.text(path)) if is_worker(one)]
        if workers and not re.search(r"\bbeat\b|\bflower\b", workers[0]):
            return _scripted(sources, path, workers[0])
    return None


def _start_scripts(sources: Sources, folder: str) -> Iterator[str]:
    for name in _SCRIPT_NAMES:
        for below in ("", "scripts/", "bin/", "script/", "docker/"):
            path = f"{folder}/{below}{name}" if folder else f"{below}{name}"
            if path in sources:
                yield path


def _scripted(sources: Sources, path: str, server: str) -> Command:
    line = _line_of(sources, path, server)
    evidence = Evidence(path, line, "a start script", Confidence.LIKELY)
    return Command(server, evidence, _SCRIPT_RANK, server)


def make_command(sources: Sources, folder: str) -> Command | None:
    """Return what a target such as `make run` starts."""
    for path in sources.named("Makefile", "justfile"):
        if folder_of(path) != folder:
            continue
        target = ""
        for line, text in sources.lines(path):
            if match := re.match(r"([\w-]+)(?:\s+\w+)*:(?!=)", text):
                target = match[1]
            elif re.fullmatch(r"run|start|serve|up|dev|server|run-?\w+|start-?\w+", target):
                server = server_in(text.strip().lstrip("@-"))
                if server and "$(" not in server:
                    evidence = Evidence(path, line, f"`make {target}`", Confidence.LIKELY)
                    return Command(server, evidence, _MAKE_RANK)
    return None


def readme_commands(sources: Sources, folder: str) -> list[Command]:
    """Return the servers that a README tells its reader to start."""
    found: list[Command] = []
    for path in sources.named("README.md", "README.rst", "README.txt", "README"):
        if folder_of(path) != folder:
            continue
        fenced = False
        for line, text in sources.lines(path):
            if text.lstrip().startswith("```"):
                fenced = not fenced
                continue
            command = text.strip().removeprefix("$").strip()
            quoted = re.match(r"\s*[-*+]?[^`]{0,40}`([^`]+)`", text)
            if quoted and not fenced:
                command = quoted[1]
            if (fenced or quoted or text.startswith(("    ", "$"))) and server_in(command):
                evidence = Evidence(
                    path, line, "the README says how to start it", Confidence.LIKELY
                )
                found.append(Command(server_in(command), evidence, _README_RANK))
    return found


def _line_of(sources: Sources, path: str, text: str) -> int:
    head = text.split()[0] if text.split() else text
    lines = [line for line, one in sources.lines(path) if head in one and not one.startswith("#")]
    return lines[-1] if lines else 1

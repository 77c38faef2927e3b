"""Dockerfiles that no compose file builds, Procfiles, platforms and clusters."""

from __future__ import annotations

import re
from dataclasses import replace

from outgrow.discovery.board import Board, add_evidence, name_for
from outgrow.discovery.command_roles import is_worker, role_of
from outgrow.discovery.dockerfile import Dockerfile, confidence_of, preference, runtime_of
from outgrow.discovery.drivers import StoreClue
from outgrow.discovery.findings import Command, Confidence, Evidence, Service
from outgrow.discovery.from_compose import source_of
from outgrow.discovery.images import is_store, product_of
from outgrow.discovery.kubernetes import Workload
from outgrow.discovery.platforms import Hosted
from outgrow.discovery.procfile import Process
from outgrow.discovery.tree import folder_of, is_aside, joined
from outgrow.strategy.components import ComponentKind as Kind
from outgrow.strategy.containers import Build

_GOES_TO = re.compile(
    r"^cd\s+([\w./-]+)\s*&&|--(?:chdir|workdir)[= ]([\w./-]+)|^python3? ([\w./-]+)/manage\.py"
)
_OF_A_WORKSPACE = re.compile(
    r"\b(?:npm|pnpm|yarn|bun|turbo|lerna)\b.*?"
    r"(?:\s(?:-w|-F|--workspace|--filter|--scope)[= ]|\bworkspace\s+)[\"']?(?P<name>[@\w./-]+)"
)
_ONCE = ("release", "postdeploy")
_SUFFIX = re.compile(
    r"^(?:dockerfile|containerfile)[.\-_]([\w-]+)$|^([\w-]+)\.(?:dockerfile|containerfile)$", re.I
)
_VARIANT = re.compile(
    r"^(?:dev|develop|development|prod|production|local|test|tests|ci|debug|alpine|slim|base|gpu|cuda|"
    r"cpu|arm\w*|build|builder|release|staging|multi|heroku|railway|render|fly|aws|lambda|"
    r"debian|ubuntu|gitlab|github|jenkins|dokku|coolify|k8s|kubernetes|hf|huggingface|spaces?|koyeb|"
    r"gcp|cloudrun|azure|ecs|digitalocean|northflank|zeabur|rocm|nvidia|"
    r"template|example|old|bak|new|full|lite|docs)(?:[-_.]\w+)?$", re.IGNORECASE
)  # fmt: skip


def take_dockerfiles(board: Board) -> None:
    """Take in the Dockerfiles of folders that nothing else builds."""
    composed = [one for one in board.own() if one.composed]
    for dockerfile in sorted(board.dockerfiles, key=lambda one: preference(one.path)):
        if dockerfile.path in board.used_dockerfiles or is_aside(dockerfile.folder):
            continue
        suffix = _role(dockerfile.path)
        context = context_of(board, dockerfile)
        if composed and _holds_several(board, context, dockerfile):
            continue
        source = source_of(board, context, dockerfile, None)
        there = board.in_folder(source)
        if there and (suffix == "" or composed):
            _second_opinion(board, there, dockerfile)
            continue
        if any(one.build and one.build.dockerfile and suffix == "" and one.folder == context
               for one in board.own()):  # fmt: skip
            continue
        if _is_described(board, there, dockerfile):
            continue
        _take_dockerfile(board, dockerfile, context, source, suffix)


def _is_described(board: Board, there: list[Service], dockerfile: Dockerfile) -> bool:
    """Return whether another Dockerfile of the same source starts the same."""
    command = dockerfile.command()
    return command is not None and any(_starts(board, one, command) for one in there)


def _program(command: str) -> str:
    """Return a command without where it listens, which makes it no other program."""
    return re.sub(r"\s+(?:--(?:host|port|bind)|-[bp])(?:[= ]\S+)", "", command)


def _holds_several(board: Board, context: str, dockerfile: Dockerfile) -> bool:
    """Return whether one container carries several projects, which others describe one by one."""
    paths = [joined(context, source) for stage in dockerfile.stages for source in stage.copies]
    projects = {path for path in paths if path and path != context and board.is_project(path)}
    return len(projects) > 1 and not board.is_project(context)


def _second_opinion(board: Board, there: list[Service], dockerfile: Dockerfile) -> None:
    """Offer a production Dockerfile's command to the service that a plain one describes."""
    command = dockerfile.command()
    servers = [one for one in there if one.kind is not Kind.WORKER]
    if command is not None and len(servers) == 1 and not is_worker(command.text):
        rank = command.rank + (2 if re.search("prod", dockerfile.path, re.IGNORECASE) else -25)
        board.offer(servers[0], replace(command, rank=rank))


def _role(path: str) -> str:
    """Return the role that a Dockerfile's name gives it: `worker` of `Dockerfile.worker`."""
    match = _SUFFIX.match(path.rpartition("/")[2])
    role = (match[1] or match[2]) if match else ""
    return "" if _VARIANT.match(role) else role.lower()


def context_of(board: Board, dockerfile: Dockerfile) -> str:
    """Return the folder above or at a Dockerfile from which what it copies can be found."""
    copies = [
        source
        for stage in dockerfile.stages
        for source in stage.copies
        if source not in (".", "./", "*") and "$" not in source and "*" not in source
    ]
    folders = board.sources.folders()
    candidates = [dockerfile.folder]
    while candidates[-1]:
        candidates.append(folder_of(candidates[-1]))

    def found(folder: str) -> int:
        paths = [joined(folder, source) for source in copies]
        return sum(
            path is not None and (path in board.sources or path in folders) for path in paths
        )

    if not copies:
        if _starts_a_file_in(board, dockerfile, dockerfile.folder):
            return dockerfile.folder
        projects = [one for one in candidates if board.is_project(one)]
        return projects[0] if projects else dockerfile.folder
    return max(candidates, key=lambda one: (found(one), len(one)))


def _starts_a_file_in(board: Board, dockerfile: Dockerfile, folder: str) -> bool:
    """Return whether what the container starts is a file beside the Dockerfile: `index.js`."""
    command = dockerfile.command()
    words = command.text.split() if command else []
    paths = [joined(folder, word) for word in words if re.fullmatch(r"[\w./-]+\.\w+", word)]
    return any(path is not None and path in board.sources for path in paths)


def _take_dockerfile(
    board: Board, dockerfile: Dockerfile, context: str, source: str, suffix: str
) -> None:
    command = dockerfile.command()
    base = dockerfile.base_image()
    product = product_of(base)
    runtimes = {runtime_of(stage.base)[0] for stage in dockerfile.stages}
    if product is not None and is_store(product[0]):
        line = dockerfile.stages[-1].line
        evidence = Evidence(dockerfile.path, line, f"built from {base}", Confidence.LIKELY)
        board.clues.append(StoreClue(*product, dockerfile.folder, evidence, 2))
        return
    if product is not None and not ("node" in runtimes or board.node_in(source)):
        return
    if command is None and not dockerfile.ports() and not board.is_project(source):
        return
    text = command.text if command else ""
    static = runtime_of(base)[0] == "static"
    node = board.node_in(source)
    is_page = static or (
        node is not None and node.kind == "frontend" and not board.python_in(source)
    )
    kind = Kind.WORKER if is_worker(text, suffix) else Kind.FRONTEND if is_page else Kind.SERVICE
    line = command.evidence.line if command else dockerfile.stages[-1].line
    evidence = Evidence(
        dockerfile.path, line, "a container of its own", confidence_of(dockerfile.path)
    )
    written = dockerfile.path[len(context) :].lstrip("/") if context else dockerfile.path
    build = Build(folder=f"./{context}" if context else ".", dockerfile=written)
    hint = suffix if suffix not in ("app", "web") else ""
    service = Service(name_for(board, source, kind, hint), kind, source, [evidence], build=build)
    service.ports = [port for port, _ in dockerfile.ports()]
    service.public = kind is not Kind.WORKER
    board.offer(service, command)
    board.used_dockerfiles.add(dockerfile.path)
    board.services.append(service)


def take_processes(board: Board, processes: list[Process], hosted: list[Hosted]) -> None:
    """Take in what platforms start."""
    for one in processes:
        if one.name in _ONCE:
            continue
        kind = "web" if one.name in ("web", "api", "app", "server", "backend") else "worker"
        if kind == "worker" and not is_worker(one.command.text, one.name):
            kind = (
                "web"
                if re.search(r"gunicorn|uvicorn|\$PORT|npm start|serve", one.command.text)
                else kind
            )
        folder = _folder_in(board, one.folder, one.command.text)
        _take_process(board, folder, one.name, kind, one.command, one.command.evidence)
    for found in hosted:
        kind = "web" if found.kind in ("web", "pserv", "static") else "worker"
        folder = _folder_in(board, found.folder, found.command.text if found.command else "")
        _take_process(board, folder, found.name, kind, found.command, found.evidence)
    for one in processes:
        if one.name in _ONCE:
            folder = _folder_in(board, one.folder, one.command.text)
            for service in (board.in_folder(folder) or board.in_folder(one.folder))[:1]:
                service.migrate = one.command


def _folder_in(board: Board, folder: str, command: str) -> str:
    """Return the folder that a command goes to first: `cd src && ...`, `npm start -w worker`."""
    if named := _OF_A_WORKSPACE.search(command):
        name = named["name"].removeprefix("./").rstrip("./")
        for project in board.node:
            if project.folder != folder and name in (project.name, project.folder):
                return project.folder
    match = _GOES_TO.search(command)
    below = joined(folder, match[1] or match[2] or match[3]) if match else None
    return below if below and below in board.sources.folders() else folder


def _take_process(
    board: Board, folder: str, name: str, kind: str, command: Command | None, evidence: Evidence
) -> None:
    there = board.in_folder(folder)
    if not there and not board.is_project(folder):
        # Render and Procfiles at the top start what lies in a folder below it.
        there = [one for one in board.own() if name and one.name == name]
    workers = [one for one in there if one.kind is Kind.WORKER]
    servers = [one for one in there if one.kind is not Kind.WORKER]
    if kind == "web":
        same = [one for one in servers if one.name == name] or servers[:1]
        if not same and there == [] and board.own() and folder == "" and not board.is_project(""):
            same = [one for one in board.own() if one.kind is Kind.SERVICE][:1]
        # A worker that answers a platform's questions by HTTP stays a worker.
        same = same or [one for one in there if command and _starts(board, one, command)]
    else:
        text = command.text if command else name
        same = [
            one
            for one in workers
            if one.name == name
            or (
                role_of(_text_of(board, one)) == role_of(text)
                and evidence.file not in {place.file for place in one.evidence}
            )
        ]
        if any(one.composed for one in there) and not same and role_of(text) == "other":
            return
    if same:
        board.offer(same[0], command)
        add_evidence(same[0], evidence)
        return
    service_kind = Kind.SERVICE if kind == "web" else Kind.WORKER
    hint = "" if kind == "web" and name in ("", "web", "app") else name
    service = Service(name_for(board, folder, service_kind, hint), service_kind, folder, [evidence])
    service.public = kind == "web"
    board.offer(service, command)
    board.services.append(service)


def _starts(board: Board, service: Service, command: Command) -> bool:
    """Return whether a service is known to be started by a command, wherever it listens."""
    known = [_program(one.text) for one in board.commands.get(service.name, [])]
    return _program(command.text) in known


def _text_of(board: Board, service: Service) -> str:
    return " ".join(one.text for one in board.commands.get(service.name, [])) + service.name


def take_workloads(board: Board, workloads: list[Workload]) -> None:
    """Take in what a cluster runs: stores as clues, our own as commands or new services."""
    alone = not board.own()
    for one in workloads:
        product = product_of(one.image)
        if product is not None:
            if is_store(product[0]):
                board.clues.append(StoreClue(*product, "", one.evidence, 3))
            continue
        same = [
            s
            for s in board.own()
            if s.name in (one.name, one.image.partition(":")[0].rpartition("/")[2])
        ]
        if not same and len(board.own()) == 1 and len(workloads) == 1:
            same = board.own()
        if same:
            board.offer(same[0], one.command)
            add_evidence(same[0], one.evidence)
        elif alone:
            text = one.command.text if one.command else ""
            kind = Kind.WORKER if is_worker(text, one.name) else Kind.SERVICE
            service = Service(
                board.free_name(one.name), kind, "", [one.evidence], ports=list(one.ports)
            )
            service.public = kind is Kind.SERVICE
            board.offer(service, one.command)
            board.services.append(service)

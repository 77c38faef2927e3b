"""Services and stores of the compose files."""

from __future__ import annotations

import re
from dataclasses import replace

from outgrow.discovery.board import Board
from outgrow.discovery.command_roles import is_for_developers, is_worker
from outgrow.discovery.compose import ComposeService, read_services
from outgrow.discovery.compose_files import (
    ComposeFile,
    find_compose_files,
    other_compose_files,
    preference,
    read_compose_file,
)
from outgrow.discovery.dockerfile import Dockerfile, confidence_of, read_dockerfile, runtime_of
from outgrow.discovery.findings import Command, Confidence, Evidence, Note, Service, Store
from outgrow.discovery.images import is_for_development, is_store, product_of, version_of
from outgrow.discovery.tree import folder_of, is_aside, is_within, joined
from outgrow.strategy.components import ComponentKind as Kind
from outgrow.strategy.yaml_nodes import Entry, MappingNode

_RANK, _DEVELOPMENT_RANK = 85, 40
_DEPLOYS = re.compile(r"^(?:deploy(?:ment|ments)?|docker|infra(?:structure)?|ops|compose)\b")


def take_compose(board: Board) -> None:
    """Take in the services of the compose files, the one at the top of the repository first."""
    files = find_compose_files(board.sources)
    if not files:
        return
    depth = files[0].path.count("/")
    taken = files[:1] if depth == 0 else [one for one in files if one.path.count("/") == depth]
    for file in taken:
        for problem in file.problems:
            board.notes.append(Note("not-carried-over", problem, file.path, 1))
        _take_file(board, file)
        _top_level(board, file)
    if not any(one.composed for one in board.own()):
        _take_variant(board, [one for one in files if one not in taken], files)


def _take_variant(board: Board, deeper: list[ComposeFile], files: list[ComposeFile]) -> None:
    """Take our own services from a variant of a compose file that only has the stores.

    It lies beside that file, or else in a folder for deploying: `deploy/docker-compose.prod.yml`.
    """
    beside = [
        path for path in other_compose_files(board.sources, files)
        if folder_of(path) == files[0].folder and not re.search("test|ci|override", path)
    ]  # fmt: skip
    for path in sorted(beside, key=preference):
        file = read_compose_file(board.sources, path)
        if file is not None and _builds(file):
            _take_file(board, file)
            return
    for file in deeper:
        if _builds(file) and _DEPLOYS.search(file.folder) and not is_aside(file.folder):
            _take_file(board, file)
            return


def _builds(file: ComposeFile) -> bool:
    return any("build" in _keys(one) for one in file.services.values())


def _keys(entry: Entry) -> set[str]:
    return set(entry.node.entries) if isinstance(entry.node, MappingNode) else set()


def _take_file(board: Board, file: ComposeFile) -> None:
    names = board.names()
    production = not re.search(r"local|dev|override", file.path)
    for one in read_services(file):
        if one.name in names:
            continue
        for_tests = _is_of_tests(one.name) and len(file.services) > 1
        if for_tests and not one.run.profiles:
            board.notes.append(Note("left-out", f"{one.name} is for tests", one.file, one.line))
            continue
        board.notes += one.notes
        _take(board, one, production)


def _top_level(board: Board, file: ComposeFile) -> None:
    for key in ("secrets", "configs"):
        if key in file.top:
            says = f"`{key}` of the compose file: a strategy names secrets with each component"
            board.notes.append(Note("not-carried-over", says, file.path, 1))


def _is_of_tests(name: str) -> bool:
    return bool(
        re.search(r"(?:^|[-_.])(?:tests?|e2e|playwright|cypress|selenium)(?:$|[-_.])", name)
    )


def _take(board: Board, one: ComposeService, production: bool) -> None:
    service = _service(one)
    dockerfile = _dockerfile(board, one)
    image = one.image if one.build is None else dockerfile.base_image() if dockerfile else ""
    product = product_of(image) if image else None
    if product and one.build is not None and _is_frontend(board, one, dockerfile, product[0]):
        product = None
    if product is not None:
        _take_product(board, one, service, image or "", product)
        return
    folder = _source_folder(board, one, dockerfile)
    if one.build is None and folder is None:
        _take_foreign(board, one, service)
        return
    service.folder = folder or ""
    if one.build is not None:
        service.build = one.build
    _describe(board, service, one, dockerfile, production)
    board.services.append(service)


def _service(one: ComposeService) -> Service:
    evidence = Evidence(one.file, one.line, "a service of the compose file")
    return Service(
        one.name, Kind.SERVICE, None, [evidence], run=one.run, ports=list(one.ports),
        environment=dict(one.environment), secrets=dict(one.secrets), size=one.size,
        replicas=one.replicas, talks_to=list(one.links), composed=True,
    )  # fmt: skip


def _take_product(
    board: Board, one: ComposeService, service: Service, image: str, product: tuple[Kind, str]
) -> None:
    service.kind, name = product
    service.build = one.build
    service.stack = f"{name} {version_of(image)}".strip()
    service.public = service.kind is Kind.LOAD_BALANCER and bool(one.run.publish)
    service.development_only = is_for_development(image)
    evidence = Evidence(one.file, one.line_of("image"), f"the image {image}")
    if is_store(service.kind) and not _is_tool_of_a_store(one):
        store = Store(one.name, service.kind, name, [evidence], version_of(image), service)
        board.stores.append(store)
        return
    if is_store(service.kind):
        service.kind = Kind.WORKER
    board.others.append(Store(one.name, service.kind, name, [evidence], version_of(image), service))


def _is_tool_of_a_store(one: ComposeService) -> bool:
    """Return whether a container of a database's image only sets it up or saves it."""
    return bool(
        re.search(r"(?:init|setup|backup|create[-_]?bucket|migrat|seed|restore|-cli$)", one.name)
    )


def _take_foreign(board: Board, one: ComposeService, service: Service) -> None:
    """Take a program of somebody else's that is none of the known products."""
    image = one.image or ""
    service.development_only = is_for_development(image)
    service.stack = image
    service.public = bool(one.run.publish) and not service.development_only
    if is_worker(" ".join(one.run.command or []), one.name):
        service.kind = Kind.WORKER
    evidence = Evidence(
        one.file, one.line_of("image"), f"the image {image}" if image else "a service"
    )
    board.others.append(
        Store(one.name, service.kind, image, [evidence], version_of(image), service)
    )


def _dockerfile(board: Board, one: ComposeService) -> Dockerfile | None:
    if one.build is None or one.context is None:
        return None
    path = joined(one.context, one.build.dockerfile or "Dockerfile")
    found = read_dockerfile(board.sources, path) if path else None
    if found is not None and path is not None:
        board.used_dockerfiles.add(path)
    return found


def _is_frontend(
    board: Board, one: ComposeService, dockerfile: Dockerfile | None, kind: Kind
) -> bool:
    """Return whether a web server's image is built to carry pages, or a product to carry code."""
    if kind is not Kind.LOAD_BALANCER:
        return (
            board.is_project(one.context or "") and kind is not Kind.POSTGRES and not is_store(kind)
        )
    stages = dockerfile.stages if dockerfile else []
    return any(runtime_of(stage.base)[0] == "node" for stage in stages) or (
        board.node_in(one.context or "") is not None and one.context != ""
    )


def _source_folder(board: Board, one: ComposeService, dockerfile: Dockerfile | None) -> str | None:
    """Return the folder of a service's own source, or None where it has none here."""
    if one.build is None:
        return _mounted_project(board, one) or _folder_named(board, one)
    found = source_of(board, one.context or "", dockerfile, one.build.target)
    inside = _mounted_project(board, one)
    return inside if found == (one.context or "") and inside and is_within(inside, found) else found


def _mounted_project(board: Board, one: ComposeService) -> str | None:
    """Return the folder of a project that a service sees as its working folder."""
    for mount in one.run.volumes:
        source = mount.source or ""
        folder = joined("", source) if source.startswith(".") else None
        if folder and board.is_project(folder):
            return folder
    return None


def source_of(board: Board, context: str, dockerfile: Dockerfile | None, target: str | None) -> str:
    """Return where the code of a Dockerfile lies: beside it, in its context, or where it copies."""
    beside = dockerfile.folder if dockerfile else context
    if beside != context and board.is_project(beside):
        return beside
    if dockerfile is not None:
        copied = _copied_project(board, context, dockerfile, target)
        workspace = board.node_in(context)
        if copied and (not board.is_project(context) or (workspace and workspace.is_workspace)):
            return copied
    return context


def _copied_project(
    board: Board, context: str, dockerfile: Dockerfile, target: str | None
) -> str | None:
    for stage in [*dockerfile.chain(target), *reversed(dockerfile.stages)]:
        for source in stage.copies:
            folder = joined(context, source)
            while folder and folder != context:
                if board.is_project(folder):
                    return folder
                folder = folder_of(folder)
    return None


def _folder_named(board: Board, one: ComposeService) -> str | None:
    """Return the folder of a prebuilt image of our own: a project that has its name."""
    image = (one.image or "").partition(":")[0].rpartition("/")[2]
    folders = [project.folder for project in board.python]
    folders += [project.folder for project in board.node]
    folders += [dockerfile.folder for dockerfile in board.dockerfiles]
    for folder in dict.fromkeys(folders):
        last = folder.rpartition("/")[2]
        if last and last in (one.name, image):
            return folder
    own_name = re.sub(r"[^a-z0-9]", "", board.sources.name.lower())
    if own_name and own_name in re.sub(r"[^a-z0-9]", "", image.lower()) and board.is_project(""):
        return ""
    return None


def _describe(
    board: Board, service: Service, one: ComposeService, dockerfile: Dockerfile | None,
    production: bool,
) -> None:  # fmt: skip
    run, target = one.run, one.build.target if one.build else None
    words = run.command or run.entrypoint
    if words and run.command and run.entrypoint and not _wraps(run.entrypoint):
        words = [*run.entrypoint, *run.command]
    text = " ".join(words or [])
    if words:
        key = "command" if run.command else "entrypoint"
        evidence = Evidence(one.file, one.line_of(key), f"`{key}` of {one.name}")
        rank = _DEVELOPMENT_RANK if is_for_developers(text) else _RANK if production else _RANK - 15
        board.offer(service, Command(words[0] if len(words) == 1 else tuple(words), evidence, rank))
    if dockerfile is not None:
        image_command = dockerfile.command(target)
        if image_command is not None and not (words and is_worker(text, "")):
            rank = image_command.rank - (
                20 if confidence_of(dockerfile.path) is Confidence.LIKELY else 0
            )
            board.offer(service, replace(image_command, rank=rank))
            text = text or image_command.text
        if not service.ports:
            service.ports = [port for port, _ in dockerfile.ports(target)]
    service.kind = Kind.WORKER if is_worker(text, one.name) else Kind.SERVICE
    service.public = bool(run.publish)


def _wraps(entrypoint: list[str]) -> bool:
    return bool(re.search(r"entrypoint|\.sh\b|tini|dumb-init|wait", " ".join(entrypoint)))

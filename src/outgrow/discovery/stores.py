"""One store out of everything that speaks for it: a container, drivers, URLs, Terraform."""

from __future__ import annotations

from collections import defaultdict

from outgrow.discovery.board import Board
from outgrow.discovery.cloud_clients import cloud_clues
from outgrow.discovery.drivers import (
    StoreClue,
    manifest_clues,
    node_clue,
    python_clue,
    url_clues,
)  # fmt: skip
from outgrow.discovery.findings import Confidence, Evidence, Store
from outgrow.discovery.frozen_requirements import unused_drivers
from outgrow.discovery.terraform import terraform_clues
from outgrow.strategy.components import ComponentKind as Kind

_NAMES = {
    Kind.POSTGRES: "db", Kind.MYSQL: "db", Kind.MONGODB: "mongo", Kind.REDIS: "redis",
    Kind.QUEUE: "queue", Kind.SEARCH: "search", Kind.VECTOR_STORE: "vectors",
    Kind.OBJECT_STORE: "files", Kind.WAREHOUSE: "warehouse", Kind.DATABASE: "database",
}  # fmt: skip
_RELATIONAL = (Kind.POSTGRES, Kind.MYSQL)
_ENOUGH, _MOST_EVIDENCE = 2, 6
# The same thing under the name of whoever rents it out.
_SAME = {"S3": "MinIO", "OpenSearch": "Elasticsearch", "Valkey": "Redis", "MariaDB": "MySQL",
         "Redpanda": "Kafka", "KeyDB": "Redis", "Dragonfly": "Redis"}  # fmt: skip


def gather_clues(board: Board) -> None:
    """Take in what drivers, URLs and Terraform say."""
    for project in board.python:
        unused = unused_drivers(board.sources, project)
        for name, (file, line) in project.dependencies.items():
            clue = python_clue(name, project.folder, file, line)
            if clue is not None and name not in unused:
                board.clues.append(clue)
    for node in board.node:
        for name, line in node.dependencies.items():
            if clue := node_clue(name, node.folder, node.path, line):
                board.clues.append(clue)
    board.clues += manifest_clues(board.sources)
    board.clues += url_clues(board.sources)
    board.clues += cloud_clues(board.sources)
    board.clues += terraform_clues(board.sources)


def take_stores(board: Board) -> None:
    """Merge the clues into the stores that containers show, or into new ones."""
    groups: dict[tuple[Kind, str], list[StoreClue]] = defaultdict(list)
    for clue in board.clues:
        groups[(clue.kind, _SAME.get(clue.product, clue.product))].append(clue)
    relational = {
        kind: max((clue.weight, _is_more_than_a_driver(clue)) for clue in clues)
        for (kind, _), clues in groups.items()
        if kind in _RELATIONAL
    }
    for (kind, product), clues in groups.items():
        there = _there(board, kind, product)
        if there is not None:
            for clue in clues[:_MOST_EVIDENCE]:
                if clue.evidence not in there.evidence and len(there.evidence) < _MOST_EVIDENCE:
                    there.evidence.append(clue.evidence)
            continue
        if sum(clue.weight for clue in clues) < _ENOUGH or _is_beaten(
            board, kind, clues, relational
        ):
            continue
        evidence = list(dict.fromkeys(clue.evidence for clue in clues))[:_MOST_EVIDENCE]
        name = board.free_name(_NAMES[kind])
        board.stores.append(Store(name, kind, clues[0].product, evidence))


def _there(board: Board, kind: Kind, product: str) -> Store | None:
    same = [one for one in board.stores if one.kind is kind]
    if kind in (Kind.QUEUE, Kind.DATABASE, Kind.SEARCH, Kind.VECTOR_STORE):
        return next((one for one in same if _SAME.get(one.product, one.product) == product), None)
    return same[0] if same else None


def _is_more_than_a_driver(clue: StoreClue) -> bool:
    return not clue.evidence.says.startswith("the driver")


def _is_beaten(
    board: Board, kind: Kind, clues: list[StoreClue], relational: dict[Kind, tuple[int, bool]]
) -> bool:
    """Return whether another relational database is the one in use: its driver is not alone."""
    if kind not in _RELATIONAL:
        return False
    composed = [one for one in board.stores if one.kind in _RELATIONAL and one.service is not None]
    own = any(
        _is_more_than_a_driver(clue) and clue.evidence.confidence is Confidence.CERTAIN
        for clue in clues
    )
    if composed and not own:
        return True
    other = next((value for one, value in relational.items() if one is not kind), None)
    mine = relational.get(kind, (0, False))
    return other is not None and other > mine and not composed


def store_evidence(store: Store) -> Evidence:
    """Return the best evidence of a store."""
    order = list(Confidence)
    return min(store.evidence, key=lambda one: order.index(one.confidence))

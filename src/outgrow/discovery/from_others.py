"""Services of languages other than Python and Node."""

from __future__ import annotations

from outgrow.discovery.board import Board, add_evidence, name_for
from outgrow.discovery.findings import Service
from outgrow.discovery.other_languages import OtherProject
from outgrow.discovery.tree import is_within
from outgrow.strategy.components import ComponentKind as Kind


def take_others(board: Board, projects: list[OtherProject]) -> None:
    """Take in the services of other languages."""
    for one in projects:
        there = _services_with_other(board, one)
        if there:
            for service in there:
                service.stack = service.stack or one.stack
                add_evidence(service, one.command.evidence)
                if len(there) == 1:
                    board.offer(service, one.command)
            continue
        kind = Kind.WORKER if one.worker else Kind.SERVICE
        hint = (
            one.name
            if one.name not in ("", "server", "app", "main", "cmd") and one.stack == "Go"
            else ""
        )
        service = Service(
            name_for(board, one.folder, kind, hint), kind, one.folder, [one.command.evidence]
        )
        service.stack, service.public = one.stack, kind is Kind.SERVICE
        board.offer(service, one.command)
        board.services.append(service)


def _services_with_other(board: Board, one: OtherProject) -> list[Service]:
    there = [
        s
        for s in board.own()
        if s.folder is not None
        and (
            s.folder == one.folder
            or (is_within(s.folder, one.folder) and s.folder and s.build is not None)
        )
    ]
    if one.stack == "Go" and one.name:
        named = [s for s in there if s.name == one.name]
        made_here = [s for s in there if s.stack == "Go" and s.build is None]
        return named or ([] if made_here else there)
    return there

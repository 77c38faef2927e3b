"""`outgrow init`: from an existing repository to a first strategy."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from outgrow.clients.files import STRATEGY_FILE, read_text, write_whole
from outgrow.clients.repository import Repository, walk_repository
from outgrow.diagnostics import format_diagnostic
from outgrow.discovery.combine import discover
from outgrow.discovery.draft import draft_strategy
from outgrow.discovery.findings import Evidence, Findings, Note, Question
from outgrow.errors import InputError, InvalidStrategy
from outgrow.render.strategy_file import strategy_file
from outgrow.strategy.load import parse_strategy

Ask = Callable[[Question], str]


@dataclass(frozen=True, slots=True)
class FoundPart:
    """A part of the system as a view shows it."""

    name: str
    kind: str
    confidence: str
    command: str | None
    starts: str | None
    port: int | None
    stack: str
    folder: str | None
    command_evidence: Evidence | None
    evidence: tuple[Evidence, ...]
    keys: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Initialised:
    """What was found, what was asked and answered, and the file that came of it."""

    name: str
    path: str
    written: bool
    backup: str | None
    services: tuple[FoundPart, ...]
    stores: tuple[FoundPart, ...]
    others: tuple[FoundPart, ...]
    questions: tuple[Question, ...]
    answers: Mapping[str, str]
    notes: tuple[Note, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Request:
    """What `outgrow init` is asked to do."""

    folder: str
    output: str | None = None
    answers: Sequence[str] = ()
    force: bool = False
    only_print: bool = False


def initialise(request: Request, ask: Ask) -> Initialised:
    """Return the draft for a repository, written unless it is only to be printed.

    Raises InputError for a folder that is not there or holds nothing that runs, an unknown
    answer, and a file that is there already.
    """
    repository = walk_repository(request.folder)
    target = Path(request.output) if request.output else Path(request.folder) / STRATEGY_FILE
    if not request.only_print and not request.force and (target.exists() or target.is_symlink()):
        raise InputError(
            f"{target}: there is a strategy already",
            "Write elsewhere with --output, look with --print, or replace it with --force, "
            "which keeps a copy.",
        )
    findings = discover(repository)
    if not (findings.services or findings.stores or findings.others):
        raise _nothing_found(repository)
    findings.notes += [Note("unreadable", problem) for problem in repository.problems[:20]]
    answers = _answers(findings, request.answers, ask)
    text = strategy_file(draft_strategy(findings, answers))
    _verify(text)
    backup = None if request.only_print else _write(target, text)
    return _result(findings, answers, str(target), not request.only_print, backup, text)


def _nothing_found(repository: Repository) -> InputError:
    """Return what to say of a folder in which nothing runs; nothing is written for it."""
    count = len(repository.sizes)
    files = "no file" if not count else f"{count:,} file{'s' if count != 1 else ''}"
    return InputError(
        f"{repository.root}: nothing was found that runs ({files} looked at)",
        "Looked for were compose files, Dockerfiles, Procfiles, package.json and the like, "
        "applications in code, and drivers of databases. Name the folder that holds the code, "
        "or write outgrow.yaml by hand: docs/strategy-language.md.",
    )


def _answers(findings: Findings, given: Sequence[str], ask: Ask) -> dict[str, str]:
    """Return an answer for each question: the one given, or else what `ask` returns."""
    known = {one.key: one for one in findings.questions}
    commands = {f"{one.name}.command" for one in findings.services}
    keeps = {f"{one.name}.keep" for one in findings.stores}
    answers: dict[str, str] = {}
    for one in given:
        key, equals, value = one.partition("=")
        if not equals or key not in known.keys() | commands | keeps:
            names = ", ".join(sorted(known.keys() | commands | keeps))
            raise InputError(f"--answer {one}: there is no such question", f"There are: {names}.")
        answers[key] = value
    for key, question in known.items():
        if key not in answers:
            answers[key] = ask(question)
    return answers


def _verify(text: str) -> None:
    """Raise AssertionError for a draft that is no strategy: that is our mistake."""
    try:
        parse_strategy(text)
    except InvalidStrategy as error:
        told = "\n".join(format_diagnostic(one) for one in error.diagnostics[:5])
        raise AssertionError(f"the draft is not a valid strategy:\n{told}") from error


def _write(target: Path, text: str) -> str | None:
    """Write the draft; return where the file that was there before is kept."""
    backup = None
    if target.is_file():
        backup = _free_backup(target)
        write_whole(backup, read_text(str(target), "strategy"))
    write_whole(target, text)
    return str(backup) if backup else None


def _free_backup(target: Path) -> Path:
    candidates = (target.with_name(f"{target.name}.{n}.bak") for n in range(1, 1000))
    return next(one for one in candidates if not one.exists())


def _result(
    findings: Findings,
    answers: Mapping[str, str],
    path: str,
    written: bool,
    backup: str | None,
    text: str,
) -> Initialised:
    services = tuple(
        FoundPart(
            one.name,
            one.kind.value,
            one.confidence.value,
            one.command.text if one.command else None,
            one.command.starts or None if one.command else None,
            one.ports[0] if one.ports else None,
            one.stack,
            one.folder or ".",
            one.command.evidence if one.command else None,
            tuple(one.evidence),
            tuple(one.keys),
        )
        for one in findings.services
    )
    stores, others = (
        tuple(
            FoundPart(
                one.name, one.kind.value, one.confidence.value, None, None, None,
                f"{one.product} {one.version}".strip(), None, None, tuple(one.evidence), (),
            )
            for one in group
        )
        for group in (findings.stores, findings.others)
    )  # fmt: skip
    return Initialised(
        findings.name, path, written, backup, services, stores, others,
        tuple(findings.questions), answers, tuple(findings.notes), text,
    )  # fmt: skip

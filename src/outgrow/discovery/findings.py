"""What was found in a repository, each part with the places that say so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from outgrow.strategy.components import ComponentKind
from outgrow.strategy.containers import Build, Run


class Confidence(StrEnum):
    """How far a finding can be trusted."""

    CERTAIN = "certain"  # a file says so in so many words
    LIKELY = "likely"  # it follows from what files say
    GUESS = "guess"  # it is what such a repository usually does


@dataclass(frozen=True, slots=True)
class Evidence:
    """A place in the repository, and what it says."""

    file: str
    line: int
    says: str
    confidence: Confidence = Confidence.CERTAIN

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


Words: TypeAlias = "str | tuple[str, ...]"


@dataclass(frozen=True, slots=True)
class Command:
    """How something is started; `words` is one text for a shell, or a list.

    `starts` is the server that it ends up starting, where it is a script. An
    image's `ENTRYPOINT` is told apart: another command would only be handed to it.
    """

    words: Words
    evidence: Evidence
    rank: int
    starts: str = ""
    is_entrypoint: bool = False

    @property
    def text(self) -> str:
        """Return the command as one line."""
        return self.words if isinstance(self.words, str) else " ".join(self.words)


@dataclass(frozen=True, slots=True)
class Size:
    """What a container asks for and the most it may take; texts of plain numbers."""

    vcpu: str | None = None
    memory_gib: str | None = None
    vcpu_limit: str | None = None
    memory_gib_limit: str | None = None


@dataclass(slots=True)
class Service:
    """Something that runs: our own code, or a program of somebody else's (`image` only).

    `folder` is where its source lies, None for a program of somebody else's.
    """

    name: str
    kind: ComponentKind
    folder: str | None
    evidence: list[Evidence]
    command: Command | None = None
    migrate: Command | None = None
    build: Build | None = None
    run: Run = field(default_factory=Run)
    stack: str = ""
    ports: list[int] = field(default_factory=list)
    health_path: str | None = None
    environment: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    keys: list[Evidence] = field(default_factory=list)
    size: Size = field(default_factory=Size)
    replicas: int | None = None
    talks_to: list[str] = field(default_factory=list)
    public: bool = False
    development_only: bool = False
    composed: bool = False

    @property
    def confidence(self) -> Confidence:
        """Return the best confidence of what speaks for it."""
        return best(one.confidence for one in self.evidence)


@dataclass(slots=True)
class Store:
    """Something that keeps data: a database, a cache, a queue, files."""

    name: str
    kind: ComponentKind
    product: str
    evidence: list[Evidence]
    version: str = ""
    service: Service | None = None

    @property
    def confidence(self) -> Confidence:
        """Return the best confidence of what speaks for it."""
        return best(one.confidence for one in self.evidence)


@dataclass(frozen=True, slots=True)
class Question:
    """Something that the repository leaves open: a default, and what else there is."""

    key: str
    asks: str
    default: str
    options: tuple[str, ...] = ()
    because: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """Something that a reader of the draft should know: `code` is stable."""

    code: str
    says: str
    file: str = ""
    line: int = 0


@dataclass(slots=True)
class Findings:
    """Everything that a repository says about the system in it."""

    name: str
    services: list[Service] = field(default_factory=list)
    stores: list[Store] = field(default_factory=list)
    others: list[Store] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    providers: Mapping[str, Evidence] = field(default_factory=dict)
    tests: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def best(confidences: object) -> Confidence:
    """Return the highest of several confidences; a guess where there is none."""
    order = list(Confidence)
    found = [one for one in confidences if isinstance(one, Confidence)]  # type: ignore[attr-defined]
    return min(found, key=order.index, default=Confidence.GUESS)

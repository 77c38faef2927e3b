"""Dockerfiles: what the last stage starts, listens on and is written in."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from outgrow.discovery.findings import Command, Confidence, Evidence, Words
from outgrow.discovery.tree import Sources, folder_of, is_aside

RANK = 80
_NAME = re.compile(r"(?:[\w.-]+\.)?(?:dockerfile|containerfile)(?:[.\-_][\w.-]+)?", re.IGNORECASE)
_WORSE = re.compile(
    r"test|dev\b|dev\.|local|debug|ci\b|lint|docs|base|build|bench|example|gpu|arm|e2e", re.I
)
_BETTER = re.compile(r"prod|release|deploy", re.I)
_SUFFIXES_NOT_DOCKERFILES = (".dockerignore", ".md", ".txt", ".j2", ".tmpl", ".tpl", ".sh", ".py")
_FROM = re.compile(r"(?:--platform=\S+\s+)?(\S+)(?:\s+as\s+(\S+))?", re.IGNORECASE)


@dataclass(slots=True)
class Stage:
    """One stage of a Dockerfile: its image, and the instructions in it."""

    base: str
    name: str
    line: int
    command: tuple[Words, int] | None = None
    entrypoint: tuple[Words, int] | None = None
    ports: list[tuple[int, int]] = field(default_factory=list)
    copies: list[str] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=dict)
    working_folder: str = ""


@dataclass(slots=True)
class Dockerfile:
    """A Dockerfile as it describes one container."""

    path: str
    folder: str
    stages: list[Stage]

    def stage(self, target: str | None = None) -> Stage:
        """Return the stage called `target`, or the last one."""
        named = [one for one in self.stages if target and one.name.lower() == target.lower()]
        return named[0] if named else self.stages[-1]

    def chain(self, target: str | None = None) -> list[Stage]:
        """Return a stage and those that it is built from, the nearest first."""
        found = [self.stage(target)]
        while (base := self._named(found[-1].base)) is not None and base not in found:
            found.append(base)
        return found

    def base_image(self, target: str | None = None) -> str:
        """Return the image that a stage is built from in the end."""
        return self.chain(target)[-1].base

    def ports(self, target: str | None = None) -> list[tuple[int, int]]:
        """Return the exposed ports, each with its line."""
        return next((one.ports for one in self.chain(target) if one.ports), [])

    def command(self, target: str | None = None) -> Command | None:
        """Return what the container starts: its CMD, or its ENTRYPOINT with the CMD."""
        chain = self.chain(target)
        command = entrypoint = None
        for stage in chain:
            command = command or stage.command
            entrypoint = entrypoint or stage.entrypoint
            if entrypoint or command:
                break
        for stage in chain:
            entrypoint = entrypoint or stage.entrypoint
        chosen = _joined(entrypoint, command)
        if chosen is None:
            return None
        says = "what the container starts"
        fixed = entrypoint is not None and not is_wrapper(entrypoint[0])
        evidence = Evidence(self.path, chosen[1], says)
        return Command(chosen[0], evidence, RANK, is_entrypoint=fixed or command is None)

    def _named(self, name: str) -> Stage | None:
        return next((one for one in self.stages if one.name.lower() == name.lower() and name), None)


def find_dockerfiles(sources: Sources) -> list[Dockerfile]:
    """Return every Dockerfile that can be read, the likeliest of each folder first."""
    paths = [path for path in sources.paths if is_dockerfile(path)]
    found = [read_dockerfile(sources, path) for path in sorted(paths, key=preference)]
    return [one for one in found if one is not None]


def is_dockerfile(path: str) -> bool:
    """Return whether a path has the name of a Dockerfile."""
    name = path.rpartition("/")[2]
    return bool(_NAME.fullmatch(name)) and not name.lower().endswith(_SUFFIXES_NOT_DOCKERFILES)


def preference(path: str) -> tuple[bool, int, int, str]:
    """Return how likely a Dockerfile is the one that production runs; the least is first."""
    name = path.lower()
    last = name.rpartition("/")[2]
    plain = 0 if last in ("dockerfile", "containerfile") else 1
    worse = 3 if _WORSE.search(name) else 0
    better = -1 if _BETTER.search(name) else 0
    return is_aside(folder_of(path)), path.count("/"), plain + worse + better, path


def read_dockerfile(sources: Sources, path: str) -> Dockerfile | None:
    """Return the stages of one Dockerfile, or None where it has none."""
    stages: list[Stage] = []
    arguments: dict[str, str] = {}
    for line, word, rest in _instructions(sources.text(path)):
        if word == "ARG":
            key, _, value = rest.partition("=")
            arguments.setdefault(key.strip(), value.strip().strip("\"'"))
        elif word == "FROM" and (match := _FROM.match(rest)):
            stages.append(Stage(_with_arguments(match[1], arguments), match[2] or "", line))
        elif stages:
            _take(stages[-1], word, rest, line)
    return Dockerfile(path, folder_of(path), stages) if stages else None


def _take(stage: Stage, word: str, rest: str, line: int) -> None:
    if word in ("CMD", "ENTRYPOINT"):
        words = _words(rest)
        if word == "CMD":
            stage.command = (words, line) if words else None
        else:
            stage.entrypoint = (words, line) if words else None
            stage.command = None if not stage.command else stage.command
    elif word == "EXPOSE":
        for part in rest.split():
            number = _with_arguments(part, stage.environment).partition("/")[0]
            if number.isascii() and number.isdigit() and 0 < int(number[:6]) < 65536:
                stage.ports.append((int(number), line))
    elif word in ("COPY", "ADD"):
        parts = [part for part in rest.split() if not part.startswith("--")]
        into = stage.taken if "--from" in rest else stage.copies
        into += [part.strip("[]\",'") for part in parts[:-1]]
    elif word == "ENV":
        for key, value in re.findall(r"(\w+)=(\"[^\"]*\"|'[^']*'|\S+)", rest):
            stage.environment[key] = value.strip("\"'")
    elif word == "WORKDIR":
        stage.working_folder = rest.strip().strip("\"'")


def _instructions(text: str) -> Iterator[tuple[int, str, str]]:
    """Yield each instruction with its first line, continued lines joined, heredocs skipped."""
    lines = text.splitlines()
    at = 0
    while at < len(lines):
        start = at
        parts: list[str] = []
        while at < len(lines):
            line = lines[at].strip()
            at += 1
            if line.startswith("#") or (parts and not line):
                continue
            parts.append(line.rstrip("\\`").strip() if line.endswith(("\\", "`")) else line)
            if not line.endswith(("\\", "`")):
                break
        word, _, rest = " ".join(parts).partition(" ")
        if heredoc := re.search(r"<<-?['\"]?(\w+)['\"]?", rest):
            while at < len(lines) and lines[at].strip() != heredoc[1]:
                at += 1
            at += 1
        if word:
            yield start + 1, word.upper(), rest.strip()


def _words(rest: str) -> Words | None:
    if rest.startswith("["):
        try:
            items = json.loads(rest)
        except (ValueError, RecursionError):
            items = None
        if isinstance(items, list) and all(isinstance(one, str) for one in items):
            return tuple(items) or None
    return rest or None


def _joined(
    entrypoint: tuple[Words, int] | None, command: tuple[Words, int] | None
) -> tuple[Words, int] | None:
    if entrypoint is None or command is None:
        return command or entrypoint
    if is_wrapper(entrypoint[0]):
        return command
    if isinstance(entrypoint[0], tuple) and isinstance(command[0], tuple):
        return (*entrypoint[0], *command[0]), command[1]
    return entrypoint


def is_wrapper(words: Words) -> bool:
    """Return whether an entrypoint only prepares and then runs what it is given."""
    text = words if isinstance(words, str) else " ".join(words)
    return bool(
        re.search(r"\.sh\b|entrypoint|tini|dumb-init|/init\b|docker-php", text)
    ) and not re.search(r"gunicorn|uvicorn|java -jar", text)


def _with_arguments(text: str, arguments: dict[str, str]) -> str:
    def value(match: re.Match[str]) -> str:
        return arguments.get(match[1]) or match[2] or ""

    return re.sub(r"\$\{?(\w+)(?::-([^}]*))?\}?", value, text)


def runtime_of(image: str) -> tuple[str, str]:
    """Return the language of a base image and its version: ("python", "3.11"), or ("", "")."""
    name, _, tag = image.lower().rpartition("/")[2].partition(":")
    version = re.search(r"\d+(?:\.\d+)*", tag)
    for word, runtime in _RUNTIMES:
        if word in name or (word in image.lower() and word in ("python", "node")):
            in_tag = re.search(rf"{word}(\d+(?:\.\d+)*)", tag)
            found = in_tag[1] if in_tag else version[0] if version else ""
            return runtime, found
    if in_tag := re.search(r"(python|node)(\d+(?:\.\d+)*)", tag):
        return in_tag[1], in_tag[2]
    return "", ""


_RUNTIMES = (
    ("uvicorn-gunicorn", "python"), ("python", "python"), ("node", "node"), ("bun", "node"),
    ("nginx", "static"), ("golang", "go"), ("ruby", "ruby"), ("rails", "ruby"),
    ("openjdk", "java"), ("temurin", "java"), ("corretto", "java"), ("maven", "java"),
    ("gradle", "java"), ("jre", "java"), ("jdk", "java"), ("php", "php"), ("rust", "rust"),
    ("elixir", "elixir"), ("dotnet", "dotnet"), ("aspnet", "dotnet"), ("caddy", "static"),
    ("httpd", "static"), ("deno", "deno"), ("miniconda", "python"), ("conda", "python"),
    ("uv", "python"), ("poetry", "python"), ("pytorch", "python"),
)  # fmt: skip


def confidence_of(path: str) -> Confidence:
    """Return how far a Dockerfile may be taken for what production runs."""
    return Confidence.LIKELY if _WORSE.search(path) else Confidence.CERTAIN

"""Runs Docker and Compose as commands, and reads what they say about containers.

Compose comes in two forms: `docker compose` (version 2, a plug-in) and `docker-compose`
(1.29 in Debian). Both take the same arguments here.
"""

from __future__ import annotations

import json
import os
import select
import shutil
import subprocess
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import yaml
from pydantic import BaseModel

from outgrow.clients.docker_inspect import Container, read_container
from outgrow.errors import OutsideError

LOOK_EVERY_SECONDS = 0.5
_ANSWER_SECONDS = 30
_END_SECONDS = 20
_LABEL = "com.docker.compose"
OnLine = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Engine:
    """A Docker engine that answers, and the Compose that talks to it."""

    version: str
    compose: tuple[str, ...]
    compose_version: str


@dataclass(frozen=True, slots=True)
class Leftovers:
    """What a project still holds: networks, and volumes with data in them."""

    networks: tuple[str, ...]
    volumes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WantedImage:
    """The image that a service runs; `built` says that it is made here and not fetched."""

    service: str
    image: str
    built: bool


class _ConfiguredService(BaseModel):
    image: str | None = None
    build: object = None
    profiles: list[str] = []


class _Configured(BaseModel):
    """What is read of the file that Compose makes of all files and variables."""

    services: dict[str, _ConfiguredService]


class CommandFailed(Exception):
    """A command of Docker ended with an error; `lines` are the last that it printed."""

    def __init__(self, command: str, exit_code: int, lines: Sequence[str]) -> None:
        super().__init__(f"{command} ended with exit code {exit_code}")
        self.command = command
        self.lines = tuple(lines)


def find_engine() -> Engine:
    """Return the engine that this machine's Docker talks to, and its Compose.

    Raises OutsideError that says what is missing and how to get it.
    """
    if shutil.which("docker") is None:
        raise OutsideError(
            "Docker is not installed",
            "Debian and Ubuntu: apt-get install docker.io docker-compose. "
            "`outgrow render --target compose` writes the files without it.",
        )
    said = _asked(["docker", "version", "--format", "{{.Server.Version}}"])
    if said.returncode:
        raise OutsideError(
            f"the Docker engine does not answer: {_last_line(said.stderr)}",
            "Start it (`systemctl start docker`), join the group `docker`, or set DOCKER_HOST.",
        )
    compose, version = _find_compose()
    return Engine(said.stdout.strip(), compose, version)


def _find_compose() -> tuple[tuple[str, ...], str]:
    for command in (("docker", "compose"), ("docker-compose",)):
        if shutil.which(command[0]) is None:
            continue
        said = _asked([*command, "version", "--short"])
        if said.returncode == 0:
            return command, said.stdout.strip().removeprefix("v")
    raise OutsideError(
        "Docker Compose is not installed",
        "Debian: apt-get install docker-compose. Elsewhere: the plug-in docker-compose-v2.",
    )


def _asked(
    command: Sequence[str], timeout_seconds: float = _ANSWER_SECONDS
) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            command,
            capture_output=True,
            text=True,
            errors="replace",
            stdin=subprocess.DEVNULL,
            timeout=timeout_seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise OutsideError(
            f"`{' '.join(command[:2])}` did not answer within {timeout_seconds:g} seconds",
            "See whether the Docker engine is busy: docker info",
        ) from None
    except OSError as error:
        raise OutsideError(
            f"`{command[0]}` cannot be started: {error.strerror}", "Check its installation."
        ) from None


def _told(command: Sequence[str]) -> str:
    """Return what `command` prints; an engine that stopped answering is not an empty answer."""
    said = _asked(command)
    if said.returncode:
        raise OutsideError(
            f"`{' '.join(command[:2])}` fails: {_last_line(said.stderr)}",
            "See whether the Docker engine still answers: docker info",
        )
    return said.stdout


def _has_image(name: str) -> bool:
    return _asked(["docker", "image", "inspect", "--format", "{{.Id}}", name]).returncode == 0


def lines_of(pipe: IO[bytes], meanwhile: Callable[[], None] = lambda: None) -> Iterator[str]:
    """Yield the lines of `pipe` as they come; call `meanwhile` whenever none comes for a while."""
    rest = b""
    while True:
        if not select.select([pipe], [], [], LOOK_EVERY_SECONDS)[0]:
            meanwhile()
            continue
        chunk = os.read(pipe.fileno(), 65536)
        *whole, rest = (rest + chunk).split(b"\n")
        if not chunk and rest:
            whole.append(rest)
        yield from (line.decode(errors="replace").rstrip("\r") for line in whole)
        if not chunk:
            return


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "it said nothing"


@dataclass(frozen=True, slots=True)
class ComposeProject:
    """One project of Compose: its name, its files, and the variables they are read with."""

    engine: Engine
    name: str
    folder: Path
    env_file: Path
    files: tuple[Path, ...]

    def build(self, on_line: OnLine) -> None:
        """Build every image; raise CommandFailed with the last lines of what went wrong."""
        self._stream(["build", "--force-rm"], on_line)

    def absent_images(self) -> tuple[WantedImage, ...]:
        """Return the images that the engine does not have; raise CommandFailed."""
        said = _asked(self._command(["config"]))
        if said.returncode:
            raise CommandFailed("compose config", said.returncode, said.stderr.splitlines()[-40:])
        services = _Configured.model_validate(yaml.safe_load(said.stdout)).services
        wanted = [
            WantedImage(name, one.image or self._own_image(name), one.build is not None)
            for name, one in services.items()
            if not one.profiles  # nobody asks for one of them here
        ]
        return tuple(one for one in wanted if not _has_image(one.image))

    def fetch(self, services: Sequence[str], on_line: OnLine) -> None:
        """Fetch the images of `services`; raise CommandFailed."""
        self._stream(["pull", *services], on_line)

    def start(self, on_line: OnLine, meanwhile: Callable[[], None]) -> None:
        """Create and start every container; they go on in the background.

        Compose only returns when what others depend on is healthy: until then `meanwhile` is
        called about twice a second, and ends it by raising.
        """
        self._stream(["up", "--detach", "--no-build", "--remove-orphans"], on_line, meanwhile)

    def stop(self, *, volumes: bool, on_line: OnLine) -> None:
        """Remove containers and networks, and volumes with their data when asked to."""
        wanted = ["--volumes"] if volumes else []
        self._stream(["down", "--remove-orphans", *wanted], on_line)

    def containers(self) -> tuple[Container, ...]:
        """Return the containers of this project, whatever their state, by service."""
        identifiers = _told(["docker", "ps", "--all", "--quiet", "--filter", self._own]).split()
        if not identifiers:
            return ()
        # One may be removed between the two questions; the others are still told.
        known = _asked(["docker", "inspect", *identifiers]).stdout
        found = [read_container(one) for one in json.loads(known or "[]")]
        return tuple(sorted(found, key=lambda one: (one.service, one.name)))

    def leftovers(self) -> Leftovers:
        """Return the networks and volumes of this project."""
        return Leftovers(*(self._named(kind) for kind in ("network", "volume")))

    def last_lines(self, container: Container, count: int = 20) -> tuple[str, ...]:
        """Return the last lines that a container printed, both streams."""
        said = _asked(["docker", "logs", "--tail", str(count), container.id])
        return tuple((said.stdout + said.stderr).splitlines()[-count:])

    def follow(self, services: Sequence[str], lines: int, *, follow_on: bool) -> Iterator[str]:
        """Yield the last `lines` of each service, and with `follow_on` all until they end."""
        wanted = ["--no-color", *(["--follow"] if follow_on else [])]
        command = self._command(["logs", *wanted, "--tail", str(lines), *services])
        process = self._popen(command)
        try:
            assert process.stdout is not None
            yield from lines_of(process.stdout)
        finally:
            process.terminate()
            _end_of(process)

    def _own_image(self, service: str) -> str:
        """Return how Compose calls what it builds for a service that names no image."""
        between = "-" if self.engine.compose[0] == "docker" else "_"
        return f"{self.name}{between}{service}"

    @property
    def _own(self) -> str:
        return f"label={_LABEL}.project={self.name}"

    def _named(self, kind: str) -> tuple[str, ...]:
        named = _told(["docker", kind, "ls", "--format", "{{.Name}}", "--filter", self._own])
        return tuple(sorted(named.split()))

    def _command(self, arguments: Sequence[str]) -> list[str]:
        files = [part for file in self.files for part in ("--file", str(file))]
        return [
            *self.engine.compose,
            "--project-name",
            self.name,
            "--project-directory",
            str(self.folder),
            "--env-file",
            str(self.env_file),
            *files,
            *arguments,
        ]

    def _popen(self, command: Sequence[str]) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            # Ctrl-C on the terminal is for us: we end Compose, or let it finish a removal.
            start_new_session=True,
            env=_environment(),
        )

    def _stream(
        self,
        arguments: Sequence[str],
        on_line: OnLine,
        meanwhile: Callable[[], None] = lambda: None,
    ) -> None:
        process = self._popen(self._command(arguments))
        last: deque[str] = deque(maxlen=40)
        try:
            assert process.stdout is not None
            for line in lines_of(process.stdout, meanwhile):
                last.append(line)
                on_line(line)
        finally:
            if process.poll() is None and process.stdout is not None:
                process.stdout.close()
                process.terminate()
            exit_code = _end_of(process)
        if exit_code:
            raise CommandFailed(f"compose {arguments[0]}", exit_code, last)


def _end_of(process: subprocess.Popen[bytes]) -> int:
    """Return the exit code of a command that is about to end, by force if it does not."""
    try:
        return process.wait(_END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


def _environment() -> dict[str, str]:
    # Compose 1.29 builds through the engine's own builder, which every engine has.
    return {
        **os.environ,
        "COMPOSE_DOCKER_CLI_BUILD": os.environ.get("COMPOSE_DOCKER_CLI_BUILD", "0"),
    }

"""Docker through its API: containers that are put in place of one another, and images.

The commands of Docker and Compose are in `clients/docker.py`. Here secrets are passed, so
nothing goes over a command line: a value lies in the container's own settings and nowhere else.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from outgrow.clients.docker_inspect import Container, read_container
from outgrow.clients.own_host import connect_to_path
from outgrow.errors import InputError, OutsideError

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.containers import Container as RealContainer
    from docker.models.images import Image

_ANSWER_SECONDS = 60
_CONNECT_SECONDS = 10
_NOT_RUN = 126
_CONFLICT = 409  # of a container that ended in between
_REMEDY = "Start it (`systemctl start docker`), join the group `docker`, or set DOCKER_HOST."
_USUAL = "unix:///var/run/docker.sock"
_LOG = {"max-size": "10m", "max-file": "3"}
Options = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class ContainerWish:
    """A container as it is to be; `variables` hold secrets, `labels` never do.

    `options` are those of docker-py's `containers.create`, `networks` the ones to join after
    the first. `ports` gives, for a port of the container, the address and port of the machine.
    """

    name: str
    image: str
    labels: Mapping[str, str]
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)
    command: Sequence[str] | None = None
    entrypoint: Sequence[str] | None = None
    ports: Mapping[int, tuple[str, int]] = field(default_factory=dict)
    networks: tuple[str, ...] = ()
    options: Options = field(default_factory=dict)


class DockerApi:
    """An engine; `base_url` is only asked for when something is, None being the machine's own."""

    def __init__(self, place: str, base_url: Callable[[], str | None]) -> None:
        self.place = place
        self._base_url = base_url

    def __repr__(self) -> str:
        return f"DockerApi({self.place!r})"

    def version(self) -> str:
        """Return the version of the engine."""
        with self._translated():
            return str(self._client.version().get("Version", ""))

    @cached_property
    def processors(self) -> int:
        """Return how many processors the engine's machine has."""
        with self._translated():
            return int(self._client.info().get("NCPU", 1))

    def artifact(self, reference: str) -> str:
        """Return what `reference` means now: the image with its digest, or the id of one here.

        What was built here has an id only; everything else is asked of its registry. Raises
        InputError where neither has it.
        """
        with self._translated():
            image = self._image(reference)
            if image is None or image.attrs.get("RepoDigests"):
                image = self._pulled(reference) or image
            if image is None:
                raise InputError(
                    f"there is no image {reference} on {self.place}, and no registry gives it",
                    f"Build it there, or log in to its registry: docker pull {reference}",
                )
            digests: list[str] = image.attrs.get("RepoDigests") or []
            name = _repository(reference)
            return next((one for one in digests if _repository(one) == name), str(image.id))

    def has(self, artifact: str) -> bool:
        """Return whether the image is on the machine, or can be fetched to it."""
        with self._translated():
            return self._image(artifact) is not None or self._pulled(artifact) is not None

    def containers(self, label: str) -> Mapping[str, tuple[Container, Mapping[str, str]]]:
        """Return all containers with a label (`key=value`), each with its labels, by name."""
        with self._translated():
            found = self._client.containers.list(all=True, filters={"label": label})
            read = [(read_container(one.attrs), one.labels) for one in found]
            return {container.name: (container, labels) for container, labels in read}

    def start(self, wish: ContainerWish, stop_seconds: float, same: str) -> bool:
        """Run a container, in place of another of its name; return whether that was needed.

        One whose label `same` is that of the wish is left as it is, or only started again.
        """
        with self._translated():
            there = self._container(wish.name)
            if there is not None and there.labels.get(same) == wish.labels.get(same):
                if there.status == "running":
                    return False
                there.start()
                return True
            if there is not None:
                _remove(there, stop_seconds)
            if self._image(wish.image) is None and self._pulled(wish.image) is None:
                raise OutsideError(
                    f"{wish.image} is not on {self.place} any more", "Build or push it again."
                )
            self._created(wish).start()
            return True

    def run_once(
        self, wish: ContainerWish, timeout_seconds: float, lines: int
    ) -> tuple[int, list[str]]:
        """Run a container to its end and remove it; return its exit code and last lines."""
        with self._translated():
            left = self._container(wish.name)
            if left is not None:
                _remove(left, 0)
            container = self._created(wish)
            try:
                container.start()
                code = int(container.wait(timeout=timeout_seconds)["StatusCode"])
                return code, _lines(container, lines)
            finally:
                container.remove(force=True, v=True)

    def run_inside(self, name: str, command: Sequence[str], lines: int) -> tuple[int, list[str]]:
        """Run a command inside of a container; return its exit code and its last lines.

        One that does not run answers 126, as Docker's own command line does.
        """
        from docker.errors import APIError

        with self._translated():
            there = self._container(name)
            try:
                if there is None or there.status != "running":
                    return _NOT_RUN, ["its container does not run"]
                code, printed = there.exec_run(list(command))
            except APIError as error:
                if error.status_code == _CONFLICT:
                    return _NOT_RUN, ["its container does not run"]
                raise
            text = printed if isinstance(printed, bytes) else b""
            said = text.decode(errors="replace").splitlines()
            return int(_NOT_RUN if code is None else code), said[-lines:]

    def remove(self, name: str, stop_seconds: float) -> None:
        """End a container politely, by force after `stop_seconds`, and remove it."""
        with self._translated():
            there = self._container(name)
            if there is not None:
                _remove(there, stop_seconds)

    def look_at(self, name: str, lines: int) -> tuple[Container, list[str]] | None:
        """Return a container and the last lines that it printed, None where there is none."""
        with self._translated():
            there = self._container(name)
            if there is None:
                return None
            return read_container(there.attrs), _lines(there, lines)

    @cached_property
    def _client(self) -> DockerClient:
        from docker import DockerClient, from_env

        url = self._base_url()
        _must_answer(url or os.environ.get("DOCKER_HOST") or _USUAL)
        if url is None:
            return from_env(timeout=_ANSWER_SECONDS)
        return DockerClient(base_url=url, timeout=_ANSWER_SECONDS)

    def _container(self, name: str) -> RealContainer | None:
        from docker.errors import NotFound

        try:
            return self._client.containers.get(name)
        except NotFound:
            return None

    def _image(self, reference: str) -> Image | None:
        from docker.errors import ImageNotFound

        try:
            return self._client.images.get(reference)
        except ImageNotFound:
            return None

    def _pulled(self, reference: str) -> Image | None:
        """Return the image as its registry has it, None where no registry gives it."""
        from docker.errors import APIError

        if reference.startswith("sha256:"):
            return None
        try:
            return self._client.images.pull(reference)
        except APIError:
            return None

    def _created(self, wish: ContainerWish) -> RealContainer:
        ports = {f"{inside}/tcp": outside for inside, outside in wish.ports.items()}
        create: Callable[..., RealContainer] = self._client.containers.create
        container = create(
            wish.image,
            command=list(wish.command) if wish.command is not None else None,
            **_given(entrypoint=list(wish.entrypoint) if wish.entrypoint else None),
            name=wish.name,
            labels=dict(wish.labels),
            environment=dict(wish.variables),
            ports=ports,
            # The proxy and outgrow check it; a check of the image's own would cost twice.
            healthcheck={"test": ["NONE"]},
            log_config={"type": "json-file", "config": _LOG},
            **wish.options,
        )
        for network in wish.networks:
            self._client.networks.get(network).connect(container)
        return container

    @contextmanager
    def _translated(self) -> Iterator[None]:
        from docker.errors import APIError, DockerException
        from requests.exceptions import RequestException

        try:
            yield
        except APIError as error:
            raise OutsideError(
                f"Docker on {self.place} refuses: {error.explanation or error.response}",
                "Put that right there, and try again.",
            ) from None
        except (DockerException, RequestException, OSError) as error:
            raise OutsideError(
                f"the Docker engine on {self.place} does not answer: {_reason(error)}", _REMEDY
            ) from None


def _must_answer(url: str) -> None:
    """Raise OutsideError where nobody is at a socket: docker-py would leave its own open."""
    if url.startswith("unix://"):
        try:
            connect_to_path(Path(url.removeprefix("unix://")), _CONNECT_SECONDS).close()
        except OutsideError as error:
            raise OutsideError(f"no Docker engine: {error.reason}", _REMEDY) from None


def _remove(container: RealContainer, stop_seconds: float) -> None:
    from docker.errors import NotFound

    try:
        container.stop(timeout=int(stop_seconds))
        container.remove(force=True, v=True)
    except NotFound:  # somebody else removed it in the meantime
        return


def _lines(container: RealContainer, count: int) -> list[str]:
    said: bytes = container.logs(tail=count)
    return said.decode(errors="replace").splitlines()[-count:]


def _repository(reference: str) -> str:
    """Return an image without its tag and digest, as registries' own names are shortened."""
    name = reference.partition("@")[0]
    head, slash, last = name.rpartition("/")
    name = f"{head}{slash}{last.partition(':')[0]}"
    return name.removeprefix("docker.io/").removeprefix("library/")


def _given(**options: object) -> dict[str, object]:
    return {key: value for key, value in options.items() if value is not None}


def _reason(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[-1][:300]

"""What `docker inspect` says of a container, as far as outgrow reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_pascal

_SERVICE_LABEL = "com.docker.compose.service"
_FOLDER_LABEL = "com.docker.compose.project.working_dir"


@dataclass(frozen=True, slots=True)
class Container:
    """A container of a project as the engine sees it.

    `state` is Docker's word (`running`, `exited`); `health` is None without a check, and
    `probe` what the last check said. `ports` gives, for a port of the container, the address
    and port that the machine opens for it. `pid` is 0 when nothing runs. `folder` is the one
    from which Compose started it, empty where it does not say.
    """

    id: str
    name: str
    service: str
    state: str
    health: str | None
    exit_code: int
    restarts: int
    probe: str
    ports: Mapping[int, str]
    pid: int
    out_of_memory: bool = False
    folder: str = ""


class _Said(BaseModel):
    """Docker writes its keys in Pascal's way."""

    model_config = ConfigDict(alias_generator=to_pascal)


class _Probe(_Said):
    output: str = ""


class _Health(_Said):
    status: str = ""
    log: list[_Probe] | None = None


class _State(_Said):
    status: str
    exit_code: int = 0
    pid: int = 0
    out_of_memory: bool = Field(False, alias="OOMKilled")
    error: str = ""
    health: _Health | None = None


class _Binding(_Said):
    host_ip: str = ""
    host_port: str = ""


class _Network(_Said):
    ports: dict[str, list[_Binding] | None] = {}


class _Labels(_Said):
    labels: dict[str, str] | None = None


class _Inspected(_Said):
    id: str
    name: str
    restart_count: int = 0
    state: _State
    network_settings: _Network = Field(default_factory=_Network)
    config: _Labels = Field(default_factory=_Labels)


def read_container(inspected: object) -> Container:
    """Return a container from one entry of what `docker inspect` prints."""
    said = _Inspected.model_validate(inspected)
    health = said.state.health
    probes = (health.log or []) if health else []
    name = said.name.removeprefix("/")
    labels = said.config.labels or {}
    return Container(
        id=said.id,
        name=name,
        service=labels.get(_SERVICE_LABEL, name),
        state=said.state.status,
        health=health.status if health and health.status != "none" else None,
        exit_code=said.state.exit_code,
        restarts=said.restart_count,
        probe=probes[-1].output.strip() if probes else said.state.error,
        ports=_published(said.network_settings.ports),
        pid=said.state.pid,
        out_of_memory=said.state.out_of_memory,
        folder=labels.get(_FOLDER_LABEL, ""),
    )


def _published(ports: Mapping[str, list[_Binding] | None]) -> dict[int, str]:
    return {
        int(port.split("/", 1)[0]): f"{_loopback(bindings[0].host_ip)}:{bindings[0].host_port}"
        for port, bindings in ports.items()
        if bindings
    }


def _loopback(address: str) -> str:
    return "127.0.0.1" if address in ("", "0.0.0.0", "::") else address

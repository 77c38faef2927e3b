"""What `docker inspect` says of a container, as far as outgrow reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import BaseModel, Field

_SERVICE_LABEL = "com.docker.compose.service"


@dataclass(frozen=True, slots=True)
class Container:
    """A container of a project as the engine sees it.

    `state` is Docker's word (`running`, `exited`); `health` is None without a check, and
    `probe` what the last check said. `ports` gives, for a port of the container, the address
    and port that the machine opens for it. `pid` is 0 when nothing runs.
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


class _Probe(BaseModel):
    Output: str = ""
    ExitCode: int = 0


class _Health(BaseModel):
    Status: str = ""
    Log: list[_Probe] | None = None


class _State(BaseModel):
    Status: str
    ExitCode: int = 0
    Pid: int = 0
    OOMKilled: bool = False
    Error: str = ""
    Health: _Health | None = None


class _Binding(BaseModel):
    HostIp: str = ""
    HostPort: str = ""


class _Network(BaseModel):
    Ports: dict[str, list[_Binding] | None] = {}


class _Config(BaseModel):
    Labels: dict[str, str] | None = None


class _Inspected(BaseModel):
    Id: str
    Name: str
    RestartCount: int = 0
    State: _State
    NetworkSettings: _Network = Field(default_factory=_Network)
    Config: _Config = Field(default_factory=_Config)


def read_container(inspected: object) -> Container:
    """Return a container from one entry of what `docker inspect` prints."""
    said = _Inspected.model_validate(inspected)
    health = said.State.Health
    probes = (health.Log or []) if health else []
    name = said.Name.removeprefix("/")
    return Container(
        id=said.Id,
        name=name,
        service=(said.Config.Labels or {}).get(_SERVICE_LABEL, name),
        state=said.State.Status,
        health=health.Status if health and health.Status != "none" else None,
        exit_code=said.State.ExitCode,
        restarts=said.RestartCount,
        probe=probes[-1].Output.strip() if probes else said.State.Error,
        ports=_published(said.NetworkSettings.Ports),
        pid=said.State.Pid,
        out_of_memory=said.State.OOMKilled,
    )


def _published(ports: Mapping[str, list[_Binding] | None]) -> dict[int, str]:
    return {
        int(port.split("/", 1)[0]): f"{_loopback(bindings[0].HostIp)}:{bindings[0].HostPort}"
        for port, bindings in ports.items()
        if bindings
    }


def _loopback(address: str) -> str:
    return "127.0.0.1" if address in ("", "0.0.0.0", "::") else address

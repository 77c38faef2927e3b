"""How a component is built and started: what a renderer needs to put it into a container."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from outgrow.strategy.fields import Count, Model, Name, Port, Positive, Text

Runtime = Literal["python", "node", "static"]
Framework = Literal[
    "fastapi",
    "starlette",
    "django",
    "flask",
    "asgi",
    "wsgi",
    "celery",
    "rq",
    "next",
    "express",
    "nest",
    "vite",
    "create-react-app",
    "none",
]
ArgumentKey = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_.-]*$", max_length=128)]


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


Command = Annotated[list[Text], BeforeValidator(_as_list, json_schema_input_type=Text | list[Text])]


class Build(Model):
    """Where the source of a component lies and what it is written in.

    With a `dockerfile` of the team's own, outgrow renders none. `folder` is the build
    context, relative to the strategy; `root` the folder of the application within it.
    """

    folder: Text = "."
    root: Text = "."
    dockerfile: Text | None = None
    target: Text | None = None
    arguments: dict[ArgumentKey, Text] = {}
    runtime: Runtime | None = None
    framework: Framework = "none"
    version: Text | None = None
    installs_from: Text | None = None
    application: Text | None = None
    build_command: Text | None = None
    output: Text | None = None
    system_packages: list[Text] = []


class Mount(Model):
    """A volume or a folder of the machine, and where the container sees it.

    A `source` that begins with `.`, `/` or `~` is a folder; any other is a named volume;
    none is an anonymous one.
    """

    source: Text | None = None
    target: Text
    read_only: bool = False


class Publish(Model):
    """A port of the container that the machine opens, on `address` (loopback if absent)."""

    container: Port
    host: Port | None = None
    address: Text | None = None
    protocol: Literal["tcp", "udp"] = "tcp"


class HealthCheck(Model):
    """How to tell that a container works: a command that ends with 0, or a path to ask for.

    `disabled` says that the image's own check is not to run.
    """

    command: Command | None = None
    path: Text | None = None
    interval_seconds: Positive | None = None
    timeout_seconds: Positive | None = None
    retries: Count | None = None
    start_seconds: Positive | None = None
    disabled: bool = False


class Run(Model):
    """How a container of a component is started.

    A `command` or `entrypoint` of one text is run by a shell, a list is run as it stands.
    `migrate` runs once before a new version starts. `after` names the components that must
    have started, be healthy or have ended first. With `as_written` a renderer adds nothing of
    its own to the container: no account, tuned command, volume, check or limit. What follows
    `networks` is for Docker alone.
    """

    image: Text | None = None
    command: Command | None = None
    entrypoint: Command | None = None
    working_folder: Text | None = None
    user: Text | None = None
    migrate: Command | None = None
    volumes: list[Mount] = []
    publish: list[Publish] = []
    health: HealthCheck | None = None
    restart: Literal["no", "always", "on-failure", "unless-stopped"] | None = None
    environment_files: list[Text] = []
    profiles: list[Name] = []
    after: dict[Name, Literal["started", "healthy", "completed"]] = {}
    writable_folders: list[Text] = []
    stop_seconds: Positive | None = None
    labels: dict[Text, Text] = {}
    extra_hosts: list[Text] = []
    as_written: bool = False
    networks: list[Name] = []
    outside_networks: list[Name] = []
    network_mode: Text | None = None
    hostname: Text | None = None
    dns: list[Text] = []
    platform: Text | None = None
    init: bool = False
    tty: bool = False
    stdin_open: bool = False
    stop_signal: Text | None = None
    read_only: bool = False
    privileged: bool = False
    cap_add: list[Text] = []
    cap_drop: list[Text] = []
    security_opt: list[Text] = []
    group_add: list[Text] = []
    devices: list[Text] = []
    shm_size: Text | None = None
    ulimits: dict[Text, Text] = {}
    sysctls: dict[Text, Text] = {}
    pid: Text | None = None
    ipc: Text | None = None

"""What a strategy says of a container, as Docker's API takes it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from outgrow.strategy.containers import Mount, Run

_TEXTS = {"working_folder": "working_dir", "pid": "pid_mode", "ipc": "ipc_mode"}
_SAME_NAME = (
    "user", "network_mode", "stop_signal", "shm_size", "platform", "dns", "cap_add", "cap_drop",
    "group_add", "devices", "sysctls", "init", "tty", "stdin_open", "read_only", "privileged",
)  # fmt: skip
# So that a container finds what runs on its machine, as Docker Desktop has it everywhere.
_ITS_MACHINE = "host.docker.internal:host-gateway"


def container_options(run: Run, folder: Path) -> dict[str, object]:
    """Return the options of a container; mounts are relative to `folder`."""
    found: dict[str, object] = {name: getattr(run, name) for name in _SAME_NAME}
    found |= {theirs: getattr(run, ours) for ours, theirs in _TEXTS.items()}
    found |= {
        "restart_policy": {"Name": run.restart or "unless-stopped"},
        "network": next(iter((*run.networks, *run.outside_networks)), None),
        "volumes": [_mount(one, folder) for one in run.volumes if one.source],
        "tmpfs": dict.fromkeys(run.writable_folders, ""),
        "ulimits": [_ulimit(name, text) for name, text in run.ulimits.items()],
        "security_opt": run.security_opt or ([] if run.privileged else ["no-new-privileges:true"]),
    }
    if run.network_mode != "host":
        found["extra_hosts"] = dict(_host(one) for one in (_ITS_MACHINE, *run.extra_hosts))
    return {name: value for name, value in found.items() if value}


def more_networks(run: Run) -> tuple[str, ...]:
    """Return the networks to join after the first."""
    return (*run.networks, *run.outside_networks)[1:]


def shell_words(command: Sequence[str] | None) -> list[str] | None:
    """Return what is executed: a command of one text is run by a shell, as in Compose."""
    if not command:
        return None
    return ["/bin/sh", "-c", command[0]] if len(command) == 1 else list(command)


def _host(written: str) -> tuple[str, str]:
    name, _, address = written.partition(":")
    return name, address


def _mount(one: Mount, folder: Path) -> str:
    source = one.source or ""
    if source.startswith(("/", ".", "~")):
        source = str((folder / Path(source).expanduser()).resolve())
    return f"{source}:{one.target}:{'ro' if one.read_only else 'rw'}"


def _ulimit(name: str, text: str) -> dict[str, object]:
    soft, _, hard = text.partition(":")
    return {"name": name, "soft": int(soft), "hard": int(hard or soft)}

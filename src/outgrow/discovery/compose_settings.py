"""What else a compose service says: users, checks, labels, limits."""

from __future__ import annotations

import re

from outgrow.discovery import compose_fields as form
from outgrow.discovery.compose_doors import NAME
from outgrow.discovery.compose_environment import without_literals
from outgrow.discovery.compose_service import Reading, at, items
from outgrow.discovery.compose_variables import read_variables
from outgrow.discovery.findings import Size
from outgrow.discovery.secret_values import holds_secret, is_secret_key
from outgrow.discovery.tree import joined
from outgrow.strategy.yaml_nodes import Data

_RESTARTS = ("no", "always", "on-failure", "unless-stopped")


def take_settings(reading: Reading) -> None:
    """Take over users, files of variables, checks, labels and the like."""
    data, run = reading.data, reading.run
    if working := reading.filled(data.get("working_dir")):
        run["working_folder"] = working
    if user := reading.filled(data.get("user")):
        run["user"] = user
    restart = reading.filled(data.get("restart")) or _restart_policy(reading)
    if restart.partition(":")[0] in _RESTARTS:
        run["restart"] = restart.partition(":")[0]
        if ":" in restart:
            reading.lost("restart", "how often it is tried at most")
    if files := [one for item in items(data.get("env_file")) if (one := _file_of(reading, item))]:
        run["environment_files"] = files
    if profiles := [one for one in form.texts(data.get("profiles")) if NAME.fullmatch(one)]:
        run["profiles"] = profiles
    if health := form.checked(data.get("healthcheck")):
        command = health.get("command")
        if isinstance(command, list):
            health["command"] = without_literals(reading, command, "healthcheck")
        run["health"] = health
    if stop := form.seconds(data.get("stop_grace_period")):
        run["stop_seconds"] = stop
    if hosts := form.texts(data.get("extra_hosts")):
        run["extra_hosts"] = [reading.filled(one) for one in hosts]
    if folders := form.texts(data.get("tmpfs")):
        run["writable_folders"] = [one.partition(":")[0] for one in folders]
    _take_labels(reading)


def _take_labels(reading: Reading) -> None:
    found: dict[str, str] = {}
    for key, value in form.pairs(reading.data.get("labels")):
        read = read_variables(value or "", reading.file.values)
        if re.search(r"auth|password|secret|token", key, re.I) or holds_secret(read.text):
            reading.lost("labels", f"{key} may hold a secret")
        elif read.open or any(is_secret_key(name) for name in read.names):
            reading.lost("labels", f"nothing says what {', '.join(read.open)} in {key} is")
        else:
            found[read_variables(key, reading.file.values).text] = read.text
    if found:
        reading.run["labels"] = found


def _restart_policy(reading: Reading) -> str:
    condition = at(reading.data, "deploy", "restart_policy", "condition")
    return {"any": "always", "on-failure": "on-failure", "none": "no"}.get(
        form.text_of(condition), ""
    )


def _file_of(reading: Reading, item: Data) -> str | None:
    text = reading.filled(item.get("path") if isinstance(item, dict) else item)
    inside = joined(reading.file.folder, text) if text else None
    if text and inside is None:
        reading.lost("env_file", f"{text} lies outside of the repository")
    return inside or None


def take_amounts(reading: Reading) -> None:
    """Take over what it asks for and the most it may take."""
    data = reading.data

    def amount(key: str, *path: str) -> Data:
        found = at(data, *path)
        return reading.filled(found if found is not None else data.get(key))

    reading.found.size = Size(
        form.cpus(reading.filled(at(data, "deploy", "resources", "reservations", "cpus"))),
        form.gib(amount("mem_reservation", "deploy", "resources", "reservations", "memory")),
        form.cpus(amount("cpus", "deploy", "resources", "limits", "cpus")),
        form.gib(amount("mem_limit", "deploy", "resources", "limits", "memory")),
    )
    replicas = reading.filled(at(data, "deploy", "replicas") or data.get("scale"))
    if replicas.isascii() and replicas.isdigit() and 0 < int(replicas[:6]) < 1000:
        reading.found.replicas = int(replicas)

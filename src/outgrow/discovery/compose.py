"""Services of a compose file: everything that a strategy can hold, and notes of the rest."""

from __future__ import annotations

from pydantic import ValidationError

from outgrow.discovery import compose_fields as form
from outgrow.discovery.compose_builds import take_image, take_images_built_here
from outgrow.discovery.compose_containers import READ as READ_OF_CONTAINERS
from outgrow.discovery.compose_containers import take_container, take_networks
from outgrow.discovery.compose_doors import NAME, take_order, take_ports, take_volumes
from outgrow.discovery.compose_environment import KEY, take_commands, take_environment
from outgrow.discovery.compose_files import ComposeFile
from outgrow.discovery.compose_service import ComposeService, Reading
from outgrow.discovery.compose_settings import take_amounts, take_settings
from outgrow.discovery.secret_values import is_secret_key
from outgrow.strategy.containers import Run
from outgrow.strategy.yaml_nodes import Entry, MappingNode, to_data

__all__ = ["ComposeService", "read_services"]

_READ = READ_OF_CONTAINERS | {
    "image", "build", "command", "entrypoint", "environment", "env_file", "ports", "expose",
    "volumes", "depends_on", "healthcheck", "restart", "profiles", "user", "working_dir", "deploy",
    "mem_limit", "cpus", "mem_reservation", "extends", "stop_grace_period", "scale", "links",
    "labels", "extra_hosts", "tmpfs",
}  # fmt: skip
# Said by what outgrow renders in any case, or only a matter of looks.
_WITHOUT_EFFECT = frozenset({"container_name", "pull_policy", "version"})


def read_services(file: ComposeFile) -> list[ComposeService]:
    """Return the services of a compose file, in its order."""
    literals = _literal_secrets(file)
    readings = [
        _read(file, name, entry, literals)
        for name, entry in file.services.items()
        if NAME.fullmatch(name)
    ]
    take_networks(readings)
    take_images_built_here(readings)
    names = {reading.found.name for reading in readings}
    for reading in readings:
        run = _validated(reading)
        after = {name: how for name, how in run.after.items() if name in names}
        reading.found.run = run if after == run.after else run.model_copy(update={"after": after})
    return [reading.found for reading in readings]


def _literal_secrets(file: ComposeFile) -> dict[str, str]:
    """Return the secret values written into the file, each with its key."""
    found: dict[str, str] = {}
    for entry in file.services.values():
        data = to_data(entry.node)
        if isinstance(data, dict):
            for key, value in form.pairs(data.get("environment")):
                if value and "$" not in value and is_secret_key(key) and KEY.fullmatch(key):
                    found[value] = key
    return found


def _read(file: ComposeFile, name: str, entry: Entry, literals: dict[str, str]) -> Reading:
    node = entry.node
    data = to_data(node)
    keys = node.entries if isinstance(node, MappingNode) else {}
    lines = {key: one.key.line for key, one in keys.items()}
    found = ComposeService(name, file.path, entry.key.line, lines)
    reading = Reading(file, data if isinstance(data, dict) else {}, found, literals)
    reading.run["as_written"] = True
    for take in (take_image, take_environment, take_commands, take_volumes, take_ports,
                 take_order, take_settings, take_container, take_amounts):  # fmt: skip
        take(reading)
    for key in reading.data:
        if key not in _READ | _WITHOUT_EFFECT and not key.startswith("x-"):
            reading.lost(key, "a strategy has no place for it")
    return reading


def _validated(reading: Reading) -> Run:
    """Return what was read as a part of a strategy, without what has a form not known."""
    try:
        return Run.model_validate(reading.run)
    except ValidationError as error:
        for one in {str(problem["loc"][0]) for problem in error.errors()}:
            reading.run.pop(one, None)
            reading.lost(one, "it has a form that is not known")
        try:
            return Run.model_validate(reading.run)
        except ValidationError:
            return Run()

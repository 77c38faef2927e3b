"""Services of a compose file: everything that a strategy can hold, and notes of the rest."""

from __future__ import annotations

from pydantic import ValidationError

from outgrow.discovery.compose_builds import take_image, take_images_built_here
from outgrow.discovery.compose_containers import READ as READ_OF_CONTAINERS
from outgrow.discovery.compose_containers import take_container, take_networks
from outgrow.discovery.compose_doors import NAME, take_order, take_ports, take_volumes
from outgrow.discovery.compose_environment import take_commands, take_environment
from outgrow.discovery.compose_files import ComposeFile
from outgrow.discovery.compose_secrets import SecretNames, literals_of
from outgrow.discovery.compose_service import ComposeService, Reading
from outgrow.discovery.compose_settings import take_amounts, take_settings
from outgrow.discovery.secret_values import Literals
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
    literals, names_of_secrets = literals_of(file), SecretNames(file)
    readings = [
        _read(file, name, entry, literals, names_of_secrets)
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


def _read(
    file: ComposeFile, name: str, entry: Entry, literals: Literals, names: SecretNames
) -> Reading:
    node = entry.node
    data = to_data(node)
    keys = node.entries if isinstance(node, MappingNode) else {}
    lines = {key: one.key.line for key, one in keys.items()}
    found = ComposeService(name, file.path, entry.key.line, lines)
    reading = Reading(file, data if isinstance(data, dict) else {}, found, literals, names)
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

"""How a container of a compose file is set apart: its networks, its rights, its kernel."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from outgrow.discovery import compose_fields as form
from outgrow.discovery.compose_service import Reading, at
from outgrow.discovery.compose_variables import read_variables
from outgrow.strategy.yaml_nodes import Data

_TEXTS = {
    "platform": "platform", "hostname": "hostname", "shm_size": "shm_size",
    "stop_signal": "stop_signal", "network_mode": "network_mode", "pid": "pid", "ipc": "ipc",
}  # fmt: skip
_SWITCHES = {
    "privileged": "privileged", "init": "init", "tty": "tty", "stdin_open": "stdin_open",
    "read_only": "read_only",
}  # fmt: skip
_LISTS = {
    "cap_add": "cap_add", "cap_drop": "cap_drop", "devices": "devices", "dns": "dns",
    "security_opt": "security_opt", "group_add": "group_add",
}  # fmt: skip
READ = frozenset({*_TEXTS, *_SWITCHES, *_LISTS, "ulimits", "sysctls", "networks"})
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")


def take_container(reading: Reading) -> None:
    """Take over what Docker is told about the container itself."""
    data, run = reading.data, reading.run
    for key, name in _TEXTS.items():
        if text := _closed(reading, key, data.get(key)):
            run[name] = text
    for key, name in _SWITCHES.items():
        if reading.filled(data.get(key)).lower() in ("true", "yes", "on"):
            run[name] = True
    for key, name in _LISTS.items():
        if listed := [reading.filled(one) for one in form.texts(data.get(key))]:
            run[name] = listed
    if limits := _ulimits(data.get("ulimits")):
        run["ulimits"] = limits
    if sysctls := {k: v for k, v in form.pairs(data.get("sysctls")) if v is not None}:
        run["sysctls"] = sysctls


def _closed(reading: Reading, key: str, value: Data) -> str:
    """Return a text whose variables all have a value."""
    read = read_variables(form.text_of(value), reading.file.values)
    if read.open:
        reading.lost(key, f"nothing says what {', '.join(read.open)} is")
        return ""
    return read.text


def _ulimits(value: Data) -> Mapping[str, str]:
    """Return each limit as `soft:hard`, or as one number for both."""
    found: dict[str, str] = {}
    for key, one in value.items() if isinstance(value, dict) else []:
        if isinstance(one, dict):
            found[key] = f"{form.text_of(one.get('soft'))}:{form.text_of(one.get('hard'))}"
        else:
            found[key] = form.text_of(one)
    return found


def take_networks(readings: Sequence[Reading]) -> None:
    """Say who is in which network, where a file keeps services apart from each other.

    One network for all of them says nothing: outgrow then draws its own.
    """
    named = [_networks(one) for one in readings]
    together = [set(one) for one in named if one]
    several = any(one != together[0] for one in together)
    for reading, names in zip(readings, named, strict=True):
        if not names:
            continue
        outside = {name: real for name in names if (real := _outside(reading, name))}
        inside = [name for name in names if name not in outside]
        if inside and (several or outside):
            reading.run["networks"] = inside
        if outside:
            reading.run["outside_networks"] = list(outside.values())
        for name in inside:
            if at(reading.file.networks.get(name), "internal") in (True, "true"):
                reading.lost("networks", f"`internal` of the network {name}")


def _networks(reading: Reading) -> list[str]:
    """Return the networks of a service; none where it uses another's or the machine's."""
    if reading.data.get("network_mode") is not None:
        return []
    value = reading.data.get("networks")
    if isinstance(value, dict):
        told = [k for k, v in value.items() if isinstance(v, dict) and v]
        if told:
            reading.lost("networks", f"aliases and addresses in {', '.join(told)}")
        names = list(value)
    else:
        names = list(form.texts(value))
    return [one for one in names if _NAME.fullmatch(one)] or ["default"]


def _outside(reading: Reading, name: str) -> str | None:
    """Return the name of a network that is there already, None for one of the file."""
    network = reading.file.networks.get(name)
    external = at(network, "external")
    if external in (None, False, "false"):
        return None
    real = at(external, "name") if isinstance(external, dict) else at(network, "name")
    text = read_variables(form.text_of(real), reading.file.values).text
    return text if _NAME.fullmatch(text) else name

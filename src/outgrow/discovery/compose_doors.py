"""Volumes, ports and the order of a compose service."""

from __future__ import annotations

import re

from outgrow.discovery import compose_fields as form
from outgrow.discovery.compose_service import Reading, items
from outgrow.discovery.compose_variables import read_variables
from outgrow.discovery.tree import joined
from outgrow.strategy.yaml_nodes import Data

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
_CONDITIONS = {
    "service_started": "started",
    "service_healthy": "healthy",
    "service_completed_successfully": "completed",
}


def take_volumes(reading: Reading) -> None:
    """Take over the volumes that lie in the repository or on the machine."""
    mounts = []
    for item in items(reading.data.get("volumes")):
        filled = (
            {k: reading.filled(v) if isinstance(v, str) else v for k, v in item.items()}
            if isinstance(item, dict)
            else reading.filled(item)
        )
        mount = form.mounted(filled)
        if mount is None:
            reading.lost("volumes", "a volume of this form has no place in a strategy")
            continue
        source = mount.get("source")
        if isinstance(source, str) and source.startswith("."):
            inside = joined(reading.file.folder, source)
            if inside is None:
                reading.lost("volumes", f"{source} lies outside of the repository")
                continue
            mount["source"] = f"./{inside}" if inside else "."
        mounts.append(mount)
    if mounts:
        reading.run["volumes"] = mounts


def take_ports(reading: Reading) -> None:
    """Take over the ports that the machine opens, and those that only others see."""
    opened: list[dict[str, object]] = []
    for item in items(reading.data.get("ports")):
        filled: Data = (
            {k: reading.filled(v) for k, v in item.items()}
            if isinstance(item, dict)
            else reading.filled(item)
        )
        if _is_open(reading, item):
            reading.lost("ports", "nothing says what the variable in a port is")
        ports = form.published(filled)
        if ports is None:
            reading.lost("ports", "a port of this form cannot be read")
            continue
        opened += ports
    if opened:
        reading.run["publish"] = opened
    exposed = [form.text_of(one).partition("/")[0] for one in items(reading.data.get("expose"))]
    numbers = [int(one) for one in exposed if one.isascii() and one.isdigit() and len(one) < 6]
    inside = [one["container"] for one in opened if one.get("protocol") != "udp"]
    found = dict.fromkeys([*inside, *numbers])
    reading.found.ports = [one for one in found if isinstance(one, int) and 0 < one < 65536]


def _is_open(reading: Reading, item: Data) -> bool:
    texts = item.values() if isinstance(item, dict) else [item]
    return any(read_variables(form.text_of(one), reading.file.values).open for one in texts)


def take_order(reading: Reading) -> None:
    """Take over what must be there first."""
    after: dict[str, str] = {}
    depends = reading.data.get("depends_on")
    if isinstance(depends, dict):
        for name, how in depends.items():
            condition = how.get("condition") if isinstance(how, dict) else None
            after[name] = _CONDITIONS.get(form.text_of(condition), "started")
    else:
        after = dict.fromkeys(form.texts(depends), "started")
    if known := {name: how for name, how in after.items() if NAME.fullmatch(name)}:
        reading.run["after"] = known
    links = [text.partition(":")[0] for text in form.texts(reading.data.get("links"))]
    reading.found.links = [*after, *links]

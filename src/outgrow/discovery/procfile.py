"""Procfiles: one process a line."""

from __future__ import annotations

import re
from dataclasses import dataclass

from outgrow.discovery.findings import Command, Evidence
from outgrow.discovery.tree import Sources, folder_of, is_aside

RANK = 90
_LINE = re.compile(r"([A-Za-z0-9_-]+)\s*:\s*(\S.*)")


@dataclass(frozen=True, slots=True)
class Process:
    """A process that a platform starts."""

    folder: str
    name: str
    command: Command


def read_procfiles(sources: Sources) -> list[Process]:
    """Return the processes of every Procfile."""
    found = []
    for path in sources.named("Procfile", "Procfile.prod", "Procfile.production"):
        if is_aside(folder_of(path)):
            continue
        for line, text in sources.lines(path):
            if match := _LINE.match(text.strip()):
                evidence = Evidence(path, line, f"the process `{match[1]}`")
                command = Command(match[2].strip(), evidence, RANK)
                found.append(Process(folder_of(path), match[1], command))
    # Of two lines with one name, the last one counts.
    last = {(one.folder, one.name): one for one in found}
    return list(last.values())

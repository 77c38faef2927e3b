"""One service of a compose file while it is read: what it says, and what is made of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from outgrow.discovery import compose_fields as form
from outgrow.discovery.compose_files import ComposeFile
from outgrow.discovery.compose_secrets import SecretNames
from outgrow.discovery.compose_variables import read_variables
from outgrow.discovery.findings import Note, Size
from outgrow.discovery.secret_values import Literals, is_secret_key
from outgrow.strategy.containers import Build, Run
from outgrow.strategy.yaml_nodes import Data


@dataclass(slots=True)
class ComposeService:
    """One service of a compose file as a strategy can say it."""

    name: str
    file: str
    line: int
    lines: Mapping[str, int]
    image: str | None = None
    context: str | None = None
    build: Build | None = None
    run: Run = field(default_factory=Run)
    environment: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    ports: list[int] = field(default_factory=list)
    size: Size = field(default_factory=Size)
    replicas: int | None = None
    links: list[str] = field(default_factory=list)
    values: list[str] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)

    def line_of(self, key: str) -> int:
        """Return the line of a key, or of the service."""
        return self.lines.get(key, self.line)


@dataclass(slots=True)
class Reading:
    """A service that is being read: `run` holds what goes into the strategy."""

    file: ComposeFile
    data: dict[str, Data]
    found: ComposeService
    literals: Literals
    names: SecretNames
    run: dict[str, object] = field(default_factory=dict)

    def note(self, code: str, says: str, key: str) -> None:
        """Tell the reader of the draft about a key of this service."""
        line = self.found.line_of(key)
        self.found.notes.append(Note(code, says, self.file.path, line))

    def lost(self, key: str, why: str) -> None:
        """Tell the reader of the draft what is not carried over, and why."""
        self.note("not-carried-over", f"`{key}` of {self.found.name}: {why}", key)

    def refer(self, key: str, value: str) -> None:
        """Give the service a secret that was written into a command, as a reference."""
        if key not in self.found.environment and key not in self.found.secrets:
            self.found.secrets[key] = self.names.reference(self.found.name, key, value)

    def known_literals(self) -> Literals:
        """Return the secrets that are known, by the names that this service has for them."""
        pairs = (one.partition("=") for one in self.found.values)
        return self.literals.named({value: key for key, _, value in pairs if is_secret_key(key)})

    def filled(self, value: Data) -> str:
        """Return a value as text, with the variables that have a value filled in."""
        return read_variables(form.text_of(value), self.file.values).text


def items(value: Data) -> Iterable[Data]:
    """Return the items of a list; a single value is a list of one."""
    return value if isinstance(value, list) else [] if value is None else [value]


def at(data: Data, *path: str) -> Data:
    """Return what lies below keys, or None."""
    for key in path:
        data = data.get(key) if isinstance(data, dict) else None
    return data

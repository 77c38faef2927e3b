"""Services of a compose file: everything that a strategy can hold, and notes of the rest."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from pydantic import ValidationError

from outgrow.discovery import compose_fields as form
from outgrow.discovery.compose_files import ComposeFile
from outgrow.discovery.compose_variables import read_variables
from outgrow.discovery.findings import Note, Size
from outgrow.discovery.secret_values import (
    after_a_flag,
    holds_secret,
    is_secret,
    is_secret_key,
    without_secrets,
)
from outgrow.discovery.tree import joined
from outgrow.strategy.containers import Build, Run
from outgrow.strategy.yaml_nodes import Data, Entry, MappingNode, to_data

_READ = frozenset(
    ["image", "build", "command", "entrypoint", "environment", "env_file", "ports", "expose",
     "volumes", "depends_on", "healthcheck", "restart", "profiles", "user", "working_dir", "deploy",
     "mem_limit", "cpus", "mem_reservation", "extends", "stop_grace_period", "scale", "links",
     "labels", "extra_hosts", "tmpfs"]
)  # fmt: skip
# Said by what outgrow renders in any case, or only a matter of looks.
_WITHOUT_EFFECT = frozenset({"container_name", "tty", "stdin_open", "pull_policy", "version"})
_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,127}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
_CONDITIONS = {
    "service_started": "started",
    "service_healthy": "healthy",
    "service_completed_successfully": "completed",
}
_RESTARTS = ("no", "always", "on-failure", "unless-stopped")


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


def read_services(file: ComposeFile) -> list[ComposeService]:
    """Return the services of a compose file, in its order."""
    literals = _literal_secrets(file)
    found = [
        _Reader(file, name, entry, literals).read()
        for name, entry in file.services.items()
        if _NAME.fullmatch(name)
    ]
    names = {service.name for service in found}
    for service in found:
        after = {name: how for name, how in service.run.after.items() if name in names}
        if after != service.run.after:
            service.run = service.run.model_copy(update={"after": after})
    return found


def _literal_secrets(file: ComposeFile) -> dict[str, str]:
    """Return the secret values written into the file, each with its key."""
    found: dict[str, str] = {}
    for entry in file.services.values():
        data = to_data(entry.node)
        if isinstance(data, dict):
            for key, value in form.pairs(data.get("environment")):
                if value and "$" not in value and is_secret_key(key) and _KEY.fullmatch(key):
                    found[value] = key
    return found


class _Reader:
    """Reads one service; what it cannot hold becomes a note."""

    def __init__(
        self, file: ComposeFile, name: str, entry: Entry, literals: dict[str, str]
    ) -> None:
        self._file = file
        self._literals = literals
        node = entry.node
        data = to_data(node)
        self._data: dict[str, Data] = data if isinstance(data, dict) else {}
        keys = node.entries if isinstance(node, MappingNode) else {}
        lines = {key: one.key.line for key, one in keys.items()}
        self.found = ComposeService(name, file.path, entry.key.line, lines)
        self._run: dict[str, object] = {}

    def read(self) -> ComposeService:
        self._image_and_build()
        self._environment()
        self._commands()
        self._volumes()
        self._ports()
        self._order()
        self._rest()
        self._amounts()
        self._left_over()
        self.found.run = self._validated()
        return self.found

    def _validated(self) -> Run:
        try:
            return Run.model_validate(self._run)
        except ValidationError as error:
            for one in {str(problem["loc"][0]) for problem in error.errors()}:
                self._run.pop(one, None)
                self._lost(one, "it has a form that is not known")
            try:
                return Run.model_validate(self._run)
            except ValidationError:
                return Run()

    def _note(self, code: str, says: str, key: str) -> None:
        line = self.found.line_of(key)
        self.found.notes.append(Note(code, says, self._file.path, line))

    def _lost(self, key: str, why: str) -> None:
        self._note("not-carried-over", f"`{key}` of {self.found.name}: {why}", key)

    def _filled(self, value: Data) -> str:
        return read_variables(form.text_of(value), self._file.values).text

    def _image_and_build(self) -> None:
        image = read_variables(form.text_of(self._data.get("image")), self._file.values)
        build = self._data.get("build")
        if build is not None:
            # The image is then only the name of what is built, and outgrow gives it one.
            self.found.image = image.text or None
        elif image.text and not image.open:
            self.found.image = image.text
            self._run["image"] = image.text
        elif image.open:
            # Compose takes these from the environment, and what is rendered does so as well.
            written = form.text_of(self._data.get("image"))
            kept = read_variables(written, self._file.values, keep_open=True).text
            self.found.image = self._run["image"] = kept
        if build is not None:
            self._build(build if isinstance(build, dict) else {"context": form.text_of(build)})

    def _build(self, build: Mapping[str, Data]) -> None:
        context = self._filled(build.get("context", ".")) or "."
        folder = joined(self._file.folder, context) if "://" not in context else None
        if folder is None:
            self._lost("build", f"its context `{context}` lies outside of the repository")
            return
        self.found.context = folder
        values: dict[str, object] = {"folder": f"./{folder}" if folder else "."}
        dockerfile = self._filled(build.get("dockerfile"))
        if dockerfile and joined(folder, dockerfile) is not None:
            values["dockerfile"] = dockerfile
        else:
            values["dockerfile"] = "Dockerfile"
        if target := self._filled(build.get("target")):
            values["target"] = target
        arguments = {}
        for key, value in form.pairs(build.get("args")):
            text = self._filled(value)
            if is_secret(key, text) or value is None or not text:
                self._lost(
                    "build", f"the argument {key} is not written down; give it at build time"
                )
            elif re.fullmatch(r"[A-Za-z_][A-Za-z0-9_.-]{0,127}", key):
                arguments[key] = text
        if arguments:
            values["arguments"] = arguments
        known = {"context", "dockerfile", "target", "args"}
        for key in build:
            if key not in known:
                self._lost("build", f"`build.{key}` has no place in a strategy")
        self.found.build = Build.model_validate(values)

    def _environment(self) -> None:
        for key, value in form.pairs(self._data.get("environment")):
            if not _KEY.fullmatch(key):
                self._lost("environment", f"{key[:40]!r} is not the name of a variable")
                continue
            self._variable(key, value)

    def _variable(self, key: str, value: str | None) -> None:
        found = self.found
        if value is None:
            found.secrets[key] = f"env:{key}"
            return
        read = read_variables(value, self._file.values)
        found.values.append(f"{key}={read.text}")
        secret = is_secret(key, read.text) or any(is_secret_key(name) for name in read.names)
        if read.whole and (secret or read.open):
            found.secrets[key] = f"env:{read.whole}"
        elif secret or read.open:
            found.secrets[key] = f"env:{key}"
            if read.names:
                parts = ", ".join(dict.fromkeys(read.names))
                says = f"{key} of {found.name} is put together from {parts}; set {key} itself"
                self._note("assembled", says, "environment")
            else:
                says = f"{key} of {found.name} became env:{key}; its value was not copied"
                self._note("literal-secret", says, "environment")
        else:
            found.environment[key] = read.text

    def _commands(self) -> None:
        for key in ("command", "entrypoint"):
            found = form.words(self._data.get(key))
            if found is None:
                continue
            found = [self._in_a_command(word, key) for word in found]
            cleaned, used = [], []
            for word in found:
                text, names = without_secrets(word, self._literals)
                cleaned.append(text)
                used += names
            cleaned = after_a_flag(cleaned)
            if used or cleaned != found:
                says = f"`{key}` of {self.found.name} had a secret in it, which became a variable"
                self._note("literal-secret", says, key)
            self._run[key] = cleaned

    def _in_a_command(self, word: str, key: str) -> str:
        """Return a word of a command with its variables filled, those that are secrets kept."""
        public = {k: v for k, v in self._file.values.items() if not is_secret(k, v)}
        read = read_variables(word, public, keep_open=True)
        if read.open:
            names = ", ".join(dict.fromkeys(read.open))
            self._lost(key, f"{names} must be a variable of the container, where a shell reads it")
        return read.text

    def _volumes(self) -> None:
        mounts = []
        for item in _items(self._data.get("volumes")):
            filled = (
                {k: self._filled(v) if isinstance(v, str) else v for k, v in item.items()}
                if isinstance(item, dict)
                else self._filled(item)
            )
            mount = form.mounted(filled)
            if mount is None:
                self._lost("volumes", "a volume of this form has no place in a strategy")
                continue
            source = mount.get("source")
            if isinstance(source, str) and source.startswith("."):
                inside = joined(self._file.folder, source)
                if inside is None:
                    self._lost("volumes", f"{source} lies outside of the repository")
                    continue
                mount["source"] = f"./{inside}" if inside else "."
            mounts.append(mount)
        if mounts:
            self._run["volumes"] = mounts

    def _ports(self) -> None:
        opened: list[dict[str, object]] = []
        for item in _items(self._data.get("ports")):
            filled: Data = (
                {k: self._filled(v) for k, v in item.items()}
                if isinstance(item, dict)
                else self._filled(item)
            )
            if self._is_open(item):
                self._lost("ports", "nothing says what the variable in a port is")
            ports = form.published(filled)
            if ports is None:
                self._lost("ports", "a port of this form cannot be read")
                continue
            opened += ports
        if opened:
            self._run["publish"] = opened
        exposed = [form.text_of(one).partition("/")[0] for one in _items(self._data.get("expose"))]
        numbers = [int(one) for one in exposed if one.isascii() and one.isdigit() and len(one) < 6]
        inside = [one["container"] for one in opened if one.get("protocol") != "udp"]
        found = dict.fromkeys([*inside, *numbers])
        self.found.ports = [one for one in found if isinstance(one, int) and 0 < one < 65536]

    def _is_open(self, item: Data) -> bool:
        texts = item.values() if isinstance(item, dict) else [item]
        return any(read_variables(form.text_of(one), self._file.values).open for one in texts)

    def _order(self) -> None:
        after: dict[str, str] = {}
        depends = self._data.get("depends_on")
        if isinstance(depends, dict):
            for name, how in depends.items():
                condition = how.get("condition") if isinstance(how, dict) else None
                after[name] = _CONDITIONS.get(form.text_of(condition), "started")
        else:
            after = dict.fromkeys(form.texts(depends), "started")
        if known := {name: how for name, how in after.items() if _NAME.fullmatch(name)}:
            self._run["after"] = known
        links = [text.partition(":")[0] for text in form.texts(self._data.get("links"))]
        self.found.links = [*after, *links]

    def _rest(self) -> None:
        data, run = self._data, self._run
        if working := self._filled(data.get("working_dir")):
            run["working_folder"] = working
        if user := self._filled(data.get("user")):
            run["user"] = user
        restart = self._filled(data.get("restart")) or self._restart_policy()
        if restart.partition(":")[0] in _RESTARTS:
            run["restart"] = restart.partition(":")[0]
        if files := [one for item in _items(data.get("env_file")) if (one := self._file_of(item))]:
            run["environment_files"] = files
        if profiles := [one for one in form.texts(data.get("profiles")) if _NAME.fullmatch(one)]:
            run["profiles"] = profiles
        if health := form.checked(data.get("healthcheck")):
            command = health.get("command")
            if isinstance(command, list):
                told = [self._in_a_command(word, "healthcheck") for word in command]
                health["command"] = [without_secrets(w, self._literals)[0] for w in told]
            run["health"] = health
        if stop := form.seconds(data.get("stop_grace_period")):
            run["stop_seconds"] = stop
        if hosts := form.texts(data.get("extra_hosts")):
            run["extra_hosts"] = [self._filled(one) for one in hosts]
        if folders := form.texts(data.get("tmpfs")):
            run["writable_folders"] = [one.partition(":")[0] for one in folders]
        self._labels()

    def _labels(self) -> None:
        found: dict[str, str] = {}
        for key, value in form.pairs(self._data.get("labels")):
            read = read_variables(value or "", self._file.values)
            if re.search(r"auth|password|secret|token", key, re.I) or holds_secret(read.text):
                self._lost("labels", f"{key} may hold a secret")
            elif read.open or any(is_secret_key(name) for name in read.names):
                self._lost("labels", f"nothing says what {', '.join(read.open)} in {key} is")
            else:
                found[read_variables(key, self._file.values).text] = read.text
        if found:
            self._run["labels"] = found

    def _restart_policy(self) -> str:
        condition = _at(self._data, "deploy", "restart_policy", "condition")
        return {"any": "always", "on-failure": "on-failure", "none": "no"}.get(
            form.text_of(condition), ""
        )

    def _file_of(self, item: Data) -> str | None:
        text = self._filled(item.get("path") if isinstance(item, dict) else item)
        inside = joined(self._file.folder, text) if text else None
        if text and inside is None:
            self._lost("env_file", f"{text} lies outside of the repository")
        return inside or None

    def _amounts(self) -> None:
        data = self._data

        def amount(key: str, *path: str) -> Data:
            found = _at(data, *path)
            return self._filled(found if found is not None else data.get(key))

        self.found.size = Size(
            form.cpus(self._filled(_at(data, "deploy", "resources", "reservations", "cpus"))),
            form.gib(amount("mem_reservation", "deploy", "resources", "reservations", "memory")),
            form.cpus(amount("cpus", "deploy", "resources", "limits", "cpus")),
            form.gib(amount("mem_limit", "deploy", "resources", "limits", "memory")),
        )
        replicas = self._filled(_at(data, "deploy", "replicas") or data.get("scale"))
        if replicas.isascii() and replicas.isdigit() and 0 < int(replicas[:6]) < 1000:
            self.found.replicas = int(replicas)

    def _left_over(self) -> None:
        lost = [
            k for k in self._data if k not in _READ | _WITHOUT_EFFECT and not k.startswith("x-")
        ]
        default_network = form.texts(self._data.get("networks")) or list(
            self._data.get("networks") or {}  # type: ignore[arg-type]
        )
        for key in lost:
            if key == "networks" and len(default_network) <= 1:
                continue
            self._lost(key, "a strategy has no place for it")


def _items(value: Data) -> Iterable[Data]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _at(data: Data, *path: str) -> Data:
    for key in path:
        data = data.get(key) if isinstance(data, dict) else None
    return data

"""Reads secrets from every place that a strategy can name; slow ones at the same time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from pydantic import SecretStr

from outgrow.clients.secret_command import run_command
from outgrow.clients.sops import read_sops
from outgrow.environments.resolving import Unread

Found = Mapping[str, SecretStr | Unread]
_AT_ONCE = 8


class Sources:
    """The places that references of a strategy in `folder` lead to."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, references: Collection[str]) -> Found:
        """Return the value of each reference, or why there is none."""
        readings = tuple(self._readings(references))
        if len(readings) == 1:
            return readings[0]()
        with ThreadPoolExecutor(_AT_ONCE) as threads:
            running = [threads.submit(one) for one in readings]
            return {name: value for one in running for name, value in one.result().items()}

    def _readings(self, references: Collection[str]) -> Iterator[Callable[[], Found]]:
        """Yield what has to be asked: AWS once for all names, each file and each command once."""
        by_kind: dict[str, list[str]] = defaultdict(list)
        for reference in references:
            kind, _, name = reference.partition(":")
            by_kind[kind].append(name)
        if names := by_kind.pop("aws-secrets-manager", None):
            yield _with_kind("aws-secrets-manager", _from_secrets_manager, names)
        if names := by_kind.pop("ssm", None):
            yield _with_kind("ssm", _from_parameters, names)
        for file, places in _by_file(by_kind.pop("sops", [])).items():
            yield self._sops(file, places)
        for command in by_kind.pop("command", []):
            yield self._command(command)
        for path in by_kind.pop("file", []):
            yield self._file(path)
        for kind, names in by_kind.items():
            told = Unread(f"{kind} is not read here; put it into the environment")
            yield _answer({f"{kind}:{name}": told for name in names})

    def _sops(self, file: str, places: list[str]) -> Callable[[], Found]:
        def read() -> Found:
            found = read_sops(file, places, self._folder)
            return {f"sops:{_sops_name(file, one)}": value for one, value in found.items()}

        return read

    def _command(self, command: str) -> Callable[[], Found]:
        return lambda: {f"command:{command}": run_command(command, self._folder)}

    def _file(self, path: str) -> Callable[[], Found]:
        return lambda: {f"file:{path}": _read_file(self._folder / path)}


class NoPlaces:
    """Places that are not asked: only env files and the process count."""

    def read(self, references: Collection[str]) -> Found:
        """Return for each reference that it was not asked."""
        return dict.fromkeys(references, Unread("it was not asked for here"))


def _with_kind(
    kind: str, reader: Callable[[Collection[str]], Found], names: list[str]
) -> Callable[[], Found]:
    return lambda: {f"{kind}:{name}": value for name, value in reader(names).items()}


def _answer(found: Found) -> Callable[[], Found]:
    return lambda: found


def _from_secrets_manager(names: Collection[str]) -> Found:
    from outgrow.clients.aws_secrets_manager import read_secrets

    return read_secrets(names)


def _from_parameters(names: Collection[str]) -> Found:
    from outgrow.clients.aws_parameters import read_parameters

    return read_parameters(names)


def _by_file(names: list[str]) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for name in names:
        file, _, place = name.partition("#")
        found[file].append(place)
    return found


def _sops_name(file: str, place: str) -> str:
    return f"{file}#{place}" if place else file


def _read_file(path: Path) -> SecretStr | Unread:
    try:
        text = path.read_text("utf-8").strip()
    except FileNotFoundError:
        return Unread("there is no such file")
    except (OSError, UnicodeDecodeError):
        return Unread("the file cannot be read")
    return SecretStr(text) if text else Unread("the file is empty")

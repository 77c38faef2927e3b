"""Secrets written into a compose file: what each is called in the draft."""

from __future__ import annotations

import re
from collections.abc import Iterator

from outgrow.discovery import compose_fields as form
from outgrow.discovery.compose_files import ComposeFile
from outgrow.discovery.compose_variables import read_variables
from outgrow.discovery.secret_values import Literals, is_secret_key
from outgrow.strategy.yaml_nodes import Data, to_data

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,127}")


class SecretNames:
    """The references of the secrets of one compose file.

    Two services may mean different secrets by one key: the second one has its name before it.
    What the file itself calls by a variable has that name.
    """

    def __init__(self, file: ComposeFile) -> None:
        self._values: dict[str, str] = {}
        for entry in file.services.values():
            for text in _texts(to_data(entry.node)):
                read = read_variables(text, file.values)
                for name in read.names:
                    self._values.setdefault(name, read.text if read.whole else f"${{{name}}}")

    def reference(self, service: str, key: str, value: str) -> str:
        """Return what a draft says for the secret that `key` of a service is."""
        if self._values.setdefault(key, value) == value:
            return f"env:{key}"
        own = f"{re.sub(r'[^A-Za-z0-9]', '_', service).upper()}_{key}"
        return f"env:{own}" if not own[0].isdigit() else f"env:_{own}"


def _texts(data: Data) -> Iterator[str]:
    if isinstance(data, dict | list):
        for one in data.values() if isinstance(data, dict) else data:
            yield from _texts(one)
    elif isinstance(data, str):
        yield data


def literals_of(file: ComposeFile) -> Literals:
    """Return the secret values that stand in a file, and the values that are no secret in it.

    Where a password is the name of its user as well, nobody can tell which one a command means.
    """
    keys: dict[str, str] = {}
    plain = set(file.services)
    for entry in file.services.values():
        data = to_data(entry.node)
        for key, value in form.pairs(data.get("environment") if isinstance(data, dict) else None):
            if not value or "$" in value or not _VARIABLE.fullmatch(key):
                continue
            if is_secret_key(key):
                keys[value] = key
            else:
                plain.add(value)
    return Literals(keys, frozenset(plain))

"""Variables and commands of a compose service: no secret of them is copied."""

from __future__ import annotations

import re
from collections.abc import Sequence

from outgrow.discovery import compose_fields as form
from outgrow.discovery.compose_service import Reading
from outgrow.discovery.compose_variables import read_variables
from outgrow.discovery.secret_values import is_secret, is_secret_key, words_without_secrets

KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,127}")


def take_environment(reading: Reading) -> None:
    """Take over the variables: values as they are, secrets as references."""
    for key, value in form.pairs(reading.data.get("environment")):
        if not KEY.fullmatch(key):
            reading.lost("environment", f"{key[:40]!r} is not the name of a variable")
            continue
        _take_variable(reading, key, value)


def _take_variable(reading: Reading, key: str, value: str | None) -> None:
    found = reading.found
    if value is None:
        found.secrets[key] = f"env:{key}"
        return
    read = read_variables(value, reading.file.values)
    found.values.append(f"{key}={read.text}")
    secret = is_secret(key, read.text) or any(is_secret_key(name) for name in read.names)
    if read.whole and (secret or read.open):
        found.secrets[key] = f"env:{read.whole}"
    elif secret or read.open:
        found.secrets[key] = reading.names.reference(found.name, key, read.text)
        if read.names:
            parts = ", ".join(dict.fromkeys(read.names))
            own = found.secrets[key].removeprefix("env:")
            says = f"{key} of {found.name} is put together from {parts}; set {own} itself"
            reading.note("assembled", says, "environment")
        else:
            says = f"{key} of {found.name} became {found.secrets[key]}; its value was not copied"
            reading.note("literal-secret", says, "environment")
    else:
        found.environment[key] = read.text


def take_commands(reading: Reading) -> None:
    """Take over the command and the entry point, without the secrets in them."""
    for key in ("command", "entrypoint"):
        found = form.words(reading.data.get(key))
        if found is not None:
            reading.run[key] = without_literals(reading, found, key)


def without_literals(reading: Reading, command: Sequence[str], key: str) -> list[str]:
    """Return a command with its variables filled; a secret in it is one of the service's own."""
    public = {k: v for k, v in reading.file.values.items() if not is_secret(k, v)}
    reads = [read_variables(word, public, keep_open=True, stays=is_secret_key) for word in command]
    for name in dict.fromkeys(name for read in reads for name in read.open):
        if name not in reading.found.environment:
            reading.found.secrets.setdefault(name, f"env:{name}")
    cleaned, used = words_without_secrets([one.text for one in reads], reading.known_literals())
    for name, value in used.items():
        reading.refer(name, value)
    if used:
        says = f"`{key}` of {reading.found.name} had a secret in it, which became a variable"
        reading.note("literal-secret", says, key)
    return cleaned

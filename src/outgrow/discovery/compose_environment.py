"""Variables and commands of a compose service: no secret of them is copied."""

from __future__ import annotations

import re

from outgrow.discovery import compose_fields as form
from outgrow.discovery.compose_service import Reading
from outgrow.discovery.compose_variables import read_variables
from outgrow.discovery.secret_values import (
    after_a_flag,
    is_secret,
    is_secret_key,
    without_secrets,
)

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
        found.secrets[key] = f"env:{key}"
        if read.names:
            parts = ", ".join(dict.fromkeys(read.names))
            says = f"{key} of {found.name} is put together from {parts}; set {key} itself"
            reading.note("assembled", says, "environment")
        else:
            says = f"{key} of {found.name} became env:{key}; its value was not copied"
            reading.note("literal-secret", says, "environment")
    else:
        found.environment[key] = read.text


def take_commands(reading: Reading) -> None:
    """Take over the command and the entry point, without the secrets in them."""
    for key in ("command", "entrypoint"):
        found = form.words(reading.data.get(key))
        if found is None:
            continue
        found = [in_a_command(reading, word, key) for word in found]
        cleaned, used = [], []
        for word in found:
            text, names = without_secrets(word, reading.literals)
            cleaned.append(text)
            used += names
        cleaned = after_a_flag(cleaned)
        if used or cleaned != found:
            says = f"`{key}` of {reading.found.name} had a secret in it, which became a variable"
            reading.note("literal-secret", says, key)
        reading.run[key] = cleaned


def in_a_command(reading: Reading, word: str, key: str) -> str:
    """Return a word of a command with its variables filled, those that are secrets kept."""
    public = {k: v for k, v in reading.file.values.items() if not is_secret(k, v)}
    read = read_variables(word, public, keep_open=True)
    if read.open:
        names = ", ".join(dict.fromkeys(read.open))
        reading.lost(key, f"{names} must be a variable of the container, where a shell reads it")
    return read.text

"""Values of a Compose file: text that Compose must not interpolate, sizes and times."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from posixpath import normpath

# Where the strategy lies, seen from the Compose file. Compose reads the variable from .env.
PROJECT = "${PROJECT_FOLDER:-../..}"
DOCKERFILES = "${DOCKERFILE_FOLDER?set it in .env}"
_INTERPOLATED = re.compile(r"[A-Za-z0-9_./:@~-]|\$\{[A-Za-z_]\w*(:?[-?][^${}\n]*)?\}")
_VARIABLE = re.compile(r"[A-Za-z_]\w*")
_SHELL = re.compile(r"(?:^|[\s/])(?:ba|da|a|z|k)?sh\s+-\w*c\b")


def literal(text: str) -> str:
    """Return `text` so that Compose passes it on as it is; what is escaped already stays so."""
    return re.sub(
        r"\$+", lambda found: found[0] if len(found[0]) % 2 == 0 else found[0] + "$", text
    )


def interpolated(text: str) -> str:
    """Return an image or a path, in which `${TAG}` means a variable; any other `$` is text."""
    rest = _INTERPOLATED.sub("", text)
    return literal(text) if rest else text


def words(command: Sequence[str], secrets: Mapping[str, str]) -> str | list[str]:
    """Return a command: one text as a string, several words as a list.

    `secrets` says what Compose puts in for `${KEY}`, as no shell reads a command.
    """
    found = with_secrets(command, secrets)
    return found[0] if len(found) == 1 else found


def with_secrets(command: Sequence[str], secrets: Mapping[str, str]) -> list[str]:
    """Return the words of a command, a secret in them as Compose's own variable.

    What `sh -c` is given finds the secret among the variables of the container.
    """
    escaped = [literal(one) for one in command]
    if starts_a_shell(command):
        return escaped
    return [
        re.sub(r"\$\$\{(\w+)\}", lambda found: secrets.get(found[1], found[0]), one)
        for one in escaped
    ]


def starts_a_shell(command: Sequence[str]) -> bool:
    """Return whether a command is `sh -c` or its like."""
    return _SHELL.search(" ".join(command)) is not None


def shell_or_words(command: Sequence[str]) -> list[str]:
    """Return a command as the list that is run: one text is for a shell."""
    if len(command) == 1:
        return ["/bin/sh", "-c", literal(command[0])]
    return [literal(one) for one in command]


def required(variable: str) -> str:
    """Return the value of a variable; without one Compose stops and says so."""
    return f"${{{variable}?set it in .env}}"


def project_path(path: str) -> str:
    """Return a path of the strategy as the Compose file sees it."""
    if path.startswith(("/", "~")):
        return interpolated(path)
    below = normpath(path)
    return PROJECT if below == "." else f"{PROJECT}/{interpolated(below)}"


def upper(name: str) -> str:
    """Return a part's name as it stands in variables: `session-cache` as `SESSION_CACHE`."""
    return name.upper().replace("-", "_")


def is_variable(text: str) -> bool:
    """Return whether `text` can be the name of a variable."""
    return _VARIABLE.fullmatch(text) is not None


def mebibytes(gib: Decimal) -> int:
    """Return GiB in whole MiB."""
    return max(round(gib * 1024), 6)  # Docker takes no less than 6 MiB


def seconds(value: Decimal | int) -> str:
    """Return a time as Compose writes it."""
    if value != int(value):
        return f"{max(int(value * 1000), 1)}ms"
    return f"{max(int(value), 1)}s"

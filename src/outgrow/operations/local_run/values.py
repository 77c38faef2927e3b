"""The values that a Compose file asks for: from where the strategy says, made up, or missing.

A password of a store that only this machine knows is made up once and kept; everything else
is the team's, and outgrow only passes it on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

STAND_IN = "not-set"  # what `--fill` gives; it never counts as a value that somebody gave


@dataclass(frozen=True, slots=True)
class Needed:
    """A variable of the file, what stands for it when nobody says, and whether it must be given."""

    key: str
    default: str
    required: bool


@dataclass(frozen=True, slots=True)
class Values:
    """Every value with its key, and the keys for which there is none."""

    found: Mapping[str, str]
    missing: tuple[str, ...]


def needed_values(example: str) -> tuple[Needed, ...]:
    """Return the variables that an `.env.example` lists; one without a value must be given."""
    found = []
    for line in example.splitlines():
        key, equals, value = line.strip().partition("=")
        if equals and not key.startswith("#"):
            found.append(Needed(key.strip(), value.strip(), required=not value.strip()))
    return tuple(found)


def parse_env(text: str) -> dict[str, str]:
    """Return the variables of an env file: `KEY=value` lines, comments and quotes apart."""
    found = {}
    for line in text.splitlines():
        key, equals, value = line.strip().removeprefix("export ").partition("=")
        if equals and key and not key.startswith("#"):
            found[key.strip()] = _unquoted(value.strip())
    return found


def collect_values(
    needed: Sequence[Needed],
    given: Mapping[str, str],
    sources: Sequence[Mapping[str, str]],
    new_password: Callable[[], str],
    *,
    fill: str | None = None,
) -> Values:
    """Return a value for each of `needed`: given, from the first source that has it, made up.

    `fill` stands for what is missing, so that a service which does not need it can start.
    """
    found: dict[str, str] = {}
    missing = []
    for one in needed:
        known = next((s[one.key] for s in (given, *sources) if s.get(one.key)), None)
        if known is not None:
            found[one.key] = known
        elif not one.required:
            found[one.key] = one.default
        elif one.key.endswith("_PASSWORD"):
            found[one.key] = new_password()
        elif fill is not None:
            found[one.key] = fill
        else:
            missing.append(one.key)
    return Values({**found, **given}, tuple(missing))


def env_text(values: Mapping[str, str]) -> str:
    """Return `values` as an env file that both versions of Compose read alike."""
    return "".join(f"{key}={value}\n" for key, value in sorted(values.items()))


def _unquoted(value: str) -> str:
    if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":
        return value[1:-1]
    return value.split(" #", 1)[0].rstrip()

"""Asks before something is changed: yes or no, or the environment's name where it is protected."""

from __future__ import annotations

import sys

from outgrow.errors import InputError
from outgrow.strategy.environments import Rules


def confirm(question: str, environment: str, rules: Rules, *, yes: bool) -> None:
    """Return when the change was agreed to; raise InputError otherwise.

    `yes` is what `--yes` says, for pipelines, whose own approval then counts.
    """
    if yes:
        return
    if not sys.stdin.isatty():
        raise InputError(
            "nobody is here to agree, and nothing was changed", "Read the plan, then add --yes."
        )
    if rules.confirm_by_name:
        agreed = _asked(f"{question} Type {environment} to go on: ") == environment
    else:
        agreed = _asked(f"{question} [y/N] ").lower() in {"y", "yes"}
    if not agreed:
        raise InputError("not agreed to, and nothing was changed")


def _asked(question: str) -> str:
    print(question, end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip()

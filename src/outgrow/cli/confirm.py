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


def confirm_at_terminal(question: str, environment: str) -> None:
    """Return when a person at a terminal typed the name of `environment`; nothing stands for it.

    Raises InputError otherwise, also when the output would go anywhere but to that terminal.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise InputError(
            "secrets are shown to a person at a terminal only",
            "Run it there, without a pipe; programs get them with `outgrow env exec`.",
        )
    if _asked(f"{question} Type {environment} to go on: ") != environment:
        raise InputError("not agreed to, and nothing was shown")


def _asked(question: str) -> str:
    print(question, end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip()

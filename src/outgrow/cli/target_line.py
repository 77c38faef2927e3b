"""Says which environment a command is about to change, before it says or does anything else."""

from __future__ import annotations

import sys

from outgrow.strategy.environments import Rules


def print_target(strategy: str, environment: str, rules: Rules, what: str = "") -> None:
    """Print the target of a command that changes something to stderr, where no program reads it."""
    guarded = " (protected)" if rules.confirm_by_name else ""
    told = f": {what}" if what else ""
    print(f"==> {strategy}, {environment}{guarded}{told}", file=sys.stderr, flush=True)

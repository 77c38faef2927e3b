"""What the commands print for the examples, byte for byte."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.commands import outgrow

Golden = Callable[[str, str], None]
EXAMPLES = ("pocketable", "sprint-one", "nowry", "floyo", "nexod")
# Status depends on the day; this one comes just after the last recorded value of both.
_STATUS = {
    "floyo": ("--usage", "examples/floyo/usage.csv", "--now", "2026-08-20"),
    "pocketable": ("--usage", "examples/pocketable/usage.csv", "--now", "2026-08-20"),
    "nowry": ("--usage", "examples/nowry/usage.csv", "--now", "2026-08-20"),
    "nexod": ("--usage", "examples/nexod/usage.csv", "--now", "2014-04-24"),
}
_OTHERS = {
    "decide-pocketable": ("decide", "examples/pocketable", "--set", "users=35"),
    "decide-nowry": ("decide", "examples/nowry", "--set", "users=12000"),
    "matrix-nowry": ("matrix", "examples/nowry"),
    "matrix-pocketable": ("matrix", "examples/pocketable"),
    "pool-sample-app": ("pool", "examples/sample-app"),
    "compare-floyo": ("compare", "start", "growth", "examples/floyo"),
    "cost-nexod-production": (
        "cost", "examples/nexod", "--phase", "production", "--explain",
    ),
    "cost-nexod-reserved": (
        "cost", "examples/nexod", "--phase", "production", "--reserve", "1y", "--no-gaps",
    ),
    "cost-nexod-staging": ("cost", "examples/nexod", "--environment", "staging"),
    "cost-pocketable-autostop": (
        "cost", "examples/pocketable", "--phase", "scale-start", "--autostop", "12x5",
    ),
    "price-list": ("price", "examples/price-list.yaml", "--explain"),
    "catalog-show-supabase-pro": ("catalog", "show", "supabase/pro"),
    "catalog-search-postgres-free": ("catalog", "search", "postgres", "free"),
    "help": ("--help",),
}  # fmt: skip


@pytest.mark.parametrize("example", EXAMPLES)
def test_check_of_every_example(example: str, golden: Golden, tmp_path: Path) -> None:
    ran = outgrow("check", f"examples/{example}", "--claims", home=tmp_path)
    assert ran.code == 1  # every one of the five documents states something untrue
    golden(f"tests/golden/check/{example}.txt", ran.out)


@pytest.mark.parametrize("example", EXAMPLES)
def test_cost_of_all_phases_of_every_example(example: str, golden: Golden, tmp_path: Path) -> None:
    ran = outgrow("cost", f"examples/{example}", "--all", home=tmp_path)
    assert ran.code == 0
    golden(f"tests/golden/cost/{example}.txt", ran.out)


@pytest.mark.parametrize("example", sorted(_STATUS))
def test_status_of_recorded_usage(example: str, golden: Golden, tmp_path: Path) -> None:
    ran = outgrow("status", f"examples/{example}", *_STATUS[example], home=tmp_path)
    golden(f"tests/golden/status/{example}.txt", f"{ran.out}exit code {ran.code}\n")


@pytest.mark.parametrize("name", sorted(_OTHERS))
def test_other_commands(name: str, golden: Golden, tmp_path: Path) -> None:
    ran = outgrow(*_OTHERS[name], home=tmp_path)
    assert (ran.code, ran.err) == (0, "")
    golden(f"tests/golden/commands/{name}.txt", ran.out)

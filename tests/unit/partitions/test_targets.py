"""Which tables of which database a command means."""

from __future__ import annotations

from pathlib import Path

from outgrow.operations.opened import open_strategy
from outgrow.operations.partitioning.targets import Wish, find_targets

_STRATEGY = """
outgrow: 1
name: Notes
production: production
components:
  db: {kind: postgres}
phases:
  small: {serves: {users: 0-10}, use: {db: {offering: supabase/free}}, next: {large: {}}}
  large: {serves: {users: 10+}, use: {db: {offering: supabase/pro}}}
demand: {users: {measured: {system: postgres}}}
environments:
  production: {phase: current, secrets: {DATABASE_URL: "env:DATABASE_URL"}}
  trial: {phase: large}
data_growth:
  partitions: [{table: events, component: db, by: at, from_phase: large}]
"""


def waiting(tmp_path: Path, wish: Wish) -> list[str]:
    (tmp_path / "outgrow.yaml").write_text(_STRATEGY)
    return [one.table for one in find_targets(open_strategy(str(tmp_path)), wish).waiting]


def test_a_table_waits_for_its_phase(tmp_path: Path) -> None:
    assert waiting(tmp_path, Wish()) == ["events"]
    assert waiting(tmp_path, Wish(phase="large")) == []


def test_the_phase_of_the_environment_counts_unless_another_is_named(tmp_path: Path) -> None:
    assert waiting(tmp_path, Wish(environment="trial")) == []
    assert waiting(tmp_path, Wish(environment="trial", phase="small")) == ["events"]

"""`outgrow partitions` as installed: a strategy, a database, an archive."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from tests.commands import Ran, clean_environment, outgrow
from tests.integration.partitions.workplace import EVENTS, Workplace

_UNREACHABLE = "postgresql://ann:hunter2@127.0.0.1:1/none"
STRATEGY = """\
outgrow: 1
name: shop
components:
  db: {kind: postgres}
environments:
  staging: {}
  production: {rules: {confirm_by_name: true}}
phases:
  start: {}
  growth: {}
data_growth:
  partitions:
    - {table: events, component: db, by: created_at, create_ahead: 1, keep: 1, archive: true,
       archive_to: archive, format: copy}
    - {table: visits, component: db, by: at, from_phase: growth}
"""


@pytest.fixture
def project(work: Workplace) -> Path:
    (work.folder / "outgrow.yaml").write_text(STRATEGY)
    # Rows of the months around now, so that the commands find old ones whenever they run.
    work.run(*EVENTS, "update events set created_at = created_at - timestamptz '2026-04-30'"
             " + date_trunc('month', now())")  # fmt: skip
    return work.folder


def partitions(work: Workplace, *arguments: str, **extra: str) -> Ran:
    environment = clean_environment(work.folder, **{"DATABASE_URL": work.url, **extra})
    return outgrow(
        "partitions", *arguments, home=work.folder, folder=work.folder, environment=environment
    )


def test_a_table_is_planned_split_archived_and_restored(work: Workplace, project: Path) -> None:
    plan = partitions(work, "plan")
    assert plan.code == 0, plan.err
    assert "events: not partitioned" in plan.out
    assert "visits: from phase growth on; not now" in plan.out
    assert not (project / ".outgrow").exists(), "a plan only reads"
    applied = partitions(work, "apply", "--yes")
    assert applied.code == 0, applied.err
    assert "==> swap" in applied.err
    assert work.value("select relkind::text from pg_class where oid = 'events'::regclass") == "p"
    dropped = partitions(work, "apply", "--drop-old", "--yes")
    assert "dropped: events_before_partitions" in dropped.out
    archived = partitions(work, "archive", "--yes", "--json")
    assert archived.code == 0, archived.err
    kept = json.loads(archived.out)["result"]
    assert len(kept) >= 2
    listed = partitions(work, "restore", "--list", "--json")
    assert json.loads(listed.out)["result"] == kept
    restored = partitions(work, "restore", kept[-1]["partition"], "--yes")
    assert restored.code == 0, restored.err
    assert "rows are back in events, as archived" in restored.out


def test_the_address_is_in_no_output_and_no_list_of_processes(
    work: Workplace, project: Path
) -> None:
    secret = work.url.replace("outgrow@", "outgrow:hunter2@")
    runs = [
        partitions(work, "plan", DATABASE_URL=secret),
        partitions(work, "plan", DATABASE_URL="hunter2 is no address"),
        partitions(work, "plan", DATABASE_URL=_UNREACHABLE),
        partitions(work, "apply", "--yes", OUTGROW_STATE_URL=_UNREACHABLE),
    ]
    assert [one.code for one in runs] == [0, 2, 3, 3]
    assert "hunter2" not in "".join(one.out + one.err for one in runs)


def test_nothing_changes_when_nobody_agrees(work: Workplace, project: Path) -> None:
    before = work.rows("select relname from pg_class order by 1")
    asked = partitions(work, "apply")
    assert asked.code == 2
    assert "nothing was changed" in asked.err
    tried = partitions(work, "apply", "--dry-run")
    assert tried.code == 0
    assert work.rows("select relname from pg_class order by 1") == before


@pytest.mark.parametrize(("answer", "code"), [("yes", 2), ("production", 0)])
def test_a_protected_environment_wants_its_name_typed(
    work: Workplace, project: Path, answer: str, code: int
) -> None:
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "outgrow", "partitions", "apply"],
        cwd=project, env=clean_environment(project, DATABASE_URL=work.url), stdin=theirs,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as ran:  # fmt: skip
        os.write(ours, f"{answer}\n".encode())
        _, said = ran.communicate(timeout=60)
    os.close(ours)
    os.close(theirs)
    assert "Type production to go on" in said
    assert ran.returncode == code, said


def test_a_missing_address_says_where_it_is_looked_for(work: Workplace, project: Path) -> None:
    plan = partitions(work, "plan", "--database", "env:OTHER_URL")
    assert plan.code == 2
    assert "OTHER_URL" in plan.err
    (project / "url").write_text(work.url + "\n")
    assert partitions(work, "plan", "--database", "file:url").code == 0


def test_a_team_shares_its_state_in_a_database(work: Workplace, project: Path) -> None:
    state = work.url  # any database will do
    assert partitions(work, "apply", "--yes", OUTGROW_STATE_URL=state).code == 0
    assert work.rows("select kind, outcome from outgrow_operations") == [("convert", "done")]
    assert not (project / ".outgrow").exists()


def test_a_table_that_cannot_be_split_ends_with_1_in_a_plan(work: Workplace, project: Path) -> None:
    work.run("alter table events drop constraint events_pkey")
    plan = partitions(work, "plan")
    assert plan.code == 1
    assert "REFUSED: events has no primary key" in plan.out
    assert partitions(work, "apply", "--yes").code == 2


def test_an_unknown_table_is_named_with_those_there_are(work: Workplace, project: Path) -> None:
    plan = partitions(work, "plan", "--table", "event")
    assert plan.code == 2
    assert "events, visits" in plan.err

"""The commands of docs/partitions.md run, in their order, on a real table with the page's file."""

from __future__ import annotations

import re
from pathlib import Path

import psycopg
from tests.commands import REPOSITORY, clean_environment, outgrow
from tests.docs.pages import commands
from tests.engines.postgres import postgres_server

PAGE = REPOSITORY / "docs" / "partitions.md"

TABLE = (
    "create table events (id bigint generated always as identity primary key,"
    " created_at timestamptz not null, code text unique)",
    "insert into events (created_at, code) select now() - i * interval '1 day', 'c' || i"
    " from generate_series(0, 200) i",
)


def test_the_page_works_from_its_first_command_to_its_last(tmp_path: Path) -> None:
    strategy = re.search(r"```yaml\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert strategy is not None
    (tmp_path / "outgrow.yaml").write_text(strategy[1])
    shown = [words for words in commands(PAGE) if words[0] == "partitions"]
    with postgres_server() as server:
        url = server.database("shop")
        server.run(*TABLE, database="shop")
        environment = clean_environment(tmp_path, DATABASE_URL=url)
        for words in shown:
            ran = outgrow(*words, home=tmp_path, folder=tmp_path, environment=environment)
            assert ran.code == 0, (words, ran.err)
        kept = sorted(one.name.split("-")[0] for one in tmp_path.rglob("*.json"))
        last = ("partitions", "restore", kept[-1], "--yes")
        ran = outgrow(*last, home=tmp_path, folder=tmp_path, environment=environment)
        assert ran.code == 0, ran.err
        with psycopg.connect(url) as connection:
            query = b"select min(created_at) < now() - interval '70 days' from events"
            assert connection.execute(query).fetchone() == (True,)
    assert len(kept) >= 3
    assert [words[1] for words in shown] == [
        "plan", "apply", "apply", "apply", "apply", "archive", "archive", "restore",
    ]  # fmt: skip

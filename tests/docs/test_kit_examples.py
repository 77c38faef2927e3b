"""Every example of docs/kit that says it runs does, with a PostgreSQL and a Redis of its own.

A block of Python behind `<!-- runs -->` is a program of its own. It finds an empty database in
`DATABASE_URL` and an empty Redis in `REDIS_URL`. A block of text behind `<!-- prints -->` is what
the program before it prints.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.commands import REPOSITORY, clean_environment
from tests.engines.postgres import PostgresServer, postgres_server
from tests.engines.redis import RedisServer, redis_server

PAGES = sorted((REPOSITORY / "docs" / "kit").glob("*.md"))
# These tell of the whole, and have nothing of their own to run.
WITHOUT_EXAMPLE = {"benchmarks.md", "from-fastapi-libraries.md"}
_RUNS = re.compile(
    r"^<!-- runs -->\n```python\n(.*?)^```$(?:\s*^<!-- prints -->\n```text\n(.*?)^```$)?",
    re.MULTILINE | re.DOTALL,
)
_TIMEOUT_SECONDS = 60
pytestmark = pytest.mark.xdist_group("kit-examples")


@dataclass(frozen=True)
class Example:
    """A program of a page, and what it prints if the page says so."""

    page: str
    number: int
    program: str
    prints: str

    def __str__(self) -> str:
        return f"{self.page}-{self.number}"


def examples() -> Iterator[Example]:
    for page in PAGES:
        found = _RUNS.findall(page.read_text(encoding="utf-8"))
        for number, (program, prints) in enumerate(found, start=1):
            yield Example(page.name, number, program, prints)


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgresServer]:
    with postgres_server() as server:
        yield server


@pytest.fixture(scope="module")
def redis() -> Iterator[RedisServer]:
    with redis_server() as server:
        yield server


@pytest.mark.parametrize("example", list(examples()), ids=str)
def test_an_example_of_the_kit_runs(
    example: Example, postgres: PostgresServer, redis: RedisServer, tmp_path: Path
) -> None:
    with redis.client() as client:
        client.flushall()
    database = re.sub(r"\W", "_", f"{example}").lower()
    stores = {"DATABASE_URL": postgres.database(database), "REDIS_URL": redis.url}
    environment = clean_environment(tmp_path, **stores)
    environment["PYTHONPATH"] = str(REPOSITORY / "kit" / "src")
    program = tmp_path / "example.py"
    program.write_text(example.program, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(program)],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=_TIMEOUT_SECONDS,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert not example.prints or done.stdout == example.prints


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_page_of_a_feature_has_an_example_that_runs(page: Path) -> None:
    has_one = any(one.page == page.name for one in examples())
    assert has_one != (page.name in WITHOUT_EXAMPLE)


def test_the_index_names_every_page() -> None:
    index = (REPOSITORY / "docs" / "kit" / "README.md").read_text(encoding="utf-8")
    others = [page.name for page in PAGES if page.name != "README.md"]
    assert [name for name in others if f"]({name})" not in index] == []

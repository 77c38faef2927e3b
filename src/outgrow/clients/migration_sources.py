"""Where migrations come from: files of SQL, or Alembic, which writes them out as SQL."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import psycopg

from outgrow.errors import InputError, OutsideError
from outgrow.migrations.statements import Script

_ALEMBIC_SECONDS = 120
# Alembic says where each migration begins: `-- Running upgrade 1a -> 2b`.
_REVISION = re.compile(r"^-- Running upgrade (\S*) *-> (\S+?)(?:, .*)?$", re.MULTILINE)
_SIZES = """
    SELECT n.nspname || '.' || c.relname, t.reltuples::bigint
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_index i ON i.indexrelid = c.oid
    JOIN pg_class t ON t.oid = coalesce(i.indrelid, c.oid)
    WHERE c.relkind IN ('r', 'p', 'i', 'm') AND t.reltuples >= 0
      AND n.nspname NOT IN ('pg_catalog', 'information_schema')
"""


def sql_files(paths: list[str]) -> list[Script]:
    """Return files of SQL as migrations, those of a folder in the order of their names.

    Raises InputError for what does not exist, is not text, or holds no SQL.
    """
    scripts = []
    for given in paths:
        path = Path(given)
        if not path.exists():
            raise InputError(f"{given} does not exist", "Name a file of SQL, or a folder of them.")
        files = sorted(path.rglob("*.sql")) if path.is_dir() else [path]
        if not files:
            raise InputError(
                f"{given} holds no .sql file",
                "For Alembic, name its configuration: --alembic alembic.ini",
            )
        scripts += [Script(str(file), _text(file)) for file in files]
    return scripts


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{file} cannot be read: {error}", "Save it as UTF-8.") from None


def alembic_sql(configuration: str, revisions: str) -> list[Script]:
    """Return what `alembic upgrade REVISIONS --sql` writes, one script a migration.

    It runs the `env.py` of the application with the `alembic` beside this Python or on the
    path, and connects to nothing. Raises OutsideError with its last words.
    """
    file = Path(configuration)
    if not file.is_file():
        raise InputError(f"{configuration} does not exist", "Name the alembic.ini of your project.")
    command = [_alembic(), "-c", file.name, "upgrade", revisions, "--sql"]
    try:
        done = subprocess.run(
            command, cwd=file.resolve().parent, capture_output=True, text=True,
            timeout=_ALEMBIC_SECONDS, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise OutsideError(
            f"alembic did not end within {_ALEMBIC_SECONDS} seconds", "Run it by hand with --sql."
        ) from None
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise OutsideError(f"alembic cannot write the migrations as SQL: {last}", _BY_HAND)
    return _by_revision(done.stdout)


_BY_HAND = (
    "Run `alembic upgrade head --sql` by hand. A migration that asks the database something "
    "cannot be written out; give outgrow the SQL that it would run."
)


def _alembic() -> str:
    beside = Path(sys.executable).with_name("alembic")
    found = str(beside) if beside.is_file() else shutil.which("alembic")
    if found is None:
        raise OutsideError("alembic is not installed here", "Run outgrow where your project runs.")
    return found


def _by_revision(text: str) -> list[Script]:
    """Cut the output at each migration; each runs inside the transaction that Alembic begins."""
    found = list(_REVISION.finditer(text))
    ends = [one.start() for one in found[1:]] + [len(text)]
    is_inside = "BEGIN;" in text[: found[0].start()] if found else False
    return [
        Script(f"revision {one[2]}", text[one.start() : end], in_transaction=is_inside)
        for one, end in zip(found, ends, strict=True)
    ]


def table_rows(url: str) -> dict[str, int]:
    """Return about how many rows each table has, and each index by its table, from a database.

    The figures are those of the last ANALYZE; a table that never had one is left out.
    Raises OutsideError, without the address, when the database does not answer.
    """
    try:
        with psycopg.connect(url, connect_timeout=5) as connection:
            connection.execute("SET statement_timeout = '10s'")
            return {str(name): int(rows) for name, rows in connection.execute(_SIZES)}
    except psycopg.Error as error:
        kind = type(error).__name__
        raise OutsideError(
            f"the sizes of the tables cannot be read: {kind}",
            "Look whether the database answers, or leave out --database-url-from; "
            "all tables then count as large.",
        ) from None

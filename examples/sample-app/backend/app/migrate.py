"""Brings the database up to date: runs each file of migrations/ once, in order of its name."""

from __future__ import annotations

from pathlib import Path

import psycopg

from app.settings import read_settings

MIGRATIONS = Path(__file__).parent.parent / "migrations"
# Two deploys at the same moment wait for each other on this number.
_LOCK = 716_253


def main() -> None:
    """Run what has not been run; all of it or, when a statement fails, nothing."""
    url = read_settings().database_url
    with psycopg.connect(url, client_encoding="utf8") as connection:
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
        connection.execute("CREATE TABLE IF NOT EXISTS migrations (name text PRIMARY KEY)")
        done = {row[0] for row in connection.execute("SELECT name FROM migrations")}
        for file in sorted(MIGRATIONS.glob("*.sql")):
            if file.name not in done:
                connection.execute(file.read_text("utf-8"))
                connection.execute("INSERT INTO migrations VALUES (%s)", (file.name,))
                print(f"ran {file.name}")
    print("the database is up to date")


if __name__ == "__main__":
    main()

"""`outgrow migrations lint`: what a migration would do to a system that runs."""

from __future__ import annotations

import os
from dataclasses import dataclass

from outgrow.clients.migration_sources import alembic_sql, sql_files, table_rows
from outgrow.errors import InputError
from outgrow.migrations.findings import Verdict
from outgrow.migrations.lint import lint
from outgrow.migrations.statements import Tables


@dataclass(frozen=True, slots=True)
class Asked:
    """What to judge: files, or an Alembic configuration and its revisions (`a1:head`).

    `url_variable` names the environment variable with the address of a database whose
    tables' sizes count; without it all tables count as large.
    """

    paths: tuple[str, ...]
    alembic: str | None
    revisions: str
    url_variable: str | None
    large_rows: int


def lint_migrations(asked: Asked) -> Verdict:
    """Return what is wrong with the migrations. Raises InputError or OutsideError."""
    if bool(asked.paths) == bool(asked.alembic):
        raise InputError(
            "name files of SQL or an Alembic configuration, one of both",
            "outgrow migrations lint migrations/, or --alembic alembic.ini",
        )
    scripts = (
        alembic_sql(asked.alembic, asked.revisions) if asked.alembic else sql_files([*asked.paths])
    )
    return lint(scripts, _tables(asked))


def _tables(asked: Asked) -> Tables:
    if asked.url_variable is None:
        return Tables(None, asked.large_rows)
    url = os.environ.get(asked.url_variable)
    if not url:
        raise InputError(
            f"the environment variable {asked.url_variable} is not set",
            "Set it to the address of the database whose tables' sizes should count.",
        )
    return Tables(table_rows(url), asked.large_rows)

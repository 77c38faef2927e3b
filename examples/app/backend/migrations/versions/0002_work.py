"""Projects, tasks, files and events: the tables whose rows belong to an organisation."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create the tables, each index with its table."""
    op.create_table(
        "projects",
        *_owned(),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        _created_at(),
    )
    op.create_index("projects_of_organization", "projects", ["organization_id", "id"])
    op.create_table(
        "tasks",
        *_owned(),
        _project(),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        _created_at(),
        sa.CheckConstraint("state IN ('open', 'doing', 'done')", name="tasks_state"),
    )
    op.create_index("tasks_of_project", "tasks", ["project_id", "id"])
    op.create_table(
        "files",
        *_owned(),
        _project(),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        _created_at(),
    )
    op.create_index("files_of_project", "files", ["project_id", "id"])
    _events()


def downgrade() -> None:
    """Drop them."""
    for table in ("events", "files", "tasks", "projects"):
        op.drop_table(table)


def _events() -> None:
    # No reference to projects: events outlive what they tell of, and a table that is split by
    # date has its time in its key.
    op.create_table(
        "events",
        sa.Column("id", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("organization_id", sa.BigInteger, nullable=False),
        sa.Column("project_id", sa.BigInteger, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", "created_at"),
    )
    op.create_index("events_of_organization", "events", ["organization_id", "created_at", "id"])


def _owned() -> tuple[sa.Column[int], sa.Column[int]]:
    return (
        sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("organization_id", sa.BigInteger, nullable=False),
    )


def _project() -> sa.Column[int]:
    reference = sa.ForeignKey("projects.id", ondelete="CASCADE")
    return sa.Column("project_id", sa.BigInteger, reference, nullable=False)


def _created_at() -> sa.Column[object]:
    return sa.Column(
        "created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False
    )

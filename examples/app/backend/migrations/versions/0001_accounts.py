"""Organisations and accounts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the tables that say whose request it is."""
    op.create_table(
        "organizations",
        sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("issued_as", sa.Text, nullable=False, unique=True),
        sa.Column("name", sa.Text, nullable=False),
        _created_at(),
    )
    op.create_table(
        "accounts",
        sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column(
            "organization_id", sa.BigInteger, sa.ForeignKey("organizations.id"), nullable=False
        ),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        _created_at(),
        sa.UniqueConstraint("organization_id", "subject"),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("accounts")
    op.drop_table("organizations")


def _created_at() -> sa.Column[object]:
    return sa.Column(
        "created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False
    )

"""Runs the migrations without making others wait; the database comes from the environment."""

from __future__ import annotations

from app.models import Base

from outgrow_kit.migrations import run_migrations

run_migrations(Base.metadata)

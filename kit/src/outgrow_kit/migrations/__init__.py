"""Run Alembic's migrations so that a system that serves waits for nobody for long."""

from __future__ import annotations

from outgrow_kit.migrations.running import MigrationsBlocked, run_migrations

__all__ = ["MigrationsBlocked", "run_migrations"]

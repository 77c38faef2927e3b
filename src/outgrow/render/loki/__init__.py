"""Logs of one's own: Loki's configuration, and Alloy's that ships the logs to it."""

from outgrow.render.loki.target import TARGET

__all__ = ["TARGET"]

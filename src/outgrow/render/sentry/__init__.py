"""Sentry: alert rules, sampling rates and filters, and a script that applies them."""

from outgrow.render.sentry.target import TARGET

__all__ = ["TARGET"]

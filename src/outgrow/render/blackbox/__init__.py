"""Probes from outside: the blackbox exporter's modules, and what Prometheus lets it ask."""

from outgrow.render.blackbox.target import TARGET

__all__ = ["TARGET"]

"""Versions on machines of the team's own, behind HAProxy (docs/deploy/own-hosts.md)."""

from outgrow.operations.deploying.own_hosts.build import build, resolver

__all__ = ["build", "resolver"]

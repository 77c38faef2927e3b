"""Recorded usage from files and from `--set`, and the moment it is judged at."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from outgrow.analysis.usage.usage import Usage, merge_usage
from outgrow.analysis.usage.usage_csv import parse_usage_csv
from outgrow.analysis.usage.usage_json import parse_usage_json
from outgrow.clients import clock
from outgrow.clients.files import read_text
from outgrow.errors import InputError
from outgrow.operations.demand_flags import read_values


def read_usage(paths: Sequence[str], values: Sequence[str], now: datetime) -> Usage:
    """Return what the files record, with the `name=number` values as of `now` on top.

    Raises InvalidUsage with every bad row of a file, InputError for one that is not there.
    """
    usage = Usage()
    for path in paths:
        text = read_text(path, "usage file")
        parse = parse_usage_json if path.lower().endswith(".json") else parse_usage_csv
        usage = merge_usage(usage, parse(text, path))
    given = read_values(values)
    return usage.with_values(given, now, "--set") if given else usage


def moment(written: str | None) -> datetime:
    """Return the moment that `--now` names, or the present; raise InputError if unreadable."""
    if written is None:
        return clock.now()
    try:
        found = datetime.fromisoformat(written)
    except ValueError:
        raise InputError(f"--now {written!r}: not a date", "For example 2026-01-31.") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)

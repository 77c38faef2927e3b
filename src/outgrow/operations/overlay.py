"""The user's own prices, laid over the packaged catalogue."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from outgrow.catalog.load import Catalog
from outgrow.catalog.parse_rows import parse_rows
from outgrow.catalog.rates import Rate
from outgrow.clients.files import read_text, write_whole

OVERLAY_VARIABLE = "OUTGROW_CATALOG"


def overlay_path() -> Path:
    """Return where the overlay lies: $OUTGROW_CATALOG, or the user's configuration folder."""
    if given := os.environ.get(OVERLAY_VARIABLE):
        return Path(given)
    base = os.environ.get("XDG_CONFIG_HOME")
    return (Path(base) if base else Path.home() / ".config") / "outgrow" / "catalog.csv"


def user_overlay(catalog: Catalog) -> Catalog:
    """Return `catalog` with the user's overlay, if there is one."""
    rows = overlay_rows()
    return catalog.with_overlay(rates=rows) if rows else catalog


def overlay_rows() -> tuple[Rate, ...]:
    """Return the rows of the overlay; raise InputError when it is malformed."""
    path = overlay_path()
    if not path.is_file():
        return ()
    return parse_rows(read_text(str(path), "catalogue overlay"), str(path))


def add_to_overlay(rows: Iterable[Rate]) -> Path:
    """Write `rows` into the overlay, replacing those of the same id, and return its path."""
    from outgrow.catalog.overlay import merge_rows, overlay_text

    path = overlay_path()
    write_whole(path, overlay_text(merge_rows(overlay_rows(), tuple(rows))))
    return path

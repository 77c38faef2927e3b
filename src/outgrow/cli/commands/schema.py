"""`outgrow schema`."""

from __future__ import annotations

from outgrow.errors import EXIT_DONE
from outgrow.operations.schema import write_schema
from outgrow.strategy.schema import packaged_schema


def run_schema(out: str | None) -> int:
    """Print the schema, or write it."""
    if out is None:
        print(packaged_schema(), end="")
    else:
        write_schema(out)
    return EXIT_DONE

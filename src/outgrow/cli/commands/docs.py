"""`outgrow docs`."""

from __future__ import annotations

from outgrow.cli.json_view import print_json
from outgrow.operations.docs import write_document
from outgrow.operations.measured import moment
from outgrow.operations.opened import open_strategy


def run_docs(
    path: str | None, folder: str, usage: list[str], now: str | None, *, check: bool, as_json: bool
) -> int:
    """Write the document, or say whether it is current; return 1 when it is not."""
    opened = open_strategy(path)
    found = write_document(opened, folder, usage, moment(now), only_compare=check)
    if as_json:
        print_json("docs", found)
        return found.exit_code
    for file in found.files:
        if found.written:
            print(f"{file.path}{' (unchanged)' if file.current else ''}")
        else:
            print(f"{file.path}: {'current' if file.current else 'not current'}")
    if found.exit_code:
        print("Run `outgrow docs` without --check to write it again.")
    return found.exit_code

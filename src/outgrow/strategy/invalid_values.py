"""What pydantic found wrong, in plain words and at its place in the file."""

from __future__ import annotations

from pydantic import ValidationError

from outgrow.diagnostics import Diagnostic, Severity
from outgrow.strategy.yaml_nodes import MappingNode, locate


def value_diagnostics(error: ValidationError, root: MappingNode) -> list[Diagnostic]:
    """Return one diagnostic for each place and cause in `error`."""
    return [
        Diagnostic(
            Severity.ERROR,
            found["type"].replace("_", "-"),
            found["msg"],
            "",
            found["loc"],
            locate(root, found["loc"]),
        )
        for found in error.errors(include_url=False, include_input=False)
    ]

"""Words for a failure: every diagnostic with its place, or one reason and its remedy."""

from __future__ import annotations

import sys

from outgrow.diagnostics import Diagnostic, format_diagnostic
from outgrow.errors import OutgrowError


def print_failure(error: OutgrowError) -> None:
    """Print `error` to stderr: all its diagnostics, or its reason and what to do."""
    diagnostics: tuple[Diagnostic, ...] = getattr(error, "diagnostics", ())
    for diagnostic in diagnostics:
        print(format_diagnostic(diagnostic), file=sys.stderr)
    if diagnostics:
        count = len(diagnostics)
        print(f"\n{count} problem{'s' if count != 1 else ''}", file=sys.stderr)
        return
    print(f"outgrow: {error.reason}", file=sys.stderr)
    if error.remedy:
        print(f"  {error.remedy}", file=sys.stderr)

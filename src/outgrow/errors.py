"""Every exception outgrow raises on purpose, and the exit code each one ends with.

OutgrowError
├── InputError            2  the user's file, flag or name is wrong
│   ├── InvalidStrategy   2  carries every diagnostic found, not the first
│   ├── InvalidItem       2  the same for one item of a price list
│   └── InvalidUsage      2  the same for a file of measured values
├── OutsideError          3  a server, an account or the disk failed
└── Interrupted         130  the user pressed Ctrl-C while files were being written
"""

from __future__ import annotations

from collections.abc import Sequence

from outgrow.diagnostics import Diagnostic

EXIT_DONE = 0
EXIT_ANSWER_IS_NO = 1
EXIT_WRONG_INPUT = 2
EXIT_OUTSIDE_FAILED = 3


class OutgrowError(Exception):
    """The base of every expected failure; `remedy` says what the user can do."""

    exit_code = EXIT_WRONG_INPUT

    def __init__(self, reason: str, remedy: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.remedy = remedy


class InputError(OutgrowError):
    """Something the user gave cannot be used as it is."""


class InvalidStrategy(InputError):
    """A strategy that cannot be read; `diagnostics` holds every reason."""

    def __init__(self, diagnostics: Sequence[Diagnostic]) -> None:
        count = len(diagnostics)
        super().__init__(f"{count} problem{'s' if count != 1 else ''} in the strategy")
        self.diagnostics = tuple(diagnostics)


class InvalidItem(InputError):
    """An item that cannot be priced as written; `diagnostics` holds every reason."""

    def __init__(self, diagnostics: Sequence[Diagnostic]) -> None:
        super().__init__("; ".join(f"{one.path_text}: {one.reason}" for one in diagnostics))
        self.diagnostics = tuple(diagnostics)


class InvalidUsage(InputError):
    """A usage file that cannot be read; `diagnostics` holds every reason."""

    def __init__(self, diagnostics: Sequence[Diagnostic]) -> None:
        count = len(diagnostics)
        super().__init__(f"{count} problem{'s' if count != 1 else ''} in the usage file")
        self.diagnostics = tuple(diagnostics)


class OutsideError(OutgrowError):
    """A system that outgrow does not control failed or refused."""

    exit_code = EXIT_OUTSIDE_FAILED


class Interrupted(OutgrowError):
    """Ctrl-C in the middle of writing; `reason` says what was done and what was not."""

    exit_code = 130  # 128 + SIGINT, as shells have it

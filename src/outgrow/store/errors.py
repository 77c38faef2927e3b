"""Why the state cannot be used, or an operation may not begin or go on.

OutsideError
├── StateUnreadable   3  the state database is corrupt, newer, foreign or out of reach
├── LeaseTaken        3  somebody else works on the same thing
├── LeaseLost         3  somebody else took over what we were working on
└── Unfinished        3  an operation of the same subject has to be ended first
"""

from __future__ import annotations

from outgrow.errors import OutsideError


class StateUnreadable(OutsideError):
    """The state database cannot be used; it is left exactly as it was found."""


class LeaseTaken(OutsideError):
    """Another process holds the lease; the reason names it."""


class LeaseLost(OutsideError):
    """The lease ran out and another process took it; nothing more may be changed."""


class Unfinished(OutsideError):
    """An operation of the same subject was begun and neither finished nor undone."""

"""What the kit raises: every error names the reason and what to do."""

from __future__ import annotations

from collections.abc import Sequence


class KitError(Exception):
    """An error of the kit; its text says what happened and what to do."""


class InvalidSettings(KitError):
    """The environment does not hold what the kit needs; `problems` lists every reason."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


class StoreUnavailable(KitError):
    """Redis or PostgreSQL did not answer in time; the application decides how to go on."""

"""What a deploy reaches the outside through, beside the fleet itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from outgrow.deploy.ports import Hooks, Judge, Pause, Person, Progress
from outgrow.deploy.redaction import redactor


@dataclass(frozen=True, slots=True)
class World:
    """Everything a deploy needs beside the place that it deploys to.

    Without a judge only the health of the new version counts. `goes_on` is the user's answer
    to what an earlier run waited for, and to nothing after it. `hide` takes the secrets of the
    component out of a text.
    """

    hooks: Hooks
    person: Person
    progress: Progress
    pause: Pause
    judge: Judge | None = None
    goes_on: bool = False
    hide: Callable[[str], str] = field(default_factory=lambda: redactor(()))

"""What a deploy reaches the outside through, beside the fleet itself."""

from __future__ import annotations

from dataclasses import dataclass

from outgrow.deploy.ports import Hooks, Judge, Pause, Person, Progress


@dataclass(frozen=True, slots=True)
class World:
    """Everything a deploy needs beside the place that it deploys to.

    Without a judge only the health of the new version counts. `goes_on` is the user's answer
    to what an earlier run waited for, and to nothing after it.
    """

    hooks: Hooks
    person: Person
    progress: Progress
    pause: Pause
    judge: Judge | None = None
    goes_on: bool = False

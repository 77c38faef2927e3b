"""What every renderer returns: a file's name and what stands in it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RenderedFile:
    """A text to be written at `path`, relative to the folder that the user names."""

    path: str
    text: str

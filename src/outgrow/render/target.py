"""What a target is: a function from a system to files, and to what it could not say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from outgrow.diagnostics import Path
from outgrow.render.rendered_file import RenderedFile
from outgrow.render.system.model import System


@dataclass(frozen=True, slots=True)
class Loss:
    """Something of the strategy that a target cannot express.

    `code` is stable and begins with the target (`compose-autoscaling`): a waiver names it.
    `path` is the place in the strategy, `what` is not expressed, `why` is the target's
    reason and `instead` what a person can do.
    """

    code: str
    path: Path
    what: str
    why: str
    instead: str = ""


@dataclass(frozen=True, slots=True)
class Rendering:
    """The files of one target for one system, and everything they leave out.

    `covers` names the parts that these files build or run, `commands` are the commands that
    put the files to use, in order, run from the target's own folder. `notes` are what whoever
    owns the files must know besides: a title each, with paragraphs of Markdown. `about` names
    parts that the files serve without building or running them.
    """

    files: tuple[RenderedFile, ...]
    losses: tuple[Loss, ...] = ()
    covers: frozenset[str] = frozenset()
    commands: tuple[str, ...] = ()
    notes: tuple[tuple[str, tuple[str, ...]], ...] = ()
    about: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Target:
    """One kind of file that outgrow renders.

    `name` is what `--target` takes and the folder its files go into. `applies` says
    whether a system has anything for it; `render` is only called where it does.
    """

    name: str
    title: str
    applies: Callable[[System], bool]
    render: Callable[[System], Rendering]

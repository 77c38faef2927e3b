"""What the strategy renders now: a phase in an environment, with overlays, nothing written."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass
from pathlib import Path

from outgrow import __version__
from outgrow.clients.tree_folder import read_below
from outgrow.errors import InputError
from outgrow.operations.opened import Opened
from outgrow.render.alerts.untold import untold_alerts
from outgrow.render.registry import target, target_names
from outgrow.render.system.build import build_system
from outgrow.render.system.model import System
from outgrow.render.target import Loss, Target
from outgrow.render.tree.losses import ReportedLoss, judged
from outgrow.render.tree.manifest import Manifest
from outgrow.render.tree.overlay import apply_overlay
from outgrow.render.tree.readme import README, RenderedTarget, index_readme, target_readme

OVERLAYS = "outgrow.overlays"


@dataclass(frozen=True, slots=True)
class RenderedTree:
    """A system and every target rendered for it; `files` has each with its target ("": none).

    `unwatched` are the alerts that no target at all evaluates, rendered here or not.
    """

    system: System
    targets: tuple[RenderedTarget, ...]
    files: dict[str, tuple[str, bytes]]
    unwatched: tuple[ReportedLoss, ...] = ()

    @property
    def losses(self) -> tuple[ReportedLoss, ...]:
        """Return what the targets cannot express, accepted or not."""
        return tuple(loss for one in self.targets for loss in one.losses)

    @property
    def manifest(self) -> Manifest:
        """Return what a manifest of this tree says, without its files."""
        names = tuple(one.target.name for one in self.targets)
        system = self.system
        return Manifest(system.strategy.name, system.phase, system.environment, __version__, names)


@dataclass(frozen=True, slots=True)
class OfferedTarget:
    """A target, and whether a phase has anything for it."""

    name: str
    title: str
    applies: bool


def every_target() -> tuple[Target, ...]:
    """Return all targets in the order in which they are rendered."""
    return tuple(target(name) for name in target_names())


def chosen_targets(names: Sequence[str], every: Sequence[Target]) -> tuple[Target, ...]:
    """Return the targets called `names` in the order of `every`; raise InputError for another."""
    known = {one.name for one in every}
    for name in names:
        if name not in known:
            from difflib import get_close_matches

            near = get_close_matches(name, known, n=1)
            guess = f"Did you mean {near[0]!r}? " if near else ""
            listed = ", ".join(sorted(known)) or "none"
            raise InputError(f"there is no target {name!r}", f"{guess}There are: {listed}.")
    return tuple(one for one in every if one.name in names)


def system_of(opened: Opened, phase: str, environment: str | None) -> System:
    """Return what targets render for `phase` in `environment` (None: production)."""
    locate = opened.loaded.source.locate
    return build_system(opened.strategy, opened.catalog, phase, environment, locate)


def rendered_tree(
    opened: Opened, system: System, targets: Sequence[Target], overlays: str | None
) -> RenderedTree:
    """Return every file of `targets` for `system`, with the overlays and the READMEs.

    Raises InputError with every part of an overlay that changes nothing.
    """
    root = overlay_root(opened, overlays, {one.name for one in targets})
    done = [_rendered(system, one, root) for one in targets if one.applies(system)]
    problems = [
        f"{root / one.target.name / problem.path}: {problem.reason}"
        for one in done
        for problem in one.overlaid.problems
    ]
    if problems:
        remedy = "Correct the overlay; see what is rendered without it in the folder."
        raise InputError("\n".join(problems), remedy)
    unwatched = _judged("", system, untold_alerts(system))
    index = index_readme(system, done, unwatched)
    files: dict[str, tuple[str, bytes]] = {README: ("", index.encode())}
    for one in done:
        name = one.target.name
        texts = {README: target_readme(system, one), **one.overlaid.files}
        files |= {f"{name}/{path}": (name, text.encode()) for path, text in texts.items()}
    return RenderedTree(system, tuple(done), files, unwatched)


def _rendered(system: System, one: Target, overlays: Path) -> RenderedTarget:
    rendering = one.render(system)
    files = {file.path: file.text for file in rendering.files}
    overlaid = apply_overlay(files, read_below(overlays / one.name))
    losses = _judged(one.name, system, rendering.losses)
    return RenderedTarget(one, rendering, overlaid, losses)


def _judged(target: str, system: System, losses: Sequence[Loss]) -> tuple[ReportedLoss, ...]:
    located = ((loss, system.where(*loss.path)) for loss in losses)
    return judged(target, located, system.strategy.waivers)


def overlay_root(opened: Opened, given: str | None, rendered: Set[str]) -> Path:
    """Return the folder of overlays: `given`, or the one beside the strategy.

    Raises InputError for a given one that is not there, and for a folder in it that is no
    target's: nobody would ever read it.
    """
    root = Path(given) if given else Path(opened.path).parent / OVERLAYS
    if given and not root.is_dir():
        raise InputError(f"{root}: there is no such folder", "Check --overlay.")
    known = tuple(dict.fromkeys((*target_names(), *sorted(rendered))))
    for one in sorted(root.iterdir()) if root.is_dir() else ():
        if one.is_dir() and one.name not in known and not one.name.startswith("."):
            raise InputError(
                f"{one}: there is no target {one.name!r}", f"There are: {', '.join(known)}."
            )
    return root

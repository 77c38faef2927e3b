"""`outgrow render`: renders phases into folders, and leaves alone what people wrote there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from outgrow.clients.git_merge import best_merge
from outgrow.clients.tree_folder import TreeFolder
from outgrow.errors import EXIT_ANSWER_IS_NO, EXIT_DONE, InputError, Interrupted
from outgrow.operations.opened import Opened
from outgrow.operations.rendered import (
    OfferedTarget,
    RenderedTree,
    chosen_targets,
    every_target,
    rendered_tree,
    system_of,
)
from outgrow.render.system.model import System
from outgrow.render.target import Target
from outgrow.render.tree.actions import Action, TreePlan, TreeWriter, apply_steps
from outgrow.render.tree.losses import ReportedLoss, told_once
from outgrow.render.tree.manifest import BASES, MANIFEST, PENDING, STATE, Manifest, parse_manifest
from outgrow.render.tree.plan import Disk, Wanted, Ways, paths_of_interest, plan_tree

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class RenderOptions:
    """How to render: which targets (none: all that apply), and what to do with the result."""

    targets: tuple[str, ...] = ()
    overlay: str | None = None
    check: bool = False
    merge: bool = False
    restore: bool = False
    accept_loss: bool = False
    dry_run: bool = False

    @property
    def writes(self) -> bool:
        """Return whether anything is to be written."""
        return not (self.check or self.dry_run)


@dataclass(frozen=True, slots=True)
class TreeReport:
    """What became, or would become, of every file of one folder."""

    folder: Path
    phase: str
    environment: str
    targets: tuple[str, ...]
    actions: tuple[Action, ...]
    current: bool


@dataclass(frozen=True, slots=True)
class RenderReport:
    """What was rendered where.

    `refused` holds the losses that nobody has accepted: with one, nothing is written.
    """

    trees: tuple[TreeReport, ...]
    losses: tuple[ReportedLoss, ...]
    refused: tuple[ReportedLoss, ...]
    written: bool
    checked: bool

    @property
    def conflicts(self) -> tuple[Action, ...]:
        """Return the files whose new version could not take their place."""
        return tuple(
            one for tree in self.trees for one in tree.actions if one.kind.value == "conflict"
        )

    @property
    def exit_code(self) -> int:
        """Return 1 for a loss, a conflict, or a check that finds something stale, else 0."""
        stale = self.checked and not all(tree.current for tree in self.trees)
        no = bool(self.refused) or bool(self.conflicts) or stale
        return EXIT_ANSWER_IS_NO if no else EXIT_DONE


@dataclass(frozen=True, slots=True)
class _Job:
    """A tree to be brought into a folder."""

    folder: TreeFolder
    tree: RenderedTree


def offered_targets(
    opened: Opened, phase: str, environment: str | None
) -> tuple[OfferedTarget, ...]:
    """Return every target, and whether `phase` in `environment` has anything for it."""
    system = system_of(opened, phase, environment)
    return tuple(OfferedTarget(one.name, one.title, one.applies(system)) for one in every_target())


def systems_of_all(opened: Opened) -> Iterator[System]:
    """Yield each phase in each environment once; one with a phase of its own shows only that."""
    strategy = opened.strategy
    seen = set()
    for phase in strategy.phases:
        for environment in (None, *strategy.environments):
            system = system_of(opened, phase, environment)
            key = (system.phase, system.environment)
            if key not in seen:
                seen.add(key)
                yield system


def render_phase(
    opened: Opened,
    phase: str,
    environment: str | None,
    out: str,
    options: RenderOptions,
    tell: Tell | None = None,
    targets: Sequence[Target] | None = None,
) -> RenderReport:
    """Render one phase into `out`. `targets` are those of the registry when left out.

    Raises InputError for what cannot be done, OutsideError when the disk refuses; every
    file is then whole, old or new, and running again goes on.
    """
    system = system_of(opened, phase, environment)
    return _render(opened, [(system, Path(out))], options, tell, targets)


def render_all(
    opened: Opened, out: str, options: RenderOptions, tell: Tell | None = None
) -> RenderReport:
    """Render every phase in every environment into `out/<phase>/<environment>`."""
    places = [(one, Path(out) / one.phase / one.environment) for one in systems_of_all(opened)]
    return _render(opened, places, options, tell, None)


def _render(
    opened: Opened,
    places: Sequence[tuple[System, Path]],
    options: RenderOptions,
    tell: Tell | None,
    targets: Sequence[Target] | None,
) -> RenderReport:
    every = every_target() if targets is None else tuple(targets)
    chosen = chosen_targets(options.targets, every) if options.targets else every
    jobs = []
    for system, path in places:
        if tell and len(places) > 1:
            tell(f"{system.phase} in {system.environment}")
        jobs.append(_job(opened, system, TreeFolder(path), chosen, every, options))
    # Who asks for a target asks for what that target says.
    whole = targets is None and not options.targets
    losses = told_once(
        loss for job in jobs for loss in (*job.tree.losses, *(job.tree.unwatched if whole else ()))
    )
    refused = tuple(one for one in losses if one.waived_because is None)
    if options.accept_loss:
        refused = ()
    if refused and options.writes:
        return RenderReport((), losses, refused, written=False, checked=False)
    trees = _carried_out(jobs, options)
    return RenderReport(trees, losses, refused, written=options.writes, checked=options.check)


def _job(
    opened: Opened,
    system: System,
    folder: TreeFolder,
    chosen: Sequence[Target],
    every: Sequence[Target],
    options: RenderOptions,
) -> _Job:
    """Return what to render; with chosen targets, the index still names those already there."""
    if options.targets:
        inapplicable = [one.name for one in chosen if not one.applies(system)]
        if inapplicable:
            raise InputError(
                f"{system.phase} in {system.environment} has nothing for {', '.join(inapplicable)}",
                "`outgrow render --list-targets` says which targets apply.",
            )
        there = _others_there(folder, system, {one.name for one in chosen})
        chosen = [one for one in every if one in chosen or one.name in there]
    return _Job(folder, rendered_tree(opened, system, chosen, options.overlay))


def _others_there(folder: TreeFolder, system: System, chosen: set[str]) -> set[str]:
    manifest = _manifest(folder, MANIFEST)
    others = set(manifest.targets) - chosen if manifest else set()
    if manifest and others:
        was, now = (manifest.phase, manifest.environment), (system.phase, system.environment)
        if was != now:
            raise InputError(
                f"{folder.root} holds {was[0]} in {was[1]}, with {', '.join(sorted(others))}",
                "Render without --target to replace all of it, or use another folder.",
            )
    return others


def _manifest(folder: TreeFolder, path: str) -> Manifest | None:
    content = folder.read(path)
    if content is None:
        return None
    return parse_manifest(content.decode("utf-8", "replace"), str(folder.root / path))


def _carried_out(jobs: Sequence[_Job], options: RenderOptions) -> tuple[TreeReport, ...]:
    """Plan every folder before the first file is written, then write."""
    with ExitStack() as locks:
        if options.writes:
            for job in jobs:
                locks.enter_context(job.folder.locked())
        plans = [_plan(job, options) for job in jobs]
        if options.writes:
            _write(jobs, plans)
    return tuple(_report(job, plan) for job, plan in zip(jobs, plans, strict=True))


def _write(jobs: Sequence[_Job], plans: Sequence[TreePlan]) -> None:
    done = 0
    try:
        for job, plan in zip(jobs, plans, strict=True):
            writer: TreeWriter = job.folder
            apply_steps(plan.steps, writer)
            done += 1
    except KeyboardInterrupt:
        folders = f"; {done} of {len(jobs)} folders are done" if len(jobs) > 1 else ""
        raise Interrupted(
            f"interrupted while writing{folders}; every file is whole, old or new",
            "Run the same command again to finish.",
        ) from None


def _plan(job: _Job, options: RenderOptions) -> TreePlan:
    tree = job.tree
    scope = frozenset(options.targets) if options.targets else None
    wanted = Wanted(tree.manifest, tree.files, scope)
    ways = Ways(best_merge() if options.merge else None, options.restore)
    return plan_tree(wanted, disk_of(job.folder, wanted), ways)


def disk_of(folder: TreeFolder, wanted: Wanted) -> Disk:
    """Return what `folder` holds of everything that `wanted` or its manifest speaks of."""
    manifest, pending = _manifest(folder, MANIFEST), _manifest(folder, PENDING)
    files, blocked = folder.read_all(paths_of_interest(wanted, manifest, pending))
    attributes = folder.read(f"{STATE}/.gitattributes")
    bases = folder.list_files(BASES)
    return Disk(files, blocked, bases, manifest, pending, has_attributes=attributes is not None)


def _report(job: _Job, plan: TreePlan) -> TreeReport:
    system = job.tree.system
    names = job.tree.manifest.targets
    return TreeReport(
        job.folder.root, system.phase, system.environment, names, plan.actions, plan.is_current
    )


def manifest_of(folder: str) -> Manifest:
    """Return the manifest of a rendered folder; raise InputError where there is none."""
    found = _manifest(TreeFolder(Path(folder)), MANIFEST)
    if found is None:
        raise InputError(
            f"{folder}: nothing is rendered there", "`outgrow render --out` renders a phase."
        )
    return found

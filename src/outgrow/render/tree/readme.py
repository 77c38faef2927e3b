"""The READMEs of a tree: what each folder is, how it is put to use, and what it costs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from outgrow.analysis.pricing.cost_line import Total
from outgrow.render.document.markdown_text import code_span, escape, escape_block
from outgrow.render.system.model import Connection, Part, Role, System
from outgrow.render.target import Rendering, Target
from outgrow.render.tree.losses import ReportedLoss, told_once
from outgrow.render.tree.overlay import Overlaid
from outgrow.units import format_usd

README = "README.md"
_BUILD_ONLY = frozenset({"dockerfile"})  # makes images; where they run is set up elsewhere
_WHOLE = "the whole phase"
_EITHER_OR = (
    (
        {"terraform-aws", "pulumi-aws"},
        "`terraform-aws` and `pulumi-aws` make the same things: use one of them.",
    ),
    (
        {"terraform-aws", "cloudwatch"},
        "The alarms of `cloudwatch` are in `terraform-aws` too: use that folder only without it.",
    ),
)
_NOTHING = Total(Decimal(0), False)


@dataclass(frozen=True, slots=True)
class RenderedTarget:
    """One target's files, with its overlay, and what it cannot express."""

    target: Target
    rendering: Rendering
    overlaid: Overlaid
    losses: tuple[ReportedLoss, ...] = ()


def index_readme(
    system: System, targets: Sequence[RenderedTarget], unwatched: Sequence[ReportedLoss] = ()
) -> str:
    """Return the README of the whole tree; `unwatched` are the alerts that no target has."""
    sections = [
        _intro(system),
        *_folders(system, targets),
        *_elsewhere(system, targets),
        *_costs(system, system.parts, whole=True),
        *_losses(told_once([*(loss for one in targets for loss in one.losses), *unwatched])),
        *_owning(),
    ]
    return _page(sections)


def target_readme(system: System, one: RenderedTarget) -> str:
    """Return the README of one target's folder."""
    covered = tuple(part for part in system.parts if part.name in one.rendering.covers)
    names = ", ".join(code_span(part.component, cell=False) for part in covered)
    what = f"It is for {names}." if names else ""
    sections = [
        f"# {escape(one.target.title)}: {_of(system)}",
        f"Rendered by `outgrow render`. {what}".strip(),
        *_commands(one),
        *_notes(one),
        *(() if one.target.name in _BUILD_ONLY else _costs(system, covered, whole=False)),
        *_overlay(one.overlaid),
        *_losses(one.losses),
    ]
    return _page(sections)


def _page(sections: Sequence[str]) -> str:
    return "\n\n".join(section for section in sections if section) + "\n"


def _of(system: System) -> str:
    strategy = escape(system.strategy.name)
    return f"{strategy}, phase {escape(system.phase)}, {escape(system.environment)}"


def _intro(system: System) -> str:
    where = system.where("phases", system.phase)
    return (
        f"# {_of(system)}\n\n"
        f"Rendered by `outgrow render` from {code_span(where, cell=False)} for {system.region}. "
        "The README of each folder has its commands; what others need comes first."
    )


def _folders(system: System, targets: Sequence[RenderedTarget]) -> Iterator[str]:
    if not targets:
        yield "Nothing of this phase is rendered: every part of it is rented and set up elsewhere."
        return
    rows = ["| folder | what it is | for |", "| --- | --- | --- |"]
    for one in targets:
        named = one.rendering.covers | one.rendering.about
        parts = [part.component for part in system.parts if part.name in named]
        name, title = one.target.name, escape(one.target.title)
        rows.append(f"| [{name}]({name}/) | {title} | {escape(', '.join(parts)) or _WHOLE} |")
    yield "\n".join(rows)
    rendered = {one.target.name for one in targets}
    yield "\n\n".join(said for names, said in _EITHER_OR if names <= rendered)


def _elsewhere(system: System, targets: Sequence[RenderedTarget]) -> Iterator[str]:
    covers = (one.rendering.covers for one in targets if one.target.name not in _BUILD_ONLY)
    covered = frozenset[str]().union(*covers)
    left = [part for part in system.parts if part.name not in covered]
    if not left:
        return
    yield "## Set up by hand"
    yield "These parts are rented from others, who have a page of their own to set them up:"
    yield "\n".join(f"- {_by_hand(system, part)}" for part in left)


def _by_hand(system: System, part: Part) -> str:
    offering = part.resource.offering
    name = offering.name if offering else part.resource.offering_id or "no offering"
    place = code_span(system.where(*part.resource.path), cell=False)
    told = f"**{escape(part.component)}**: {escape(name)} ({place})."
    if part.runs_on:
        return f"{told} It runs on {escape(part.runs_on)}: set it up there."
    if part.role is Role.APPLICATION:
        keys = [*part.secrets, *part.environment]
        variables = f" and set {_list(keys)} there" if keys else ""
        printed = " `outgrow env show` prints what is no secret." if part.spec.kit else ""
        return f"{told} Connect the repository{variables}.{printed}"
    given = [
        f"{code_span(one.key, cell=False)} of {escape(other.component)}{_which(one)}"
        for other in system.parts
        for one in other.connections
        if one.store == part.name
    ]
    if given:
        return f"{told} Create it, then give its address to {', '.join(dict.fromkeys(given))}."
    return f"{told} Create the account, and keep its key where the application reads it."


def _which(connection: Connection) -> str:
    return f" (its replica {connection.replica})" if connection.replica else ""


def _list(keys: Sequence[str]) -> str:
    return ", ".join(code_span(key, cell=False) for key in dict.fromkeys(keys))


def _commands(one: RenderedTarget) -> Iterator[str]:
    if one.rendering.commands:
        yield "## Put it to use"
        yield "Run these in this folder, in this order:"
        yield "\n".join(("```sh", *one.rendering.commands, "```"))


def _notes(one: RenderedTarget) -> Iterator[str]:
    for title, paragraphs in one.rendering.notes:
        yield f"## {title}"
        yield from paragraphs


def _costs(system: System, parts: Sequence[Part], *, whole: bool) -> Iterator[str]:
    """Yield the bill of `parts`; that of the whole has what belongs to no part as well."""
    costs = system.costs
    reports = (costs.low, costs.expected, costs.high)
    if not parts:
        return
    if not whole and all(_is_free(part) for part in parts):
        hosts = _list([str(part.runs_on) for part in parts])
        yield "## What it costs a month"
        yield f"Nothing by itself: it runs on {hosts}."
        return
    rows = ["| part | offering | low | expected | high |", "| --- | --- | ---: | ---: | ---: |"]
    sums = [_NOTHING] * 3
    for part in parts:
        totals = [report.of(part.component) for report in reports]
        sums = [a + b for a, b in zip(sums, totals, strict=True)]
        offering = f"on {part.runs_on}" if _is_free(part) else part.resource.offering_id
        cells = " | ".join(_usd(one) for one in totals)
        rows.append(f"| {escape(part.component)} | {escape(offering)} | {cells} |")
    if whole:
        if costs.expected.extras:
            others = [
                report.total.amount_usd_month - s.amount_usd_month
                for report, s in zip(reports, sums, strict=True)
            ]
            unknown = any(line.amount_usd_month is None for line in costs.expected.extras)
            cells = " | ".join(_usd(Total(one, unknown)) for one in others)
            rows.append(f"| everything else | | {cells} |")
        sums = [report.total for report in reports]
    rows.append(f"| **total** | | {' | '.join(f'**{_usd(one)}**' for one in sums)} |")
    yield "## What it costs a month"
    yield "\n".join(rows)
    if any(one.at_least for one in sums):
        yield (
            "*At least*: the price or the use of a part is not known. "
            f"`outgrow cost --phase {system.phase} --explain` says which."
        )


def _is_free(part: Part) -> bool:
    """Return whether a part is paid for by the machine that it runs on."""
    return bool(part.runs_on) and part.provider in ("", "self-hosted")


def _usd(total: Total) -> str:
    if not total.at_least:
        return format_usd(total.amount_usd_month)
    known = total.amount_usd_month
    return f"at least {format_usd(known)}" if known else "unknown"


def _overlay(overlaid: Overlaid) -> Iterator[str]:
    rows = [f"- {code_span(path, cell=False)} is changed by it" for path in overlaid.patched]
    rows += [f"- {code_span(path, cell=False)} comes from it" for path in overlaid.added]
    if rows:
        yield "## From the overlay"
        yield "\n".join(rows)


def _losses(losses: Sequence[ReportedLoss]) -> Iterator[str]:
    if not losses:
        return
    yield "## What the strategy says and these files do not"
    yield "\n".join(f"- {_lost(one)}" for one in losses)


def _lost(one: ReportedLoss) -> str:
    loss = one.loss
    place = code_span(one.place, cell=False)
    told = f"{escape_block(loss.what)} ({code_span(loss.code, cell=False)}, {place}): "
    told += _ended(loss.why)
    if loss.instead:
        told += f" Instead: {_ended(loss.instead)}"
    if one.waived_because is not None:
        told += f" Accepted: {_ended(one.waived_because)}"
    return told


def _ended(words: str) -> str:
    text = escape(words)
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _owning() -> Iterator[str]:
    yield "## Whose files these are"
    yield (
        "Yours. `outgrow render` replaces a file only while nobody has edited it. The new version "
        "of an edited one is laid beside it as `*.outgrow-new`; `--merge` joins the two. Keep "
        "`.outgrow-manifest.json` and `.outgrow/` in version control: they are how an edit is "
        "told from a rendering."
    )

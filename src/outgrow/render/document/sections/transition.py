"""A way from one phase to another: when, what changes, the steps, and what it may cost."""

from __future__ import annotations

from collections.abc import Iterable

from outgrow.analysis.signals.condition_words import describe
from outgrow.render.document.blocks import (
    Block,
    Code,
    Column,
    Details,
    Link,
    Paragraph,
    Row,
    Section,
    Table,
    Text,
    listed,
    text,
)
from outgrow.render.document.facts import StrategyFacts
from outgrow.render.document.sections.overview import phase_anchor, without_empty
from outgrow.render.document.words import (
    NOTHING,
    duration,
    number,
    span,
    warn_words,
    yes_no,
)
from outgrow.strategy.phases import Step, Transition

_UNSAID = "the team decides; no signal is stated"
_WAYS = {"up": "Grows into", "aside": "Turns aside to", "down": "Leads back to"}


def transition(source: str, target: str, way: Transition, facts: StrategyFacts) -> Section:
    """Return the section about the way from `source` to `target`."""
    title = facts.phase_title(target)
    blocks: list[Block] = []
    if way.description:
        blocks.append(Paragraph(text(way.description)))
    blocks.append(Details(tuple(_said(target, way, facts))))
    if way.steps:
        blocks.append(steps_table("Steps", way.steps))
    anchor = f"way-{source}-to-{target}"
    return Section(anchor, f"To {title}", tuple(blocks))


def _said(target: str, way: Transition, facts: StrategyFacts) -> Iterable[tuple[str, Text]]:
    yield _WAYS[way.direction], text(Link(facts.phase_title(target), phase_anchor(target)))
    yield "When", text(describe(way.when) if way.when else _UNSAID)
    if way.when is not None and warn_words(way.when):
        yield "Warns at", text(warn_words(way.when))
    if way.changes:
        yield "What changes", listed(way.changes)
    for title, seconds in (
        ("Downtime", way.downtime_seconds),
        ("Back in service within (RTO)", way.rto_seconds),
        ("Data lost at the most (RPO)", way.rpo_seconds),
    ):
        if seconds is not None:
            yield title, text(duration(seconds) if seconds else "none")
    if way.hold_old_days is not None:
        yield "The old one is kept", text(f"{number(way.hold_old_days)} days")
    if way.effort_days is not None:
        yield "Effort", text(span(way.effort_days, "days"))
    if way.complexity is not None:
        yield "Complexity", text(way.complexity)


def steps_table(caption: str, steps: list[Step]) -> Table:
    """Return the steps in order, with what can be undone and how each is verified."""
    columns = (
        Column("Step", numeric=True),
        Column("Do", wide=True),
        Column("Component"),
        Column("Downtime", numeric=True),
        Column("Can be undone"),
        Column("Verified by", wide=True),
    )
    rows = tuple(
        Row(
            (
                text(str(index)),
                text(step.do),
                text(Code(step.component) if step.component else NOTHING),
                text(NOTHING if step.downtime_seconds is None else duration(step.downtime_seconds)),
                text(yes_no(step.reversible)),
                text(step.verify or NOTHING),
            )
        )
        for index, step in enumerate(steps, start=1)
    )
    return without_empty(Table(caption, columns, rows))

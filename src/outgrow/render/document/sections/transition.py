"""A way from one phase to another: when, what changes, the steps, and what it may cost."""

from __future__ import annotations

from collections.abc import Iterable

from outgrow.render.document.blocks import (
    BREAK,
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
    joined,
    text,
)
from outgrow.render.document.facts import StrategyFacts
from outgrow.render.document.sections.overview import phase_anchor, without_empty
from outgrow.render.document.words import (
    NOTHING,
    condition_words,
    duration,
    number,
    span,
    yes_no,
)
from outgrow.strategy.phases import Step, Transition

_TITLES = {"up": "Next", "aside": "Turn aside", "down": "Back"}


def transition(source: str, target: str, way: Transition, facts: StrategyFacts) -> Section:
    """Return the section about the way from `source` to `target`."""
    title = facts.phase_title(target)
    blocks: list[Block] = []
    if way.description:
        blocks.append(Paragraph(text(way.description)))
    blocks.append(Details(tuple(_said(target, way, facts))))
    if way.steps:
        blocks.append(steps_table(f"Steps to {title}", way.steps))
    anchor = f"way-{source}-to-{target}"
    return Section(anchor, f"{_TITLES[way.direction]}: {title}", tuple(blocks))


def _said(target: str, way: Transition, facts: StrategyFacts) -> Iterable[tuple[str, Text]]:
    yield "To", text(Link(facts.phase_title(target), phase_anchor(target)))
    yield (
        "When",
        text(condition_words(way.when) if way.when else "the team decides; no signal is stated"),
    )
    if way.changes:
        yield "What changes", joined([text(change) for change in way.changes], BREAK)
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

"""The choices the team made, with the options it weighed, and the questions people ask."""

from __future__ import annotations

from collections.abc import Iterable

from outgrow.render.document.blocks import (
    Badge,
    Block,
    Column,
    Details,
    Row,
    Section,
    Strong,
    Table,
    after,
    listed,
    text,
)
from outgrow.render.document.facts import StrategyFacts
from outgrow.render.document.sections.overview import without_empty
from outgrow.render.document.words import NOTHING
from outgrow.strategy.practices import Decision, Option


def decisions(facts: StrategyFacts) -> Section:
    """Return each decision with what was chosen, why, and the options."""
    parts = tuple(
        Section(f"decision-{number}", one.question, tuple(_decision(one)))
        for number, one in enumerate(facts.strategy.decisions, start=1)
    )
    return Section("decisions", "Decisions", sections=parts)


def _decision(one: Decision) -> Iterable[Block]:
    said = [("Chosen", listed(Strong(name) for name in one.chosen) or text("not settled"))]
    if one.why:
        said.append(("Why", text(one.why)))
    yield Details(tuple(said))
    if one.options:
        columns = (
            Column("Option"),
            Column("For it", wide=True),
            Column("Against it", wide=True),
            Column("Use it if", wide=True),
        )
        rows = tuple(_option(option, option.name in one.chosen) for option in one.options)
        yield without_empty(Table("Options", columns, rows))


def _option(one: Option, chosen: bool) -> Row:
    lists = (one.pros, one.cons, one.use_if)
    return Row(
        (
            text(Strong(one.name), after(chosen, " ", Badge("chosen", "good"))),
            *(listed(items) or text(NOTHING) for items in lists),
        )
    )


def questions(facts: StrategyFacts) -> Section:
    """Return the questions people ask, with their answers."""
    asked = tuple((one.question, text(one.answer)) for one in facts.strategy.questions)
    blocks = (Details(asked),) if asked else ()
    return Section("questions", "Questions and answers", blocks, short="Questions")

"""The first page: the key figures, the phases at a glance, and what to do next."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from outgrow.analysis.claims.judgement import Verdict
from outgrow.analysis.signals.condition_words import describe
from outgrow.render.document.blocks import (
    Badge,
    Block,
    Column,
    Diagram,
    KeyFigure,
    KeyFigures,
    Link,
    Muted,
    Row,
    Section,
    Strong,
    Table,
    Text,
    Tone,
    after,
    listed,
    text,
)
from outgrow.render.document.facts import PhaseFacts, StrategyFacts
from outgrow.render.document.mermaid import phase_graph
from outgrow.render.document.svg_phases import phases_svg
from outgrow.render.document.words import (
    NOTHING,
    cost_range,
    number,
    percent,
    short_total,
    span,
    spread,
    usd_span,
    words,
)
from outgrow.units import format_usd


def phase_anchor(name: str) -> str:
    """Return the anchor of the section about the phase called `name`."""
    return f"phase-{name}"


def glance(facts: StrategyFacts) -> Section:
    """Return the key figures and the map of the phases."""
    current = facts.phase(facts.current)
    figures = [_now(current), _cost(current)]
    if current.gaps:
        figures.append(forgotten_figure(current))
    figures += [*_next(facts, current), *_economics(current)]
    if facts.judgements:
        figures.append(_held(facts))
    blocks: list[Block] = [KeyFigures(tuple(figures))]
    blocks += [_map(facts), _phase_table(facts)]
    return Section("at-a-glance", "At a glance", tuple(blocks))


def _now(current: PhaseFacts) -> KeyFigure:
    return KeyFigure("Phase now", text(current.title), text(served(current)))


def _cost(current: PhaseFacts) -> KeyFigure:
    span_words = cost_range(current.costs)
    total = short_total(current.total)
    note = "" if span_words in (total, "unknown") else f"{span_words} as demand varies"
    return KeyFigure("Its bill a month", text(total), text(note))


def forgotten_figure(one: PhaseFacts) -> KeyFigure:
    """Return how many things the plan of a phase forgot, and what they cost."""
    count = len(distinct_gaps(one))
    things = "thing" if count == 1 else "things"
    known = one.forgotten.amount_usd_month
    more = f"{short_total(one.forgotten)} a month more" if known else "at an unknown price"
    return KeyFigure("The plan forgot", text(f"{count} {things}"), text(more), "warn")


def _next(facts: StrategyFacts, current: PhaseFacts) -> Iterable[KeyFigure]:
    for name, transition in current.phase.next.items():
        if transition.direction == "up":
            when = describe(transition.when) if transition.when else "no signal is stated"
            title = facts.phase_title(name)
            yield KeyFigure("Then comes", text(Link(title, phase_anchor(name))), text(when))
            return


def _economics(current: PhaseFacts) -> Iterable[KeyFigure]:
    money = current.economics
    if money.cost_per_user_usd_month is not None and money.users is not None:
        each = format_usd(money.cost_per_user_usd_month)
        yield KeyFigure("Cost of one user", text(each), text(f"at {number(money.users)} users"))
    if money.revenue_share_high is not None and money.revenue_share_low is not None:
        tone: Tone = "bad" if money.within_share is False else "plain"
        ends = dict.fromkeys(
            percent(s) for s in (money.revenue_share_low, money.revenue_share_high)
        )
        yield KeyFigure("Share of revenue", text(" – ".join(ends)), tone=tone)


def _held(facts: StrategyFacts) -> KeyFigure:
    total = len(facts.judgements)
    wrong = sum(one.verdict is Verdict.DOES_NOT_HOLD for one in facts.judgements)
    value = text(Link(f"{wrong} of {total}", "checks"))
    return KeyFigure("Stated figures that do not hold", value, tone="bad" if wrong else "good")


def served(facts: PhaseFacts) -> str:
    """Return the ranges a phase serves in words, or its weeks, or what it is priced for."""
    phase = facts.phase
    if phase.serves:
        return ", ".join(span(value, words(name)) for name, value in phase.serves.items())
    weeks = phase.weeks
    if weeks is not None and weeks.from_week is not None:
        end = f"–{number(weeks.to_week)}" if weeks.to_week is not None else " and after"
        return f"weeks {number(weeks.from_week)}{end}"
    if weeks is not None and weeks.from_date is not None:
        end = "" if weeks.to_date is None else f" to {weeks.to_date.isoformat()}"
        return f"from {weeks.from_date.isoformat()}{end}"
    return ", ".join(f"{spread(v)} {words(name)}" for name, v in phase.expects.items()) or NOTHING


def distinct_gaps(facts: PhaseFacts) -> tuple[tuple[str, str], ...]:
    """Return what the plan forgot, once for all regions: code and component."""
    return tuple(dict.fromkeys((gap.code, gap.component) for gap in facts.gaps))


def _map(facts: StrategyFacts) -> Diagram:
    ways = "; ".join(
        f"{one.title} to {facts.phase_title(name)}"
        for one in facts.phases
        for name in one.phase.next
    )
    return Diagram(
        name="phases",
        title="The phases and the ways between them",
        description=f"{len(facts.phases)} phases. Ways: {ways or 'none'}.",
        svg=phases_svg(facts),
        mermaid=phase_graph(facts),
        caption=text("Solid ways grow, dashed ways turn aside, dotted ways lead back."),
    )


_PHASE_COLUMNS = (
    Column("Phase"),
    Column("Serves"),
    Column("A month, expected", numeric=True),
    Column("From – to", numeric=True),
    Column("Budget", numeric=True),
    Column("Forgotten", numeric=True),
    Column("Hours a week", numeric=True),
    Column("Complexity"),
    Column("Control"),
)


def _phase_table(facts: StrategyFacts) -> Table:
    rows = tuple(_phase_row(one, facts) for one in facts.phases)
    return without_empty(Table("The phases side by side", _PHASE_COLUMNS, rows))


def _phase_row(one: PhaseFacts, facts: StrategyFacts) -> Row:
    phase = one.phase
    now = text(" ", Badge("now", "good")) if one.name == facts.current else ()
    hours = phase.labour_hours_week
    return Row(
        (
            text(Link(one.title, phase_anchor(one.name)), now),
            text(served(one)),
            text(Strong(short_total(one.total))),
            text(cost_range(one.costs)),
            _budget(one),
            text(f"+ {short_total(one.forgotten)}" if one.gaps else NOTHING),
            text(NOTHING if hours is None else spread(hours)),
            text(phase.complexity or NOTHING),
            text(phase.control or NOTHING),
        )
    )


def _budget(one: PhaseFacts) -> Text:
    budget = one.phase.budget_usd_month
    if budget is None:
        return text(NOTHING)
    over = budget.high is not None and one.total.amount_usd_month > budget.high
    return text(usd_span(budget), " " if over else "", after(over, Badge("over", "bad")))


def without_empty(table: Table) -> Table:
    """Return `table` without the columns in which every cell is a dash."""
    rows = (*table.rows, *table.totals)
    kept = [
        index
        for index in range(len(table.columns))
        if index == 0 or any(row.cells[index] not in ((NOTHING,), ()) for row in rows)
    ]

    def narrow(row: Row) -> Row:
        return replace(row, cells=tuple(row.cells[index] for index in kept))

    return replace(
        table,
        columns=tuple(table.columns[index] for index in kept),
        rows=tuple(narrow(row) for row in table.rows),
        totals=tuple(narrow(row) for row in table.totals),
    )


def next_steps(facts: StrategyFacts) -> Section:
    """Return what to do at which number of users, in the order of the file."""
    groups: dict[str, list[Text]] = {}
    for step in facts.strategy.next_steps:
        moments = [f"{number(value)} {words(name)}" for name, value in step.at.items()]
        moment = ", ".join([*moments, step.when] if step.when else moments)
        groups.setdefault(moment or "At any time", []).append(_step(step.do, step.phase, facts))
    rows = tuple(Row((text(Strong(moment)), listed(steps))) for moment, steps in groups.items())
    columns = (Column("At"), Column("Do", wide=True))
    blocks: tuple[Block, ...] = (Table("What to do, and when", columns, rows),) if rows else ()
    return Section("next-steps", "Next steps", blocks)


def _step(do: str, phase: str | None, facts: StrategyFacts) -> Text:
    if phase is None or phase not in facts.strategy.phases:
        return text(do)
    return text(do, " ", Muted("→ "), Link(facts.phase_title(phase), phase_anchor(phase)))

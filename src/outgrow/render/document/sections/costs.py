"""What it costs: every phase beside the others, and the curve over demand."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal

from outgrow.analysis.pricing.cost_line import Total
from outgrow.render.document.blocks import (
    Block,
    Code,
    Column,
    Details,
    Diagram,
    Muted,
    Paragraph,
    Row,
    Section,
    Strong,
    Table,
    Text,
    text,
)
from outgrow.render.document.facts import PhaseFacts, StrategyFacts
from outgrow.render.document.svg_curve import curve_svg, drawn_curves
from outgrow.render.document.words import (
    NOTHING,
    cost_range,
    listing,
    number,
    percent,
    total_words,
    usd_span,
    usd_spread,
    words,
)
from outgrow.units import format_usd

Cell = Callable[[PhaseFacts], str]


def costs(facts: StrategyFacts) -> Section:
    """Return the cost summary, the curve, and what money means to the team."""
    blocks: list[Block] = [
        Paragraph(
            text(
                "List prices in USD a month of 730 hours, at the demand each phase expects. ",
                "A figure marked ≥ is at least that much: a part of it has no known price.",
            )
        ),
        summary(facts),
        *_curve(facts),
        *_finance(facts),
    ]
    return Section("costs", "What it costs", tuple(blocks), short="Costs")


def summary(facts: StrategyFacts) -> Table:
    """Return components against phases, with totals and what stands beside the bill."""
    columns = (Column("Component"), *(Column(one.title, numeric=True) for one in facts.phases))
    return Table(
        "Cost summary: each component in each phase",
        columns,
        tuple(_component_rows(facts)),
        tuple(_total_rows(facts)),
    )


def _component_rows(facts: StrategyFacts) -> Iterable[Row]:
    for name in facts.strategy.components:
        cells = [_component_cost(one, name) for one in facts.phases]
        if any(cell != NOTHING for cell in cells):
            yield _row(text(Code(name)), cells)
    extras = dict.fromkeys(e.name for one in facts.phases for e in one.topology.extra_costs)
    for name in extras:
        yield _row(text(words(name)), [_extra_cost(one, name) for one in facts.phases])


def _row(head: Text, cells: Iterable[str]) -> Row:
    return Row((head, *(text(cell) for cell in cells)))


def _component_cost(one: PhaseFacts, component: str) -> str:
    resources = one.topology.of(component)
    if not resources:
        return NOTHING
    total = one.costs.expected.of(component)
    if resources[0].runs_on and total == Total(Decimal(0), False):
        return f"on {resources[0].runs_on}"
    return total_words(total)


def _extra_cost(one: PhaseFacts, name: str) -> str:
    lines = [line for line in one.costs.expected.extras if line.name.startswith(f"{name}: ")]
    if not lines:
        return NOTHING
    known = [line.amount_usd_month for line in lines if line.amount_usd_month is not None]
    return format_usd(sum(known, Decimal(0))) if len(known) == len(lines) else "unknown"


def _total_rows(facts: StrategyFacts) -> Iterable[Row]:
    yield Row(
        (
            text(Strong("Total, expected")),
            *(text(Strong(total_words(one.total))) for one in facts.phases),
        )
    )
    for head, cell in _BESIDE:
        cells = [cell(one) for one in facts.phases]
        if any(text_ != NOTHING for text_ in cells):
            yield _row(text(head), cells)


def _range_if_any(one: PhaseFacts) -> str:
    both = one.costs.low.total, one.costs.high.total
    return NOTHING if both[0] == both[1] else cost_range(one.costs)


def _forgotten(one: PhaseFacts) -> str:
    return f"+ {total_words(one.forgotten)}" if one.gaps else NOTHING


def _with_forgotten(one: PhaseFacts) -> str:
    return total_words(one.total + one.forgotten) if one.gaps else NOTHING


def _allowances(one: PhaseFacts) -> str:
    amount = one.costs.expected.allowances_usd_month
    return f"- {format_usd(amount)}" if amount else NOTHING


def _once(one: PhaseFacts) -> str:
    amount = one.costs.expected.once_usd
    return format_usd(amount) if amount else NOTHING


def _budget(one: PhaseFacts) -> str:
    budget = one.phase.budget_usd_month
    return NOTHING if budget is None else usd_span(budget)


def _labour(one: PhaseFacts) -> str:
    amount = one.costs.expected.labour_usd_month
    return NOTHING if amount is None else format_usd(amount)


def _per_user(one: PhaseFacts) -> str:
    each = one.economics.cost_per_user_usd_month
    return NOTHING if each is None else format_usd(each)


def _revenue_share(one: PhaseFacts) -> str:
    low, high = one.economics.revenue_share_low, one.economics.revenue_share_high
    if low is None or high is None:
        return NOTHING
    return percent(low) if low == high else f"{percent(low)} – {percent(high)}"


_BESIDE: tuple[tuple[str, Cell], ...] = (
    ("Low to high", _range_if_any),
    ("What the plan forgot", _forgotten),
    ("Total with it", _with_forgotten),
    ("Free allowances of the accounts", _allowances),
    ("Paid once", _once),
    ("Budget", _budget),
    ("Labour, beside the bill", _labour),
    ("Cost of one user", _per_user),
    ("Share of revenue", _revenue_share),
)


def _curve(facts: StrategyFacts) -> Iterable[Block]:
    drawn = drawn_curves(facts)
    if not drawn:
        return
    demand = words(facts.curve_demand)
    yield Diagram(
        name="cost-curve",
        title=f"Cost a month over {demand}",
        description="; ".join(
            f"{facts.phase_title(c.phase)}: {total_words(c.points[0].expected)} at "
            f"{number(c.points[0].value)} {demand}, {total_words(c.points[-1].expected)} at "
            f"{number(c.points[-1].value)}"
            for c in drawn
        ),
        svg=curve_svg(facts),
        caption=_curve_caption(facts),
    )


def _curve_caption(facts: StrategyFacts) -> Text:
    said = ["Line: expected; band: lowest to highest; dashed: at least, as a price is unknown."]
    fixed = _held(facts)
    if fixed:
        demand = words(facts.curve_demand)
        said.append(f"Only {demand} vary; {listing(fixed)} as each phase expects.")
    drawn = {curve.phase for curve in drawn_curves(facts)}
    missing = [one.title for one in facts.phases if one.name not in drawn]
    if missing:
        said.append(f"Not drawn, for lack of a range or of any price: {listing(missing)}.")
    return text(" ".join(said))


def _held(facts: StrategyFacts) -> list[str]:
    """Return the variables that phases expect and that do not follow the drawn one."""
    expected = dict.fromkeys(name for one in facts.phases for name in one.phase.expects)
    return [words(name) for name in expected if name != facts.curve_demand]


def _finance(facts: StrategyFacts) -> Iterable[Block]:
    money = facts.strategy.finance
    said: list[tuple[str, Text]] = []
    if money.arpu_usd_month is not None:
        said.append(("Revenue of one user", text(usd_spread(money.arpu_usd_month), " a month")))
    if money.revenue_share_max is not None:
        said.append(("Share of revenue at the most", text(percent(money.revenue_share_max))))
    if money.labour_usd_hour is not None:
        said.append(("An hour of work", text(format_usd(money.labour_usd_hour))))
    if money.downtime_usd_hour is not None:
        said.append(("An hour of downtime", text(format_usd(money.downtime_usd_hour))))
    for name, rate in money.currencies.items():
        said.append((f"1 {name}", text(f"${number(rate)}", Muted(" at the team's own rate"))))
    if said:
        yield Details(tuple(said))

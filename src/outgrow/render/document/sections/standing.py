"""Where one stands by measured usage: the verdict, the room left, what fires, what comes first."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from outgrow.analysis.signals.outcome import State
from outgrow.analysis.status.assessment import Assessment, Verdict
from outgrow.analysis.status.findings import Finding
from outgrow.analysis.status.headroom import Headroom
from outgrow.analysis.status.waiting import Bound, Money
from outgrow.render.document.blocks import (
    Badge,
    Block,
    Bullets,
    Code,
    Column,
    Details,
    Fold,
    KeyFigure,
    KeyFigures,
    Link,
    Meter,
    Muted,
    Paragraph,
    Row,
    Section,
    Strong,
    Table,
    Text,
    Tone,
    marked,
    text,
)
from outgrow.render.document.facts import StrategyFacts
from outgrow.render.document.sections.overview import phase_anchor, without_empty
from outgrow.render.document.words import NOTHING, percent, short_total, short_usd, words
from outgrow.render.document.words import spread as spread_words

_VERDICTS: dict[Verdict, tuple[str, Tone]] = {
    Verdict.STAY: ("Stay", "good"),
    Verdict.PREPARE: ("Prepare", "warn"),
    Verdict.MOVE: ("Move now", "bad"),
    Verdict.UNKNOWN: ("Not known", "quiet"),
}
_STATES: dict[State, tuple[str, Tone]] = {
    State.HOLDS: ("fires", "bad"),
    State.WARN: ("near", "warn"),
    State.NO: ("quiet", "good"),
    State.UNKNOWN: ("unknown", "quiet"),
}
_TONES: dict[State, Tone] = {
    State.HOLDS: "bad",
    State.WARN: "warn",
    State.NO: "good",
    State.UNKNOWN: "quiet",
}


def standing(facts: StrategyFacts) -> Section:
    """Return what measured usage says; nothing without any."""
    found = facts.assessment
    if found is None:
        return Section("standing", "Where we stand")
    blocks: list[Block] = [Paragraph(_said(found)), KeyFigures(tuple(_figures(found, facts)))]
    blocks += _to_do(found)
    blocks += _headroom(found)
    blocks += _findings(found)
    blocks += _crossings(found)
    blocks += _money(found)
    blocks += _unknowns(found)
    return Section("standing", "Where we stand", tuple(blocks))


def _said(found: Assessment) -> Text:
    word, tone = _VERDICTS[found.verdict]
    notes = f" {'. '.join(_sentence(note) for note in found.notes)}." if found.notes else ""
    return text(Badge(word, tone), " ", marked(f"{_sentence(found.because)}."), Muted(notes))


def _sentence(words_: str) -> str:
    return words_[:1].upper() + words_[1:]


def _figures(found: Assessment, facts: StrategyFacts) -> Iterable[KeyFigure]:
    if found.phase is not None:
        link = Link(facts.phase_title(found.phase), phase_anchor(found.phase))
        yield KeyFigure("Phase", text(link), marked(found.phase_because))
    if found.cost_now is not None:
        value = text(short_total(found.cost_now.expected))
        yield KeyFigure("Its bill at the measured demand", value)
    way = found.next
    if way is not None:
        title = Link(facts.phase_title(way.phase), phase_anchor(way.phase))
        note = f"{short_total(way.cost.expected)} a month at the same demand"
        yield KeyFigure("Next", text(title), text(note))
    first = found.first_crossing
    if first is not None:
        yield KeyFigure("Reached first", text(words(first.metric)), marked(first.reason))


def _to_do(found: Assessment) -> Iterable[Block]:
    if found.to_do:
        yield Paragraph(text(Strong("What to do")))
        yield Bullets(tuple(marked(one) for one in found.to_do))


def _headroom(found: Assessment) -> Iterable[Block]:
    known = [one for one in found.headroom if one.share is not None]
    if not known:
        return
    columns = (
        Column("Limit"),
        Column("In use", wide=True),
        Column("Used", numeric=True),
        Column("Limit is", numeric=True),
        Column("Measured or derived"),
    )
    ordered = sorted(known, key=lambda one: -(one.share or Decimal(0)))
    rows = tuple(_headroom_row(one) for one in ordered)
    yield without_empty(Table("Room left, the fullest first", columns, rows))


def _headroom_row(one: Headroom) -> Row:
    share = one.share or Decimal(0)
    return Row(
        (
            text(Code(one.name)),
            text(Meter(share, percent(share), _TONES[one.state])),
            text(spread_words(one.used)),
            text(spread_words(one.limit)),
            text("measured" if one.measured else "derived from the demand"),
        )
    )


def _findings(found: Assessment) -> Iterable[Block]:
    columns = (Column("State"), Column("About"), Column("Because", wide=True))
    told = [one for one in found.findings if one.state in (State.HOLDS, State.WARN)]
    if told:
        rows = tuple(_finding_row(one) for one in told)
        yield Table("Signals that fire or are near", columns, rows)
    else:
        yield Paragraph(text("No signal fires and none is near, as far as it can be told."))
    unknown = [one for one in found.findings if one.state is State.UNKNOWN]
    if unknown:
        rows = tuple(_finding_row(one) for one in unknown)
        table = Table("Signals that cannot be told", columns, rows)
        yield Fold(f"Signals that cannot be told ({len(unknown)})", (table,))


def _finding_row(one: Finding) -> Row:
    word, tone = _STATES[one.state]
    return Row((text(Badge(word, tone)), text(f"{one.kind} ", Code(one.name)), marked(one.reason)))


def _crossings(found: Assessment) -> Iterable[Block]:
    dated = [one for one in found.crossings if one.crossing is not None]
    if dated:
        rows = tuple(Row((text(Code(one.metric)), marked(one.reason))) for one in dated)
        columns = (Column("Metric"), Column("What it reaches, and when", wide=True))
        yield Table("What is reached, the first to come first", columns, rows)


def _money(found: Assessment) -> Iterable[Block]:
    said = [
        (title, _amount(money))
        for title, money in (
            ("Moving today instead", found.moving_early),
            ("Waiting", found.waiting),
        )
        if money is not None
    ]
    if said:
        yield Details(tuple(said))


def _amount(money: Money) -> Text:
    if money.amount_usd is None:
        return marked(money.because)
    bound = "" if money.bound is Bound.EXACT else f"{money.bound.value} "
    per = "once" if money.per == "once" else f"a {money.per}"
    return text(Strong(f"{bound}{short_usd(money.amount_usd)} {per}"), Muted(f" {money.because}"))


def _unknowns(found: Assessment) -> Iterable[Block]:
    if not found.unknowns:
        return
    columns = (
        Column("Cannot be told"),
        Column("Because", wide=True),
        Column("Where to measure it", wide=True),
    )
    rows = tuple(
        Row((text(one.about), marked(one.because), marked(one.measure) or text(NOTHING)))
        for one in found.unknowns
    )
    table = without_empty(Table("What is unknown, and what would tell", columns, rows))
    yield Fold(f"What is unknown, and what would tell ({len(rows)})", (table,))

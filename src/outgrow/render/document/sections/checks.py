"""What the plan says against what it costs: every stated figure, and what does not add up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from outgrow.analysis.claims.judgement import Judgement, Verdict
from outgrow.diagnostics import Diagnostic, Severity
from outgrow.render.document.blocks import (
    BREAK,
    Badge,
    Block,
    Bullets,
    Code,
    Column,
    Muted,
    Paragraph,
    Row,
    Section,
    Strong,
    Table,
    Tone,
    marked,
    text,
)
from outgrow.render.document.facts import StrategyFacts
from outgrow.render.document.sections.overview import without_empty
from outgrow.render.document.sources import SourceBook
from outgrow.render.document.words import NOTHING, span
from outgrow.strategy.claims import Claim

_VERDICTS: dict[Verdict, tuple[str, Tone]] = {
    Verdict.HOLDS: ("holds", "good"),
    Verdict.NEAR: ("nearly holds", "warn"),
    Verdict.HOLDS_IF: ("holds if", "warn"),
    Verdict.DOES_NOT_HOLD: ("does not hold", "bad"),
    Verdict.UNKNOWN: ("unknown", "quiet"),
    Verdict.RISK: ("at risk", "warn"),
}
_COUNTED: dict[Verdict, str] = {  # the order of the table: what is wrong comes first
    Verdict.DOES_NOT_HOLD: "do not hold",
    Verdict.RISK: "are at risk",
    Verdict.NEAR: "nearly hold",
    Verdict.HOLDS_IF: "hold under a condition",
    Verdict.UNKNOWN: "cannot be told",
    Verdict.HOLDS: "hold",
}
_SEVERITIES: dict[Severity, Tone] = {
    Severity.ERROR: "bad",
    Severity.WARNING: "warn",
    Severity.NOTE: "plain",
}


_ORDER = tuple(_COUNTED)


def checks(facts: StrategyFacts, sources: SourceBook) -> Section:
    """Return the verdict on every claim, the contradictions, and what the team accepts."""
    blocks: list[Block] = []
    blocks += _claims(facts, sources)
    blocks += _findings(facts)
    blocks += _waivers(facts)
    title = "What the plan says against what it costs"
    return Section("checks", title, tuple(blocks), short="What holds, what does not")


def _claims(facts: StrategyFacts, sources: SourceBook) -> Iterable[Block]:
    judgements = facts.judgements
    if not judgements:
        return
    yield Paragraph(text(_counted(judgements)))
    columns = (
        Column("Verdict"),
        Column("The plan says", wide=True),
        Column("Stated", numeric=True),
        Column("Real", numeric=True),
        Column("Why", wide=True),
        Column("Source"),
    )
    rows = tuple(
        _claim_row(one, facts.strategy.claims[one.claim], sources)
        for one in sorted(judgements, key=lambda one: _ORDER.index(one.verdict))
    )
    yield without_empty(Table("Every figure that the plan states, checked", columns, rows))


def _counted(judgements: tuple[Judgement, ...]) -> str:
    counts = Counter(one.verdict for one in judgements)
    said = ", ".join(
        f"{counts[verdict]} {_COUNTED[verdict]}" for verdict in _COUNTED if counts[verdict]
    )
    return f"Of {len(judgements)} figures that the plan states and that can be checked, {said}."


def _claim_row(one: Judgement, claim: Claim, sources: SourceBook) -> Row:
    words, tone = _VERDICTS[one.verdict]
    where = (BREAK, Muted(claim.where)) if claim.where else ()
    stated = NOTHING if one.stated is None else _stated(one)
    real = NOTHING if one.real is None else one.real.text(one.unit)
    return Row(
        (
            text(Badge(words, tone)),
            text(claim.says, where),
            text(stated),
            text(real),
            text(marked(one.reason), *((BREAK, Muted(claim.note)) if claim.note else ())),
            sources.marks(one.sources),
        ),
        tone if tone == "bad" else "plain",
    )


def _stated(one: Judgement) -> str:
    assert one.stated is not None
    said = span(one.stated)
    return said if one.unit in ("", "USD/month") else f"{said} {one.unit}"


def _findings(facts: StrategyFacts) -> Iterable[Block]:
    found = [one for one in facts.findings if one.path[:1] != ("claims",)]
    if not found:
        return
    columns = (
        Column("Level"),
        Column("Where"),
        Column("What does not add up", wide=True),
        Column("What to do", wide=True),
    )
    rows = tuple(_finding_row(one) for one in found)
    yield without_empty(Table("What does not add up in the plan itself", columns, rows))


def _finding_row(one: Diagnostic) -> Row:
    source = (BREAK, Muted(one.source)) if one.source else ()
    return Row(
        (
            text(Badge(one.severity.value, _SEVERITIES[one.severity])),
            text(Code(one.path_text) if one.path else NOTHING),
            text(marked(one.reason), source),
            marked(one.remedy) or text(NOTHING),
        )
    )


def _waivers(facts: StrategyFacts) -> Iterable[Block]:
    waivers = facts.strategy.waivers
    if waivers:
        yield Paragraph(text(Strong("Found, and accepted by the team")))
        yield Bullets(
            tuple(
                text(Code(one.code), f" {one.path}" if one.path else "", f": {one.why}")
                for one in waivers
            )
        )

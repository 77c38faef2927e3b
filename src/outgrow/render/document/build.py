"""Puts the sections together into one document."""

from __future__ import annotations

from outgrow.render.document.blocks import Section, StrategyDocument
from outgrow.render.document.facts import StrategyFacts
from outgrow.render.document.sections.checks import checks
from outgrow.render.document.sections.choices import decisions, questions
from outgrow.render.document.sections.costs import costs
from outgrow.render.document.sections.deciding import deciding
from outgrow.render.document.sections.environments import environments
from outgrow.render.document.sections.overview import glance, next_steps
from outgrow.render.document.sections.phase import phases
from outgrow.render.document.sections.practice import checklist, operations
from outgrow.render.document.sections.standing import standing
from outgrow.render.document.sections.system import system
from outgrow.render.document.sections.watching import watching
from outgrow.render.document.sources import SourceBook


def build_document(facts: StrategyFacts) -> StrategyDocument:
    """Return the document; a section about which the strategy says nothing is not there."""
    strategy = facts.strategy
    sources = SourceBook()
    sections = (
        glance(facts),
        standing(facts),
        costs(facts),
        next_steps(facts),
        phases(facts, sources),
        environments(facts),
        deciding(facts),
        decisions(facts),
        watching(facts),
        operations(facts),
        checklist(strategy.security, "security", "Security checklist"),
        checklist(strategy.practices, "practices", "Practices"),
        checks(facts, sources),
        system(facts),
        questions(facts),
        _sources(sources),
    )
    return StrategyDocument(
        name=strategy.name,
        description=strategy.description,
        origin=strategy.source,
        as_of=facts.as_of.isoformat() if facts.as_of else "",
        sections=tuple(section for section in sections if not section.empty),
    )


def _sources(sources: SourceBook) -> Section:
    table = sources.table()
    return Section("sources", "Sources", (table,) if table is not None else ())

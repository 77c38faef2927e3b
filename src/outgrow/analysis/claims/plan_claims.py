"""Judges whether a plan is sold, and whether somebody still looks after a piece of software."""

from __future__ import annotations

from outgrow.analysis.claims.evidence import Evidence
from outgrow.analysis.claims.judgement import Judgement, Verdict, judged
from outgrow.catalog.offering import Offering
from outgrow.strategy.claims import Claim


def judge_exists(name: str, claim: Claim, evidence: Evidence) -> Judgement:
    """Return "does not hold" for a plan that a source says is not sold; no plan is unknown."""
    assert claim.exists is not None
    offering = evidence.offering(claim.exists)
    if offering is None:
        return _judge_missing(name, claim, evidence)
    if offering.available:
        return judged(
            name,
            claim,
            Verdict.HOLDS,
            f"{offering.id} is sold",
            sources=[offering.provenance],
        )
    why = f"{offering.id} is not sold: {offering.notes or 'no source knows it'}"
    return judged(name, claim, Verdict.DOES_NOT_HOLD, why, sources=[offering.provenance])


def _judge_missing(name: str, claim: Claim, evidence: Evidence) -> Judgement:
    """Return "does not hold" for a size of what has no sizes, and otherwise "unknown"."""
    assert claim.exists is not None
    parent_id, _, size = claim.exists.rpartition("/")
    parent = evidence.offering(parent_id)
    if parent is None:
        why = f"the catalogue has no offering {claim.exists!r}, which does not show there is none"
        return judged(name, claim, Verdict.UNKNOWN, why)
    told = f": {parent.notes}" if parent.notes else ""
    why = f"{parent_id} has no sizes, so there is no {size} of it{told}"
    return judged(name, claim, Verdict.DOES_NOT_HOLD, why, sources=[parent.provenance])


def judge_maintained(name: str, claim: Claim, evidence: Evidence) -> Judgement:
    """Return "risk" for what nobody maintains any more."""
    assert claim.maintained is not None
    offering = evidence.offering(claim.maintained)
    maintained = None if offering is None else offering.capabilities.maintained
    if offering is None or maintained is None:
        why = f"no source says whether {claim.maintained} is maintained"
        return judged(name, claim, Verdict.UNKNOWN, why)
    sources = [offering.capabilities.provenance]
    if maintained:
        return judged(name, claim, Verdict.HOLDS, f"{offering.id} is maintained", sources=sources)
    return judged(name, claim, Verdict.RISK, _unmaintained(offering), sources=sources)


def _unmaintained(offering: Offering) -> str:
    told = offering.capabilities.provenance
    notes = told.notes if told is not None and told.notes else offering.notes
    return f"{offering.id} is not maintained any more: {notes}"

"""Judges what a document says an offering allows, can do, or has."""

from __future__ import annotations

from decimal import Decimal

from outgrow.analysis.claims.evidence import Evidence
from outgrow.analysis.claims.fit import fit
from outgrow.analysis.claims.judgement import (
    Figure,
    Judgement,
    Reading,
    Verdict,
    judged,
)
from outgrow.analysis.claims.measures import in_unit_of
from outgrow.catalog.offering import Limit, Offering
from outgrow.strategy.claims import Claim
from outgrow.strategy.fields import Range
from outgrow.units import format_number

_EXACTLY = Decimal(0)
_DEFAULT_UNIT = "USD/month"
_SIZES = ("vcpu", "memory_gib", "storage_gib")


def judge_limit(name: str, claim: Claim, evidence: Evidence) -> Judgement:
    """Return the verdict on a claim about a limit or capability: exact, unit for unit.

    What the catalogue does not know is unknown. A value that belongs to another limit of the
    offering is mislabelled, and that limit is named.
    """
    assert claim.limit is not None
    offering = evidence.offering(claim.limit.offering)
    if offering is None:
        why = f"the catalogue has no offering {claim.limit.offering!r}"
        return judged(name, claim, Verdict.UNKNOWN, why)
    if claim.limit.capability is not None:
        return _judge_capability(name, claim, offering, claim.limit.capability)
    return _judge_limit(name, claim, offering, claim.limit.limit or "")


def _judge_limit(name: str, claim: Claim, offering: Offering, limit_name: str) -> Judgement:
    limit = offering.limit(limit_name)
    stated = _stated(claim, limit_name)
    bearer = _bearer(claim, offering, limit_name)
    sources = [one.provenance for one in (limit, bearer) if one is not None]
    mislabelled = f"; {_told(bearer)} is its {bearer.name}" if bearer is not None else ""
    real = None
    if limit is None:
        verdict = Verdict.DOES_NOT_HOLD if bearer is not None else Verdict.UNKNOWN
        reason = f"the catalogue has no limit {limit_name} of {offering.id}{mislabelled}"
    elif limit.value is None:
        verdict = Verdict.UNKNOWN
        reason = f"{limit_name} of {offering.id} is not one number: {limit.text or 'unknown'}"
    else:
        real = Figure(limit.value, limit.value)
        holds = stated is None or fit(stated, real, _tolerance(claim)).holds
        verdict = Verdict.HOLDS if holds else Verdict.DOES_NOT_HOLD
        said = "" if holds else f", not {_stated_words(claim)}{mislabelled}"
        reason = f"{limit_name} of {offering.id} is {format_number(limit.value)}{said}"
    return judged(name, claim, verdict, reason, real, sources=sources)


def _bearer(claim: Claim, offering: Offering, but: str) -> Limit | None:
    """Return the limit of another name that has the stated value, in its own unit."""
    if claim.states is None or claim.states.low != claim.states.high:
        return None
    for limit in offering.limits:
        if limit.name == but or limit.value is None or not _same_kind(claim, limit, but):
            continue
        stated = _stated(claim, limit.name)
        if stated is not None and stated.low == limit.value:
            return limit
    return None


def _same_kind(claim: Claim, limit: Limit, but: str) -> bool:
    """Return whether the two limits count the same unit: 500 users are not 500 connections."""
    unit = "" if claim.unit == _DEFAULT_UNIT else claim.unit
    return in_unit_of(limit.name, Decimal(1), unit or _unit_token(but)) is not None


def _unit_token(limit_name: str) -> str:
    tokens = [one for one in limit_name.split("_") if one in ("gb", "gib", "mb", "mib", "tb")]
    return tokens[0] if tokens else ""


def _told(limit: Limit) -> str:
    return format_number(limit.value) if limit.value is not None else limit.text


def _stated(claim: Claim, limit_name: str) -> Range | None:
    """Return the stated figure in the unit that the limit's name ends with."""
    if claim.states is None:
        return None
    unit = "" if claim.unit == _DEFAULT_UNIT else claim.unit
    low = in_unit_of(limit_name, claim.states.low, unit)
    high = None
    if claim.states.high is not None:
        high = in_unit_of(limit_name, claim.states.high, unit)
    if low is None:
        return claim.states
    return Range(low=low, high=high)


def _stated_words(claim: Claim) -> str:
    unit = "" if claim.unit == _DEFAULT_UNIT else f" {claim.unit}"
    return f"{claim.states}{unit}"


def _tolerance(claim: Claim) -> Decimal:
    """Return the tolerance if the claim writes one; a limit is otherwise exact."""
    return claim.tolerance if "tolerance" in claim.model_fields_set else _EXACTLY


def _judge_capability(name: str, claim: Claim, offering: Offering, capability: str) -> Judgement:
    value: bool | Decimal | None = getattr(offering.capabilities, capability, None)
    words = capability.replace("_", " ")
    sources = [offering.capabilities.provenance]
    if value is None:
        is_figure = claim.states is not None
        why = f"no source says whether {offering.id} has {words}"
        why = f"no source gives the {words} of {offering.id}" if is_figure else why
        return judged(name, claim, Verdict.UNKNOWN, why)
    if isinstance(value, bool):
        said_to_be_there = claim.limit is None or not claim.limit.lacks
        verdict = Verdict.HOLDS if value is said_to_be_there else Verdict.DOES_NOT_HOLD
        why = f"{words} of {offering.id}: {'yes' if value else 'no'}"
        return judged(name, claim, verdict, why, sources=sources)
    real = Figure(value, value)
    holds = claim.states is None or fit(claim.states, real, _tolerance(claim)).holds
    said = "" if holds else f", not {_stated_words(claim)}"
    why = f"{words} of {offering.id}: {format_number(value)}{said}"
    verdict = Verdict.HOLDS if holds else Verdict.DOES_NOT_HOLD
    return judged(name, claim, verdict, why, real, sources=sources)


def judge_size(name: str, claim: Claim, evidence: Evidence) -> Judgement:
    """Return the verdict on what a machine is said to have; every figure given is compared."""
    assert claim.size is not None
    offering = evidence.offering(claim.size.offering)
    if offering is None:
        why = f"the catalogue has no offering {claim.size.offering!r}"
        return judged(name, claim, Verdict.UNKNOWN, why)
    readings, told = [], []
    for field in _SIZES:
        stated: Decimal | None = getattr(claim.size, field)
        if stated is None:
            continue
        value: Decimal | None = getattr(offering, field)
        real = None if value is None else Figure(value, value)
        span = Range(low=stated, high=stated)
        fits = None if real is None else fit(span, real, claim.tolerance).holds
        readings.append(Reading(field, real, fits))
        told.append(_size_words(field, stated, value, fits))
    verdict = _size_verdict(readings)
    reason = f"{offering.id}: {', '.join(told)}"
    return judged(
        name,
        claim,
        verdict,
        reason,
        None,
        tuple(readings),
        sources=[offering.provenance],
    )


def _size_words(field: str, stated: Decimal, value: Decimal | None, fits: bool | None) -> str:
    if value is None:
        return f"{field} is unknown (stated {format_number(stated)})"
    said = "" if fits else f", not {format_number(stated)}"
    return f"{field} is {format_number(value)}{said}"


def _size_verdict(readings: list[Reading]) -> Verdict:
    fits = [one.fits for one in readings]
    if False in fits:
        return Verdict.DOES_NOT_HOLD
    return Verdict.UNKNOWN if None in fits else Verdict.HOLDS

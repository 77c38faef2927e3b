"""Explains to people why a version was not let on: what was seen, and what to do about it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from outgrow.deploy.diagnosis import diagnosis
from outgrow.deploy.exit_codes import meaning_of
from outgrow.deploy.gates.verdict import Verdict
from outgrow.deploy.redaction import redacted, redactor
from outgrow.deploy.values import Evidence

_LAST_LINES = 20
_OTHERWISE = "Look at the last lines above, correct it and deploy again."


def explanation(
    verdict: Verdict | None, found: Sequence[Evidence], secrets: Collection[str] = ()
) -> str:
    """Return everything for a person: the gate's reasons, each slot, and what to do.

    `secrets` are the values that must not be shown, whoever printed them.
    """
    hide = redactor(secrets)
    judged = [hide(line) for line in _judged(verdict)] if verdict is not None else []
    slots = [line for one in found for line in explained(one, secrets)]
    remedy = [f"What to do: {remedy_for(found, secrets)}"] if found else []
    return "\n".join([*judged, *slots, *remedy])


def explained(evidence: Evidence, secrets: Collection[str] = ()) -> tuple[str, ...]:
    """Return what one slot shows: the last answer, how it ended, its ports, its last lines."""
    return tuple(map(_printable, _lines(redacted(evidence, secrets))))


def remedy_for(found: Sequence[Evidence], secrets: Collection[str] = ()) -> str:
    """Return what to do about the first slot that shows what is wrong, in a sentence or two."""
    known = (diagnosis(redacted(one, secrets)) for one in found)
    first = next(filter(None, known), None)
    return _OTHERWISE if first is None else _printable(first.remedy)


def reason_for(found: Sequence[Evidence], secrets: Collection[str] = ()) -> str:
    """Return what is wrong in a few words, "" when nothing of it is known."""
    known = (diagnosis(redacted(one, secrets)) for one in found)
    first = next(filter(None, known), None)
    return "" if first is None else _printable(first.what)


def _judged(verdict: Verdict) -> Iterator[str]:
    marks = {"pass": "passed", "fail": "FAILED", "undecided": "undecided"}
    yield from (f"{one.name} {marks[one.verdict]}: {one.why}" for one in verdict.findings)


def _lines(one: Evidence) -> Iterator[str]:
    known = diagnosis(one)
    yield f"{one.slot}: {known.what}" if known else f"{one.slot}:"
    if one.probe is not None:
        took = "" if one.probe.seconds is None else f" ({one.probe.seconds:.2f} s)"
        yield f"  its health check last said: {one.probe.said}{took}"
    if one.exit_code is not None:
        why = ", out of memory" if one.out_of_memory else ""
        yield f"  it ended with {meaning_of(one.exit_code).words}{why}"
    if one.listening is not None:
        ports = ", ".join(map(str, one.listening)) or "nothing"
        wanted = f"; {one.expected_port} was expected" if one.expected_port else ""
        yield f"  it listens on: {ports}{wanted}"
    if one.lines:
        yield "  its last lines:"
        yield from (f"    {line}" for line in one.lines[-_LAST_LINES:])
    else:
        yield "  it printed nothing"


def _printable(text: str) -> str:
    # What a program prints may hold terminal escape sequences; they are shown, not obeyed.
    return "".join(c if c.isprintable() or c == "\t" else "·" for c in text)

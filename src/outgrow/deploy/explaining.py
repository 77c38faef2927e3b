"""Words for why a version does not work, from what its slots show."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from outgrow.deploy.values import Evidence


def explained(evidence: Evidence) -> tuple[str, ...]:
    """Return lines for a person: the last answer, the ports, the last words, and what to do."""
    return tuple(_lines(evidence))


def remedy_for(found: Sequence[Evidence]) -> str:
    """Return what to do about the first thing that tells, in a sentence."""
    for one in found:
        if (advice := _advice(one)) is not None:
            return advice
    return "Look at the last lines above, correct it and deploy again."


def _lines(one: Evidence) -> Iterator[str]:
    if one.probe is not None:
        yield f"{one.slot}: the last answer to its health check: {one.probe.said}"
    if one.exit_code is not None:
        why = ", out of memory" if one.out_of_memory else ""
        yield f"{one.slot}: it ended with exit code {one.exit_code}{why}"
    if one.listening is not None:
        ports = ", ".join(map(str, one.listening)) or "no port"
        wanted = f" (expected: {one.expected_port})" if one.expected_port else ""
        yield f"{one.slot}: it listens on {ports}{wanted}"
    yield from (f"{one.slot} | {line}" for line in one.lines)


def _advice(one: Evidence) -> str | None:
    if one.out_of_memory:
        return "It was ended for want of memory: give it more, or let it take less."
    if one.exit_code is not None:
        return "It ended by itself: its last lines say why."
    if one.listening is not None and one.expected_port not in {None, *one.listening}:
        if not one.listening:
            return f"It listens on no port yet: let it listen on {one.expected_port} at 0.0.0.0."
        ports = ", ".join(map(str, one.listening))
        return f"It listens on {ports}, asked is {one.expected_port}: set its port, or `listens`."
    if one.probe is not None and not one.probe.ok:
        return "Its health check does not answer well: ask it by hand, or correct `health`."
    return None

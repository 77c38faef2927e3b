"""What is wrong with a version that does not work, from what its instance shows.

Used for a deploy that fails its gate and for `outgrow up`. Every rule is one function; the
first that knows something wins, and they stand in the order of how much they explain.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from outgrow.deploy.exit_codes import meaning_of
from outgrow.deploy.log_lines import told_by
from outgrow.deploy.values import Evidence


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What is wrong, and what to do about it."""

    what: str
    remedy: str


Rule = Callable[[Evidence], Diagnosis | None]
# As our own probe writes it, and curl and wget in a container.
_STATUS = re.compile(r"(?:^|HTTP/\d(?:\.\d)? |error:? |status(?: code)?:? )([1-5]\d\d)\b")
_REFUSED = re.compile(r"connection refused|ECONNREFUSED|failed to connect|couldn't connect", re.I)
_LATE = re.compile(r"no answer within|timed? ?out|deadline exceeded|timeout", re.I)
_ON_LOOPBACK = re.compile(r"(?:127\.0\.0\.1|localhost|\[::1\]):(\d{2,5})")

# What an answer of the health check means, by its status.
_ANSWERS = {
    400: (
        "its health check is answered 400",
        "It may take only requests for its own name (ALLOWED_HOSTS and the like): let it answer "
        "its health check under any name.",
    ),
    401: (
        "its health check wants a sign-in (401)",
        "Let the path of the health check pass without one, and say nothing there that is not "
        "for everybody.",
    ),
    403: (
        "its health check is forbidden (403)",
        "Let the path of the health check pass without a sign-in, a token or an allowed address.",
    ),
    404: (
        "the path of its health check does not exist (404)",
        "Change it in the strategy (`needs.health_path`, or `run.health.path` where that is "
        "set), or let the application answer there.",
    ),
    405: (
        "the path of its health check takes no GET (405)",
        "Let it answer GET, or name another path (`run.health.path`).",
    ),
    429: (
        "its health check is limited (429)",
        "Leave the path of the health check out of the rate limit.",
    ),
}


def diagnosis(evidence: Evidence) -> Diagnosis | None:
    """Return what is wrong and what to do, None when nothing of it is known."""
    return next(filter(None, (rule(evidence) for rule in _RULES)), None)


def _out_of_memory(evidence: Evidence) -> Diagnosis | None:
    if not evidence.out_of_memory:
        return None
    return Diagnosis(
        "it was ended for want of memory",
        "Give it more (`needs.memory_gib_limit`), or make it need less.",
    )


def _no_such_program(evidence: Evidence) -> Diagnosis | None:
    if "executable file not found" not in _said(evidence):
        return None
    return Diagnosis(
        "its health check runs a program that the image does not have",
        "Its health check runs a program that the image does not have: install it there, "
        "or say another check (`run.health`).",
    )


def _log_lines(evidence: Evidence) -> Diagnosis | None:
    known = told_by([_said(evidence), *evidence.lines])
    return None if known is None else Diagnosis(*known)


def _ended(evidence: Evidence) -> Diagnosis | None:
    if evidence.exit_code is None:
        return None
    meaning = meaning_of(evidence.exit_code)
    return Diagnosis(f"it ended: {meaning.words}", meaning.remedy)


def _ports(evidence: Evidence) -> Diagnosis | None:
    listening, expected = evidence.listening, evidence.expected_port
    if listening is None or expected is None:
        return None
    if not listening:
        return Diagnosis(
            f"nothing listens, where {expected} is expected",
            "Nothing listens in the container yet: its last lines say why.",
        )
    if expected in listening:
        return None
    ports = ", ".join(map(str, listening))
    return Diagnosis(
        f"it listens on {ports}, and not on {expected}",
        f"It listens on {ports}, and the strategy says {expected} "
        "(`needs.ports`): change one of the two. An application that listens on "
        "127.0.0.1 only cannot be reached either: use 0.0.0.0.",
    )


def _only_on_loopback(evidence: Evidence) -> Diagnosis | None:
    if not _REFUSED.search(_said(evidence)):
        return None
    said = [int(one) for line in evidence.lines for one in _ON_LOOPBACK.findall(line)]
    expected = evidence.expected_port
    if expected not in said and (evidence.listening is None or expected is None):
        return None
    return Diagnosis(
        f"it listens on {expected}, but only on 127.0.0.1",
        "Nobody outside its container can reach 127.0.0.1: let it listen on 0.0.0.0 "
        "(`--host 0.0.0.0`, `--bind 0.0.0.0`, HOST=0.0.0.0).",
    )


def _refused_question(evidence: Evidence) -> Diagnosis | None:
    """It runs, and only does not like the question: whatever its lines say is another matter."""
    status = _status(evidence)
    if status in _ANSWERS:
        return Diagnosis(*_ANSWERS[status])
    if 300 <= status < 400:
        return Diagnosis(
            f"its health check is sent elsewhere ({status})",
            "It may redirect to HTTPS or to a sign-in: let the path of the health check answer "
            "over plain HTTP by itself.",
        )
    return None


def _failing(evidence: Evidence) -> Diagnosis | None:
    if (status := _status(evidence)) < 500:
        return None
    return Diagnosis(
        f"its health check fails by itself ({status})",
        "It runs, and says that it is not well: the answer or its last lines say what it "
        "misses, most often its database or a variable.",
    )


def _no_answer(evidence: Evidence) -> Diagnosis | None:
    said = _said(evidence)
    if _LATE.search(said):
        return Diagnosis(
            "its health check does not answer in time",
            "It may wait for something that it cannot reach. If it is only slow to start, give "
            "it longer (`run.health.start_seconds`, `deploy.health_gate_seconds`).",
        )
    if _REFUSED.search(said):
        return Diagnosis(
            "nobody answers at its port",
            "It has not begun to listen, or only on 127.0.0.1: let it listen on 0.0.0.0, and "
            "compare its port with the strategy's (`needs.ports`).",
        )
    return None


def _status(evidence: Evidence) -> int:
    found = _STATUS.search(_said(evidence)) if evidence.exit_code is None else None
    return int(found[1]) if found else 0


def _said(evidence: Evidence) -> str:
    """Return the last answer that was not good."""
    return evidence.probe.said if evidence.probe is not None and not evidence.probe.ok else ""


_RULES: Sequence[Rule] = (
    _out_of_memory,
    _no_such_program,
    _refused_question,
    _log_lines,
    _ended,
    _ports,
    _only_on_loopback,
    _failing,
    _no_answer,
)

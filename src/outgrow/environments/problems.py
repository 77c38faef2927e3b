"""What is wrong with a profile; no problem ever holds a value."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum


class Code(StrEnum):
    """Every reason for which a profile is refused."""

    MISSING = "missing"
    EMPTY = "empty"
    UNKNOWN = "unknown"
    UNREADABLE_LINE = "unreadable-line"
    CONTRADICTS = "contradicts"
    SEVERAL_VALUES = "several-values"
    UNWRITABLE = "unwritable"
    NO_ADDRESS = "no-address"
    HOSTS_NOT_SAID = "hosts-not-said"
    HOST_NOT_ALLOWED = "host-not-allowed"
    UNENCRYPTED = "unencrypted"
    OTHER_ENDPOINT = "other-endpoint"
    SAME_ELSEWHERE = "same-credential-elsewhere"
    PRODUCTION_DATA = "production-data"
    OWN_LINE = "own-line"
    DAMAGED = "damaged-block"
    NOT_ANSWERING = "not-answering"
    NOT_ACCEPTED = "not-accepted"


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a profile cannot be used, at which key, and what to do."""

    code: Code
    key: str
    reason: str
    remedy: str = ""


def near_miss(name: str, known: Iterable[str]) -> str | None:
    """Return the name that was probably meant."""
    found = get_close_matches(name.upper(), [one.upper() for one in known], n=1, cutoff=0.75)
    return next((one for one in known if found and one.upper() == found[0]), None)

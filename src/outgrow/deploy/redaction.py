"""Takes secrets out of what a program printed or answered, before anybody sees it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from urllib.parse import quote, quote_plus, unquote

from outgrow.deploy.values import Evidence

HIDDEN = "***"
# A shorter value would be found in every second word, and hide what the lines say.
_LEAST_CHARACTERS = 4
# A password in an address, whoever knows it; also of an address that is not the caller's.
_IN_ADDRESS = re.compile(r"(?<=://)([^\s/:@]*):(\S+)@")
_PASSWORD = re.compile(r"://[^\s/:@]*:([^\s@]+)@")
_NAMED = re.compile(
    r"(?i)\b((?:authorization|x-api-key|cookie|set-cookie)\b['\"]?\s*[:=]\s*)[^'\"\n]+"
)


def redactor(secrets: Collection[str]) -> Callable[[str], str]:
    """Return what hides `secrets` in a text, as they are and as URLs and JSON spell them.

    Of an address with a password the password alone is hidden as well.
    Values of fewer than four characters are left, for they stand in any text by chance.
    """
    spellings = {one for secret in secrets for one in _spellings(secret)}
    known = sorted(spellings, key=lambda one: (-len(one), one))
    pattern = re.compile("|".join(map(re.escape, known))) if known else None

    def hide(text: str) -> str:
        without = pattern.sub(HIDDEN, text) if pattern is not None else text
        without = _IN_ADDRESS.sub(rf"\1:{HIDDEN}@", without)
        return _NAMED.sub(rf"\1{HIDDEN}", without)

    return hide


def redacted(evidence: Evidence, secrets: Collection[str]) -> Evidence:
    """Return the evidence without `secrets` in its lines and in the answer to its probe."""
    return redacted_by(redactor(secrets), evidence)


def redacted_by(hide: Callable[[str], str], evidence: Evidence) -> Evidence:
    """Return the evidence with `hide` applied to whatever a program said."""
    probe = evidence.probe
    return replace(
        evidence,
        lines=tuple(map(hide, evidence.lines)),
        probe=None if probe is None else replace(probe, said=hide(probe.said)),
    )


def _spellings(secret: str) -> Iterator[str]:
    passwords = {found for one in _PASSWORD.findall(secret) for found in (one, unquote(one))}
    # A key in several lines is printed line by line.
    for part in {secret, *secret.splitlines(), *passwords}:
        if len(part.strip()) >= _LEAST_CHARACTERS:
            yield part.strip()
            yield from (quote(part), quote(part, safe=""), quote_plus(part))
            yield json.dumps(part)[1:-1]

"""Text of a strategy within Alertmanager's templates and regular expressions."""

from __future__ import annotations

import re

_SPECIAL = re.compile(r"([.+*?^$(){}\[\]|\\])")


def without_templates(text: str) -> str:
    """Return `text` so that Alertmanager's templates leave it as it is."""
    return text.replace("{{", '{{ "{{" }}')


def exactly(text: str) -> str:
    """Return a regular expression, for a matcher in quotes, that matches `text` only."""
    return _SPECIAL.sub(r"[\1]", text)

"""The settings as the text of a variable: one line that no target takes for a template."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal

VARIABLE = "OUTGROW_KIT"


def in_region(text: str, region: str) -> str:
    """Return settings as they are for the copy of a part in another region."""
    return one_line({**json.loads(text), "region": region})


def one_line(document: Mapping[str, object]) -> str:
    """Return a document as compact JSON.

    A `$` is written as JSON escapes it: Compose, kubelet, Terraform and GitHub would each take
    one for the beginning of a variable.
    """
    text = json.dumps(document, separators=(",", ":"), default=_number)
    return text.replace("$", "\\u0024")


def _number(value: object) -> int | float:
    assert isinstance(value, Decimal)
    return int(value) if value == value.to_integral_value() else float(value)

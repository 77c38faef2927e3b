"""The settings as the text of a variable: one line that no target takes for a template."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal

from outgrow.render.system.model import Part

VARIABLE = "OUTGROW_KIT"
_LINE_WIDTH = 84


def is_settings(part: Part, key: str) -> bool:
    """Return whether a variable of `part` holds these settings."""
    return part.spec.kit and key == VARIABLE


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


def folded(text: str, width: int = _LINE_WIDTH) -> tuple[str, ...]:
    """Return settings in lines of about `width`; with a blank between them they mean the same.

    A line ends after a comma of the JSON, or where a value has a single blank.
    """
    lines, start, end = [], 0, 0
    for place, resumes in (*_breaks(text), (len(text), len(text))):
        if place - start > width and end > start:
            lines.append(text[start:end].removesuffix(" "))
            start = end
        end = resumes
    return (*lines, text[start:])


def _breaks(text: str) -> Iterator[tuple[int, int]]:
    """Yield where a line may end, and where the next one then begins."""
    quoted = escaped = False
    for place, character in enumerate(text):
        if quoted and character == " " and text[place - 1] != " " != text[place + 1]:
            yield place, place + 1
        elif not quoted and character == ",":
            yield place + 1, place + 1
        if character == '"' and not escaped:
            quoted = not quoted
        escaped = character == "\\" and not escaped

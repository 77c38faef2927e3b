"""What an unquoted YAML value means: the core schema of YAML 1.2, with decimals kept exact.

`no`, `on`, `12:30` and `2026-01-31` stay text, which YAML 1.1 would have turned into a
boolean, a number of seconds and a date. `.inf` and `.nan` stay text too: nothing in a
strategy can be infinite.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

from outgrow.strategy.yaml_nodes import ScalarValue

# The standard library refuses to convert longer integers; no figure is this long.
LONGEST_INTEGER = 40

_WORDS: dict[str, ScalarValue] = {
    "": None,
    "~": None,
    "null": None,
    "Null": None,
    "NULL": None,
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
}
_INTEGER = re.compile(r"[-+]?[0-9]+")
_BASED = re.compile(r"0o[0-7]{1,16}|0x[0-9a-fA-F]{1,16}")
_DECIMAL = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")


def resolve_scalar(text: str) -> ScalarValue:
    """Return the value of the unquoted scalar `text`."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in "0123456789+-.":
        return text
    if _INTEGER.fullmatch(text) and len(text) <= LONGEST_INTEGER:
        return int(text)
    if _BASED.fullmatch(text):
        return int(text, 0)
    return _decimal(text) if _DECIMAL.fullmatch(text) else text


def _decimal(text: str) -> Decimal | str:
    try:
        return Decimal(text)
    except InvalidOperation:
        return text

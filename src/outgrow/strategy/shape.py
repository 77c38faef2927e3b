"""Which keys and words the file allows at a place, read off the models."""

from __future__ import annotations

import difflib
import types
from collections.abc import Iterable
from enum import Enum
from itertools import islice
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel

from outgrow.diagnostics import Path

# Comparing long words is slow, and no name is longer.
_LONGEST_COMPARED = 80
_MOST_COMPARED = 150


def expected_at(expected: Any, path: Path) -> Any:
    """Return the annotation of what belongs at `path` below `expected`, or None."""
    for part in path:
        expected = _below(expected, part)
    return expected


def allowed_keys(expected: Any) -> tuple[str, ...]:
    """Return the keys of a part of the file, or nothing when its keys are free."""
    found = _bare(expected)
    return tuple(found.model_fields) if _is_model(found) else ()


def required_keys(expected: Any) -> tuple[str, ...]:
    """Return the keys that a part of the file cannot do without."""
    found = _bare(expected)
    if not _is_model(found):
        return ()
    return tuple(name for name, field in found.model_fields.items() if field.is_required())


def allowed_words(expected: Any) -> tuple[str, ...]:
    """Return the words to choose from, or nothing when the value is free."""
    found = _bare(expected)
    if get_origin(found) is Literal:
        return tuple(str(word) for word in get_args(found))
    if isinstance(found, type) and issubclass(found, Enum):
        return tuple(str(member.value) for member in found)
    return ()


def is_choice(expected: Any) -> bool:
    """Return whether a value may be of several types, beside being absent."""
    return expected is not None and _bare(expected) is None


def nearest(word: str, allowed: Iterable[str]) -> str | None:
    """Return the word in `allowed` that `word` was probably meant to be."""
    if not 0 < len(word) <= _LONGEST_COMPARED:
        return None
    by_form = {_plain(candidate): candidate for candidate in islice(allowed, _MOST_COMPARED)}
    close = difflib.get_close_matches(_plain(word), by_form, n=1, cutoff=0.6)
    return by_form[close[0]] if close else None


def _plain(word: str) -> str:
    return word.lower().replace("-", "_").replace(" ", "_")


def _is_model(found: Any) -> bool:
    return isinstance(found, type) and issubclass(found, BaseModel)


def _below(expected: Any, part: str | int) -> Any:
    found = _bare(expected)
    if _is_model(found):
        field = found.model_fields.get(part)
        return field.annotation if field else None
    if get_origin(found) is dict:
        return get_args(found)[1]
    return get_args(found)[0] if get_origin(found) is list else None


def _bare(expected: Any) -> Any:
    while True:
        if get_origin(expected) is Annotated:
            expected = get_args(expected)[0]
        elif get_origin(expected) in (Union, types.UnionType):
            members = [member for member in get_args(expected) if member is not types.NoneType]
            if len(members) != 1:
                return None
            expected = members[0]
        else:
            return expected

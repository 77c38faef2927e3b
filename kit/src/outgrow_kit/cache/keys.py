"""From a call's arguments to its keys, prepared once when a function is decorated.

A function is read once: `quick(*args, **kwargs)` is compiled with the same parameters, so that
Python itself binds the arguments. It returns a tuple of values and their types that finds what
this process keeps; only when nothing is found is the text of the key written.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from string import Formatter
from typing import cast
from uuid import UUID

from outgrow_kit.cache.errors import Unkeyable
from outgrow_kit.cache.key_text import bounded, text_of

QuickKey = tuple[object, ...]
# Types whose equal values are the same value. Not float (-0.0 equals 0.0), not datetime (one
# moment in two zones), not tuple (1 equals True inside it).
_EXACT = frozenset({str, int, bool, type(None), bytes, UUID, date})
_STARS: Mapping[object, str] = {
    inspect.Parameter.VAR_POSITIONAL: "*",
    inspect.Parameter.VAR_KEYWORD: "**",
}
_MAY_NOT_BE_BOUND = frozenset({"self", "cls"})


@dataclass(frozen=True, slots=True)
class Keys:
    """How the calls of one function are told apart."""

    prefix: str
    names: tuple[str, ...]
    tags: tuple[str, ...]
    quick: Callable[..., QuickKey]

    def bound(self, quick: QuickKey) -> Mapping[str, object]:
        """Return the arguments that make the key, by name."""
        return dict(zip(self.names, quick[: len(self.names)], strict=True))

    def text(self, bound: Mapping[str, object]) -> str:
        """Return the key's text; raises Unkeyable, naming the argument that makes none."""
        parts = []
        for name, value in bound.items():
            try:
                parts.append(text_of(value))
            except Unkeyable as error:
                raise Unkeyable(f"argument {name!r} of {self.prefix}: {error}") from None
        return bounded(f"{self.prefix}({','.join(parts)})")

    def tags_of(self, bound: Mapping[str, object]) -> tuple[str, ...]:
        """Return the tags with the arguments filled in."""
        return tuple(bounded(one.format_map(bound)) for one in self.tags)

    def is_exact(self, quick: QuickKey) -> bool:
        """Return whether equal tuples mean equal arguments, types included."""
        return all(type(value) in _EXACT for value in quick[: len(self.names)])


def keys_of(
    function: Callable[..., object],
    name: str,
    version: int,
    tags: Sequence[str] = (),
    ignore: Iterable[str] = (),
) -> Keys:
    """Return the keys of `function`.

    Raises ValueError when a tag or `ignore` names no parameter, or when `self` would be a
    part of the key.
    """
    parameters = inspect.signature(function).parameters
    ignored = frozenset(ignore)
    names = tuple(one for one in parameters if one not in ignored)
    _refuse_unknown(name, ignored, parameters, "ignore")
    for tag in tags:
        fields = (field for _, field, _, _ in Formatter().parse(tag) if field is not None)
        roots = {field.split(".")[0].split("[")[0] for field in fields}
        _refuse_unknown(name, roots, names, f"the tag {tag!r}")
    if bare := _MAY_NOT_BE_BOUND & set(names[:1]):
        raise ValueError(
            f"{name} is a method: say ignore=[{min(bare)!r}] when its result does not depend on "
            f"the object, or cache a function that takes the object's id"
        )
    quick = _compiled(list(parameters.values()), names)
    return Keys(f"{name}:{version}", names, tuple(tags), quick)


def _refuse_unknown(name: str, wanted: Iterable[str], known: Iterable[str], where: str) -> None:
    if unknown := sorted(set(wanted) - set(known)):
        raise ValueError(
            f"{name}: {where} names {', '.join(unknown)}, which makes no part of a key"
        )


def _compiled(
    parameters: Sequence[inspect.Parameter], names: Sequence[str]
) -> Callable[..., QuickKey]:
    """Return a function of the same parameters: the values, then the types of the values."""
    defaults: dict[str, object] = {}
    written = [_written(one, defaults) for one in parameters]
    kinds = [one.kind for one in parameters]
    if inspect.Parameter.POSITIONAL_ONLY in kinds:
        last = len(kinds) - kinds[::-1].index(inspect.Parameter.POSITIONAL_ONLY)
        written.insert(last, "/")
    if inspect.Parameter.KEYWORD_ONLY in kinds and inspect.Parameter.VAR_POSITIONAL not in kinds:
        first = kinds.index(inspect.Parameter.KEYWORD_ONLY)
        written.insert(first + ("/" in written), "*")
    # A tuple or a mapping of further arguments is never exact, so its type need not be looked into.
    result = [*names, *(f"{name}.__class__" for name in names)]
    source = f"lambda {', '.join(written)}: ({''.join(f'{one}, ' for one in result)})"
    # Every word in it is a parameter's name, which Python has already accepted as one.
    return cast(Callable[..., QuickKey], eval(source, defaults))


def _written(parameter: inspect.Parameter, defaults: dict[str, object]) -> str:
    text = _STARS.get(parameter.kind, "") + parameter.name
    if parameter.default is inspect.Parameter.empty:
        return text
    place = f"_default_of_{parameter.name}"
    defaults[place] = parameter.default
    return f"{text}={place}"

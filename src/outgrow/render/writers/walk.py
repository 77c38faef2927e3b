"""Everything that the blocks of a module refer to: variables, other modules, other blocks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from outgrow.render.writers.expressions import (
    Block,
    Joined,
    JsonText,
    ModuleOutput,
    Noted,
    Ref,
    ResourceBlock,
    Value,
    Var,
)

Leaf = Ref | Var | ModuleOutput


def leaves(value: Value | Block | Sequence[Block]) -> Iterator[Leaf]:
    """Yield every reference within `value`, in the order of its text."""
    if isinstance(value, Ref | Var | ModuleOutput):
        yield value
    elif isinstance(value, Noted | JsonText):
        yield from leaves(value.value)
    else:
        for part in _parts(value):
            yield from leaves(part)


def _parts(value: Value | Block | Sequence[Block]) -> Iterable[Value | Block | Sequence[Block]]:
    if isinstance(value, Joined):
        return value.parts
    if isinstance(value, Block):
        return value.arguments.values()
    if isinstance(value, Mapping):
        return value.values()
    if isinstance(value, Sequence) and not isinstance(value, str):
        return value
    return ()


def leaves_of(blocks: Iterable[ResourceBlock]) -> Iterator[Leaf]:
    """Yield every reference within resources, `depends_on` included."""
    for block in blocks:
        for value in block.arguments.values():
            yield from leaves(value)
        yield from block.depends_on


def variables_in(blocks: Iterable[ResourceBlock]) -> tuple[str, ...]:
    """Return the names of the variables that resources use, each once."""
    found = (leaf.name for leaf in leaves_of(blocks) if isinstance(leaf, Var))
    return tuple(dict.fromkeys(found))

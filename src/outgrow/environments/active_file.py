"""The active env file: a block that outgrow writes, among lines that belong to its reader.

The block's first line names the environment and the switch that wrote it, so that the file alone
says which environment is active.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field

from outgrow.environments.env_text import Assignment, lines_of, read_env_text

_FIRST = re.compile(r"# >>> outgrow environment: (?P<name>\S+), switch (?P<switch>[0-9a-f]+)\b.*")
_LAST = "# <<< outgrow environment"


@dataclass(frozen=True, slots=True)
class Block:
    """The lines of an environment, as a switch writes them."""

    environment: str
    switch: str
    lines: tuple[str, ...] = field(repr=False)

    @property
    def text(self) -> str:
        """Return it with its first and last line."""
        first = (
            f"# >>> outgrow environment: {self.environment}, switch {self.switch}; "
            "`outgrow env switch` writes these lines anew"
        )
        return "\n".join((first, *self.lines, _LAST)) + "\n"


@dataclass(frozen=True, slots=True)
class ActiveText:
    """An active file: what stands before the block, the block, and what stands after it.

    `damaged` is True when it has half a block or several: which lines are whose is then unknown.
    """

    before: str = field(repr=False)
    block: Block | None
    after: str = field(repr=False)
    damaged: bool = False

    @property
    def own(self) -> tuple[Assignment, ...]:
        """Return the variables outside of the block, with their lines in the file."""
        between = 0 if self.block is None else self.block.text.count("\n")
        shift = self.before.count("\n") + between
        after = read_env_text(self.after).assignments
        moved = tuple(
            Assignment(one.key, one.value, one.first + shift, one.last + shift) for one in after
        )
        return (*read_env_text(self.before).assignments, *moved)


def read_active(text: str) -> ActiveText:
    """Return the parts of `text`."""
    lines = lines_of(text)
    firsts = [at for at, one in enumerate(lines) if one.startswith("# >>> outgrow environment")]
    lasts = [at for at, one in enumerate(lines) if one.rstrip("\r\n") == _LAST]
    if not firsts and not lasts:
        return ActiveText(text, None, "")
    match = _FIRST.match(lines[firsts[0]]) if firsts else None
    if len(firsts) != 1 or len(lasts) != 1 or firsts[0] > lasts[0] or match is None:
        return ActiveText(text, None, "", damaged=True)
    inside = tuple(one.rstrip("\r\n") for one in lines[firsts[0] + 1 : lasts[0]])
    block = Block(match["name"], match["switch"], inside)
    return ActiveText("".join(lines[: firsts[0]]), block, "".join(lines[lasts[0] + 1 :]))


def with_block(active: ActiveText, block: Block | None, dropped: Collection[str]) -> str:
    """Return the file with `block` in the place of the old one, and without own `dropped` keys.

    A first block comes last: where a key stands twice, most readers take the last.
    """
    before, after = _without(active.before, dropped), _without(active.after, dropped)
    if block is None:
        return before + after
    if before and not before.endswith("\n"):
        before += "\n"
    if active.block is None and before.strip():
        before = before.rstrip("\n") + "\n\n"
    return before + block.text + after


def _without(text: str, keys: Collection[str]) -> str:
    gone: set[int] = set()
    for one in read_env_text(text).assignments:
        if one.key in keys:
            gone.update(range(one.first, one.last + 1))
    return "".join(line for at, line in enumerate(lines_of(text), 1) if at not in gone)

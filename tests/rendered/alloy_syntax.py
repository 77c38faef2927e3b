"""A reader of Alloy's configuration language, as far as outgrow writes it.

No Alloy can be had without the network, so this stands in for its parser. The grammar is that
of https://grafana.com/docs/alloy/latest/get-started/configuration-syntax/: blocks with a dotted
name and an optional label, attributes, strings in double quotes or backticks, lists, objects,
references and calls. Whatever it cannot read is an error.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_TOKEN = re.compile(
    r"(?P<blank>[ \t]+|//[^\n]*)|(?P<line>\n)"
    r'|(?P<string>"(?:[^"\\\n]|\\.)*")|(?P<raw>`[^`]*`)'
    r"|(?P<number>\d+(?:\.\d+)?)|(?P<name>[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)"
    r"|(?P<sign>[{}\[\](),=])"
)
_CONTROLS = dict(zip("abfnrtv", "\a\b\f\n\r\t\v", strict=True))
_ESCAPE = re.compile(r"\\(U[0-9a-fA-F]{8}|u[0-9a-fA-F]{4}|[abfnrtv\\\"'])")


class AlloyError(Exception):
    """What is no Alloy."""


@dataclass(frozen=True)
class Reference:
    """A name that Alloy looks up, and the arguments where it is called."""

    name: str
    arguments: tuple[object, ...] = ()


@dataclass
class Block:
    """A block with everything in it."""

    name: str
    label: str = ""
    attributes: dict[str, object] = field(default_factory=dict)
    blocks: list[Block] = field(default_factory=list)

    def all(self, name: str) -> list[Block]:
        """Return the blocks called `name` within this one, at any depth."""
        here = [one for one in self.blocks if one.name == name]
        return here + [found for one in self.blocks for found in one.all(name)]


def read_alloy(text: str) -> Block:
    """Return the file as a block without a name; raise AlloyError for what is no Alloy."""
    return _Reader(list(_tokens(text))).body(top=True)


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    place = 0
    while place < len(text):
        found = _TOKEN.match(text, place)
        if found is None or found.lastgroup is None:
            line = text.count("\n", 0, place) + 1
            raise AlloyError(f"line {line}: {text[place : place + 30]!r}")
        if found.lastgroup != "blank":
            yield found.lastgroup, found[0]
        place = found.end()
    yield "end", ""


class _Reader:
    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self._tokens, self._at = tokens, 0

    def body(self, *, top: bool = False) -> Block:
        block = Block("")
        while True:
            self._lines()
            kind, text = self._take()
            if (kind == "end") if top else (text == "}"):
                return block
            if kind != "name":
                raise AlloyError(f"a name was expected, not {text!r}")
            self._statement(block, text)
            if self._peek()[0] not in ("line", "end") and self._peek()[1] != "}":
                raise AlloyError(f"{self._peek()[1]!r} stands behind {text}")

    def _statement(self, block: Block, name: str) -> None:
        kind, text = self._take()
        if text == "=":
            if "." in name or name in block.attributes:
                raise AlloyError(f"{name} is no attribute, or stands twice")
            block.attributes[name] = self._value()
            return
        label = ""
        if kind == "string":
            label, (kind, text) = _string(text), self._take()
        if text != "{":
            raise AlloyError(f"a block was expected behind {name}, not {text!r}")
        inner = self.body()
        inner.name, inner.label = name, label
        block.blocks.append(inner)

    def _value(self) -> object:
        kind, text = self._take()
        if kind == "string":
            return _string(text)
        if kind == "raw":
            return text[1:-1]
        if kind == "number":
            return float(text)
        if text == "[":
            return self._until("]")
        if text == "{":
            return self._object()
        if kind == "name":
            return self._named(text)
        raise AlloyError(f"a value was expected, not {text!r}")

    def _named(self, text: str) -> object:
        if text in ("true", "false"):
            return text == "true"
        if self._peek()[1] == "(":
            self._take()
            return Reference(text, tuple(self._until(")")))
        return Reference(text)

    def _until(self, end: str) -> list[object]:
        found: list[object] = []
        self._lines()
        while self._peek()[1] != end:
            found.append(self._value())
            self._comma(end)
        self._take()
        return found

    def _object(self) -> dict[str, object]:
        found: dict[str, object] = {}
        self._lines()
        while self._peek()[1] != "}":
            kind, text = self._take()
            if kind not in ("name", "string") or self._take()[1] != "=":
                raise AlloyError(f"{text!r} is no key with a value")
            found[_string(text) if kind == "string" else text] = self._value()
            self._comma("}")
        self._take()
        return found

    def _comma(self, end: str) -> None:
        if self._peek()[1] == ",":
            self._take()
        elif self._peek()[1] != end:
            raise AlloyError(f"a comma was expected, not {self._peek()[1]!r}")
        self._lines()

    def _lines(self) -> None:
        while self._peek()[0] == "line":
            self._take()

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._at]

    def _take(self) -> tuple[str, str]:
        token = self._tokens[self._at]
        self._at = min(self._at + 1, len(self._tokens) - 1)
        return token


def _string(text: str) -> str:
    inside = text[1:-1]
    if "\\" in _ESCAPE.sub("", inside):
        raise AlloyError(f"{text} has an escape that Go does not know")
    return _ESCAPE.sub(lambda found: _escaped(found[1]), inside)


def _escaped(code: str) -> str:
    if code[0] in "uU":
        return chr(int(code[1:], 16))
    return _CONTROLS.get(code, code)

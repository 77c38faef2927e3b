"""YAML syntax errors in plain words, with what to do about each."""

from __future__ import annotations

import re
from typing import NamedTuple

import yaml

from outgrow.diagnostics import Diagnostic, Location, Severity


class _Advice(NamedTuple):
    pattern: str
    code: str
    reason: str
    remedy: str
    at_context: bool = False


_QUOTE = "Put the text in quotes."
# The first pattern that occurs in "context | problem" decides. Both parsers of PyYAML are
# covered: the one in C (libyaml) and the one in Python word some problems differently.
_ADVICE = (
    _Advice(
        r"quoted scalar \|.*(end of stream|document separator)",
        "unclosed-quote",
        "the quote opened here is never closed",
        "Close the quote, or double it if it belongs to the text.",
        at_context=True,
    ),
    _Advice(
        r"unknown escape|escape sequence|Unicode character escape",
        "bad-escape",
        "a backslash in double quotes begins something YAML does not know",
        "Write \\\\ for a backslash, or use single quotes.",
    ),
    _Advice(
        r"flow (sequence|mapping) \|",
        "unclosed-bracket",
        "the bracket opened here is not closed, or a comma is missing inside it",
        "Close the bracket and separate its values with commas.",
        at_context=True,
    ),
    _Advice(
        r"mapping values are not allowed",
        "unexpected-colon",
        "a second `: ` on the line, or a key that is indented differently from its siblings",
        "Put a text that contains `: ` in quotes, or align the key with its siblings.",
    ),
    _Advice(
        r"simple key \|",
        "missing-colon",
        "this line has no `:` after its key",
        "Write `key: value`; put a space after the colon.",
        at_context=True,
    ),
    _Advice(
        r"block sequence entries are not allowed|sequence entries are not allowed",
        "unexpected-dash",
        "a list begins on the same line as its key",
        "Begin the list on the next line, or write it in brackets: `[a, b]`.",
    ),
    _Advice(
        r"expected node content|expected the node content",
        "missing-value",
        "a value is missing before this, or a bracket is not closed",
        "Write the value, or remove a comma, bracket or sign that is too many.",
    ),
    _Advice(
        r"block mapping \|",
        "bad-indentation",
        "this line is indented differently from the mapping it belongs to",
        "Give all keys of a mapping the same number of spaces.",
    ),
    _Advice(
        r"block collection \||block sequence \||'-' indicator",
        "bad-indentation",
        "this line is indented differently from the list it belongs to",
        "Begin every entry of a list with `- ` in the same column.",
    ),
    _Advice(
        r"(anchor|alias) \|",
        "bad-anchor",
        "`&` and `*` at the beginning of a value name an anchor, and no name follows",
        _QUOTE,
    ),
    _Advice(
        r"cannot start any token|while scanning for the next token",
        "unexpected-character",
        "a value cannot begin with this character",
        _QUOTE,
    ),
    _Advice(r"block scalar", "bad-block-text", "text after `|` or `>` is not laid out as YAML asks",
            "Begin the text on the next line, indented further than its key."),
    _Advice(r"\btag\b|tag handle", "yaml-tag", "`!` at the beginning of a value begins a YAML tag",
            _QUOTE),
    _Advice(r"document (start|end)|directive", "second-document",
            "something follows the end of the document",
            "Keep one document in the file; remove what follows `---` or `...`."),
)  # fmt: skip
_UNKNOWN = _Advice("", "yaml-syntax", "", "Compare the line with the ones around it.")


def syntax_diagnostic(error: yaml.YAMLError, text: str, name: str) -> Diagnostic:
    """Return `error`, raised by PyYAML on `text`, as something to act on."""
    problem = str(getattr(error, "problem", None) or getattr(error, "reason", None) or "")
    context = str(getattr(error, "context", None) or "")
    found = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    if found is not None and _tab_indented(text, found.line):
        return _tab(text, found.line, name)
    advice = _advice(f"{context} | {problem}")
    opened = getattr(error, "context_mark", None)
    mark = opened if advice.at_context and opened is not None else found
    place = Location(name, mark.line + 1, mark.column + 1) if mark else Location(name, 1, 1)
    reason = advice.reason or f"this is not YAML: {problem or 'it cannot be read'}"
    return Diagnostic(Severity.ERROR, advice.code, reason, advice.remedy, location=place)


def _advice(words: str) -> _Advice:
    return next((advice for advice in _ADVICE if re.search(advice.pattern, words)), _UNKNOWN)


def _line(text: str, number: int) -> str:
    lines = re.split(r"\r\n|[\n\r\x85\u2028\u2029]", text)
    return lines[number] if number < len(lines) else ""


def _tab_indented(text: str, number: int) -> bool:
    return bool(re.match(r" *\t", _line(text, number)))


def _tab(text: str, number: int, name: str) -> Diagnostic:
    column = _line(text, number).index("\t") + 1
    return Diagnostic(
        Severity.ERROR,
        "tab-in-indentation",
        "the line is indented with a tab",
        "Indent with spaces; YAML does not allow tabs there.",
        location=Location(name, number + 1, column),
    )

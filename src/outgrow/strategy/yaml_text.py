"""The bytes of a file as text: size, encoding and characters, checked before any parsing."""

from __future__ import annotations

import re

from outgrow.diagnostics import Diagnostic, Location, Severity

MAX_FILE_BYTES = 1024 * 1024
MAX_CONTROL_CHARACTERS_REPORTED = 10

_UTF8_BOM = b"\xef\xbb\xbf"
_UTF16_BOMS = (b"\xff\xfe", b"\xfe\xff")
_UNPRINTABLE = re.compile(
    "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"  # YAML 1.2, 5.1
)
# Parsing many %TAG lines takes quadratic time, and no strategy needs one.
_DIRECTIVE = re.compile(r"^%(?!YAML)", re.MULTILINE)


def decode(data: bytes, name: str) -> tuple[str, list[Diagnostic]]:
    """Return the text of `data`, and what keeps it from being read as YAML."""
    if len(data) > MAX_FILE_BYTES:
        return "", [_too_large(len(data), name)]
    data = data.removeprefix(_UTF8_BOM)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        return "", [_not_utf8(data, error.start, name)]
    problems = [
        _control_character(text, match, name)
        for match, _ in zip(
            _UNPRINTABLE.finditer(text), range(MAX_CONTROL_CHARACTERS_REPORTED), strict=False
        )
    ]
    if match := _DIRECTIVE.search(text):
        problems.append(_directive(text, match.start(), name))
    return text, problems


def place(text: str, index: int, name: str) -> Location:
    """Return the line and column of the character at `index`."""
    before = text[:index].replace("\r\n", "\n").replace("\r", "\n")
    return Location(name, before.count("\n") + 1, len(before) - before.rfind("\n"))


def _too_large(size: int, name: str) -> Diagnostic:
    return Diagnostic(
        Severity.ERROR,
        "file-too-large",
        f"the file is {size:,} bytes; at most {MAX_FILE_BYTES:,} (1 MiB) are read",
        "Check that this is the right file, or move parts into fragments named in `extends`.",
        location=Location(name, 1, 1),
    )


def _not_utf8(data: bytes, offset: int, name: str) -> Diagnostic:
    encoding = "UTF-16" if data.startswith(_UTF16_BOMS) else "another encoding"
    before = data[:offset].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    start = before.rfind(b"\n") + 1
    return Diagnostic(
        Severity.ERROR,
        "not-utf8",
        f"byte {offset:,} (0x{data[offset]:02x}) is not UTF-8; this looks like {encoding}",
        "Save the file as UTF-8.",
        location=Location(name, before.count(b"\n") + 1, len(before[start:].decode("utf-8")) + 1),
    )


def _control_character(text: str, match: re.Match[str], name: str) -> Diagnostic:
    return Diagnostic(
        Severity.ERROR,
        "control-character",
        f"there is a control character (U+{ord(match[0]):04X}) that YAML does not allow",
        'Delete it; inside a text in double quotes it can be written as "\\x..".',
        location=place(text, match.start(), name),
    )


def _directive(text: str, index: int, name: str) -> Diagnostic:
    return Diagnostic(
        Severity.ERROR,
        "yaml-directive",
        "a line begins with %, which YAML reads as a directive",
        "Delete the line; a strategy needs no directives.",
        location=place(text, index, name),
    )

"""Merges what people want into a rendered YAML or JSON document, its comments kept.

Mappings are merged key by key, null removes a key, everything else is replaced.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, cast

import yaml

from outgrow.render.tree.unified_patch import PatchProblem
from outgrow.render.writers.yaml_text import Yaml, yaml_text


class _Loader(yaml.SafeLoader):
    """Reads as YAML 1.2 does: `on` is a word, a date is text."""


_Loader.yaml_implicit_resolvers = {
    first: [
        (tag, pattern)
        for tag, pattern in resolvers
        if tag not in ("tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:bool")
    ]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:bool",
    re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"),
    list("tTfF"),
)


def patch_json(text: str, patch: str) -> str:
    """Return the JSON document `text` with `patch`, which is JSON or YAML, merged into it."""
    documents = _read(patch)
    if len(documents) != 1:
        raise PatchProblem("a JSON document is patched by one document")
    return json.dumps(_merged(json.loads(text), documents[0]), indent=2, ensure_ascii=False) + "\n"


def patch_yaml(text: str, patch: str) -> str:
    """Return the YAML documents of `text` with those of `patch` merged into them.

    A document of several is found by its `kind` and `metadata.name`. Raises PatchProblem
    when there is nothing to patch.
    """
    originals, patches = _read(text), _read(patch)
    wanted = list(originals)
    changes: dict[int, Any] = {}
    for position, one in enumerate(patches):
        at = _document_for(one, position, originals, patches)
        wanted[at] = _merged(wanted[at], one)
        changes[at] = one
    spliced = _spliced(text, changes)
    if spliced is not None and _same(spliced, wanted):
        return spliced
    header = "".join(f"{line[1:].strip()}\n" for line in _header(text)).strip("\n")
    return yaml_text(*(_plain(one) for one in wanted), header=header)


def _read(text: str) -> list[Any]:
    try:
        return list(yaml.load_all(text, _Loader))
    except yaml.YAMLError as error:
        said = " ".join(str(getattr(error, "problem", None) or error).split())
        mark = getattr(error, "problem_mark", None)
        where = f" in line {mark.line + 1}" if mark else ""
        raise PatchProblem(f"it cannot be read{where}: {said}") from None
    except ValueError as error:
        raise PatchProblem(f"it cannot be read: {error}") from None


def _same(text: str, wanted: list[Any]) -> bool:
    try:
        return _read(text) == wanted
    except PatchProblem:
        return False


def _header(text: str) -> Iterator[str]:
    for line in text.splitlines():
        if not line.startswith("#"):
            return
        yield line


def _document_for(
    patch: Any, position: int, originals: Sequence[Any], patches: Sequence[Any]
) -> int:
    if not isinstance(patch, dict):
        raise PatchProblem("a patch is a mapping")
    if "kind" not in patch:
        if len(originals) == len(patches):
            return position
        raise PatchProblem(
            f"the file holds {len(originals)} documents: say `kind` and `metadata.name`"
        )
    found = [at for at, one in enumerate(originals) if _is_meant(one, patch)]
    if len(found) == 1:
        return found[0]
    number = "no document" if not found else f"{len(found)} documents"
    raise PatchProblem(f"{number} of the file with {_identity(patch)}")


def _is_meant(document: Any, patch: Mapping[str, Any]) -> bool:
    if not isinstance(document, dict) or document.get("kind") != patch["kind"]:
        return False
    name = _name(patch)
    return name is None or _name(document) == name


def _name(document: Mapping[str, Any]) -> Any:
    metadata = document.get("metadata")
    return metadata.get("name") if isinstance(metadata, dict) else None


def _identity(patch: Mapping[str, Any]) -> str:
    name = _name(patch)
    return f"kind {patch['kind']!r}" + (f" and name {name!r}" if name is not None else "")


def _merged(value: Any, patch: Any, path: str = "") -> Any:
    if not isinstance(patch, dict) or not isinstance(value, dict):
        return patch
    result = dict(value)
    for key, wanted in patch.items():
        at = f"{path}/{key}" if path else str(key)
        if wanted is not None:
            result[key] = _merged(value[key], wanted, at) if key in value else wanted
        elif key in value:
            del result[key]
        else:
            raise PatchProblem(f"there is no {at} to remove")
    return result


def _plain(value: Any) -> Yaml:
    """Return `value` as the writer takes it."""
    if isinstance(value, float):
        return Decimal(str(value))
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return cast("Yaml", value)


@dataclass(frozen=True, slots=True)
class _Edit:
    """The text between two positions becomes another one."""

    start: int
    end: int
    text: str


def _spliced(text: str, changes: Mapping[int, Any]) -> str | None:
    """Return `text` with only the changed lines written anew; None where that is not possible."""
    documents = list(yaml.compose_all(text, _Loader))
    edits: list[_Edit] = []
    for at, patch in changes.items():
        node = documents[at]
        if not isinstance(node, yaml.MappingNode) or node.flow_style:
            return None
        edits += _edits(text, node, patch)
    for edit in sorted(edits, key=lambda one: (one.start, one.end), reverse=True):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text


def _edits(text: str, node: yaml.MappingNode, patch: Mapping[str, Any]) -> Iterator[_Edit]:
    entries = {key.value: (key, value) for key, value in node.value}
    column = node.start_mark.column
    added = {key: value for key, value in patch.items() if str(key) not in entries}
    for name, wanted in patch.items():
        if str(name) not in entries:
            continue
        key, value = entries[str(name)]
        inside = isinstance(value, yaml.MappingNode) and not value.flow_style and value.value
        if wanted is None:
            yield _Edit(_above(text, key, column), _line_end(text, value), "")
        elif isinstance(wanted, dict) and inside:
            yield from _edits(text, value, wanted)
        else:
            whole = _merged(_value_of(value), wanted)
            entry = _entry(str(name), whole, column).lstrip(" ").removesuffix("\n")
            yield _Edit(key.start_mark.index, _end(text, value), entry)
    if added and node.value:
        end = _line_end(text, node.value[-1][1])
        lines = "".join(_entry(str(key), value, column) for key, value in added.items())
        yield _Edit(end, end, lines if text[:end].endswith("\n") else f"\n{lines}")


def _value_of(node: yaml.Node) -> Any:
    return _Loader("").construct_document(node)


def _entry(key: str, value: Any, column: int) -> str:
    lines = yaml_text({key: _plain(value)}).removeprefix("---\n").splitlines()
    return "".join(f"{' ' * column}{line}".rstrip() + "\n" for line in lines)


def _end(text: str, node: yaml.Node) -> int:
    """Return where the value ends, without the white space after it."""
    while isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        node = last[1] if isinstance(last, tuple) else last
    end = int(node.end_mark.index)
    return len(text[:end].rstrip())


def _line_end(text: str, node: yaml.Node) -> int:
    """Return where the line after the value begins, a comment on its last line included."""
    end = text.find("\n", _end(text, node))
    return len(text) if end < 0 else end + 1


def _above(text: str, key: yaml.Node, column: int) -> int:
    """Return where the entry begins, with the comments right above it that are about it."""
    start = int(key.start_mark.index) - int(key.start_mark.column)
    if text[start : start + column].strip():
        return int(key.start_mark.index)  # the first key of a list's item: `- name: x`
    while start:
        before = text.rfind("\n", 0, start - 1) + 1
        line = text[before:start]
        if not line.startswith(" " * column + "#") or not before:
            break
        start = before
    return start

"""The tables of keys in docs/strategy-language.md, written from the schema.

A table stands between `<!-- keys: Model -->` and `<!-- end -->`.
"""

from __future__ import annotations

import re
from typing import Any

from outgrow.strategy.schema import strategy_schema

_TABLE = re.compile(r"(<!-- keys: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)

_PLAIN_WORDS = {"string": "text", "boolean": "true or false", "integer": "whole number"}


def with_key_tables(page: str) -> str:
    """Return `page` with each of its key tables written anew."""
    schema = strategy_schema()
    definitions = {"Strategy": schema, **schema["$defs"]}

    def table(match: re.Match[str]) -> str:
        return match[1] + _table(definitions[match[2]], definitions) + match[3]

    return _TABLE.sub(table, page)


def models_with_tables(page: str) -> list[str]:
    """Return the models whose tables `page` holds."""
    return [match[2] for match in _TABLE.finditer(page)]


def _table(definition: dict[str, Any], definitions: dict[str, Any]) -> str:
    required = definition.get("required", [])
    lines = ["| key | value | meaning |", "| --- | --- | --- |"]
    for key, field in definition["properties"].items():
        value = _value(field, definitions).replace("|", "\\|")
        needed = " **Required.**" if key in required else ""
        lines.append(f"| `{key}` | {value} | {field['description']}{needed} |")
    return "\n".join(lines) + "\n"


def _value(field: dict[str, Any], definitions: dict[str, Any]) -> str:
    words = _kind(field, definitions)
    default = field.get("default")
    if default is None or default is False:
        return words
    shown = str(default).lower() if isinstance(default, bool) else default
    return f"{words}; `{shown}` by default"


def _kind(field: dict[str, Any], definitions: dict[str, Any]) -> str:
    if "$ref" in field:
        name = field["$ref"].rpartition("/")[2]
        return _words(definitions[name]) if "enum" in definitions[name] else name
    if "enum" in field or "const" in field:
        return _words(field)
    if field.get("type") == "array":
        kind = _kind(field["items"], definitions)
        return f"list of {kind if len(kind) < 80 else 'kinds of component'}"
    if field.get("type") == "object":
        return f"by name: {_kind(field['additionalProperties'], definitions)}"
    if "anyOf" in field:
        return _any(field["anyOf"], definitions)
    if field.get("format") == "date":
        return "date"
    types = field["type"] if isinstance(field["type"], list) else [field["type"]]
    return " or ".join(_PLAIN_WORDS.get(name, str(name)) for name in types)


def _any(choices: list[dict[str, Any]], definitions: dict[str, Any]) -> str:
    written = [choice for choice in choices if choice.get("type") != "null"]
    if len(written) == 1:
        return _kind(written[0], definitions)
    kinds = {choice.get("type") for choice in written}
    if kinds == {"number", "string", "object"}:
        keys = next(c for c in written if c.get("type") == "object").get("properties", {})
        if "low" in keys:
            return "estimate"
        return "range" if "from" in keys else "usage"
    if kinds == {"integer", "object"}:
        return "whole number or demand"
    return " or ".join(dict.fromkeys(_kind(choice, definitions) for choice in written))


def _words(field: dict[str, Any]) -> str:
    return ", ".join(f"`{word}`" for word in field.get("enum", [field.get("const")]))

"""The JSON Schema of the strategy file, for editors and other tools.

`make golden` writes it to `outgrow.schema.json`, the file that is packaged and
that `outgrow schema` prints.
"""

from __future__ import annotations

import json
from decimal import Decimal
from enum import Enum
from importlib.resources import files
from typing import Any

from pydantic import BaseModel

from outgrow.strategy.descriptions import described
from outgrow.strategy.fields import Model
from outgrow.strategy.strategy import Strategy

SCHEMA_FILE = "outgrow.schema.json"
EDITOR_LINE = f"# yaml-language-server: $schema={SCHEMA_FILE}"
_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def strategy_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a whole `outgrow.yaml`."""
    schema = Strategy.model_json_schema()
    models = {model.__name__: model for model in Model.__subclasses__()}
    for name, definition in (("Strategy", schema), *schema["$defs"].items()):
        if name in models:
            _describe(definition, models[name])
    _name_keys(schema)
    head = {"$schema": _DIALECT, "title": "outgrow strategy", "type": "object"}
    return {**head, **{key: value for key, value in schema.items() if key not in head}}


def schema_text() -> str:
    """Return the schema as the packaged file holds it."""
    return json.dumps(strategy_schema(), indent=2, ensure_ascii=False) + "\n"


def packaged_schema() -> str:
    """Return the packaged file's text, without building the schema."""
    return (files("outgrow.strategy") / SCHEMA_FILE).read_text(encoding="utf-8")


def _describe(definition: dict[str, Any], model: type[BaseModel]) -> None:
    definition["description"] = " ".join((model.__doc__ or "").split())
    for key, field in definition["properties"].items():
        field.pop("title", None)
        field.pop("default", None)
        field.setdefault("description", described(model.__name__, key))
        default = _plain_default(model.model_fields[key].get_default())
        if default is not None:
            field["default"] = default


def _plain_default(value: object) -> str | int | float | bool | None:
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value if isinstance(value, str | int) and value != "" else None


def _name_keys(part: Any) -> None:
    """Say what the keys of mappings must look like in the words of the dialect."""
    if isinstance(part, list):
        for item in part:
            _name_keys(item)
    if not isinstance(part, dict):
        return
    patterns = part.get("patternProperties")
    if isinstance(patterns, dict) and len(patterns) == 1 and "properties" not in part:
        [(pattern, values)] = part.pop("patternProperties").items()
        part["propertyNames"] = {"pattern": pattern, "maxLength": 80}
        part["additionalProperties"] = values
    for value in part.values():
        _name_keys(value)

"""A strategy as YAML text that reads back as the same strategy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from enum import Enum

import yaml

from outgrow.strategy.strategy import Strategy
from outgrow.strategy.yaml_scalars import resolve_scalar

_BASE: type[yaml.SafeDumper] = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


def dump_strategy(strategy: Strategy) -> str:
    """Return `strategy` as YAML: what was written, fragments merged in, numbers exact."""
    return write_yaml(strategy.model_dump(exclude_unset=True, exclude={"extends"}))


def write_yaml(data: Mapping[str, object]) -> str:
    """Return `data` as YAML of which every scalar reads back as it was."""
    return yaml.dump(
        dict(data),
        Dumper=_Writer,
        sort_keys=False,
        allow_unicode=True,
        default_flow_style=False,
        width=96,
    )


class _Writer(_BASE):  # type: ignore[valid-type,misc]
    """PyYAML's dumper, with the scalars that our reader understands."""

    def ignore_aliases(self, data: object) -> bool:
        """Return True: what is written twice is printed twice."""
        del data
        return True


def _text(writer: yaml.SafeDumper, value: str) -> yaml.Node:
    # PyYAML quotes what YAML 1.1 would misread; our reader knows `1e3` as a number, too.
    plain = resolve_scalar(value) == value
    return writer.represent_scalar("tag:yaml.org,2002:str", value, style=None if plain else "'")


def _number(writer: yaml.SafeDumper, value: Decimal) -> yaml.Node:
    whole = value == value.to_integral_value()
    kind = "int" if whole else "float"
    text = str(int(value)) if whole else f"{value:f}"
    return writer.represent_scalar(f"tag:yaml.org,2002:{kind}", text)


def _word(writer: yaml.SafeDumper, value: Enum) -> yaml.Node:
    return _text(writer, str(value.value))


def _day(writer: yaml.SafeDumper, value: date) -> yaml.Node:
    return writer.represent_scalar("tag:yaml.org,2002:timestamp", value.isoformat())


def _list(writer: yaml.SafeDumper, value: Sequence[object]) -> yaml.Node:
    short = all(isinstance(item, str | int | Decimal) for item in value) and len(str(value)) < 80
    return writer.represent_sequence("tag:yaml.org,2002:seq", value, flow_style=short)


_Writer.add_representer(str, _text)
_Writer.add_representer(Decimal, _number)
_Writer.add_representer(date, _day)
_Writer.add_representer(list, _list)
_Writer.add_multi_representer(Enum, _word)

"""The variables of a component as a table; the value of a secret is `***`."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from rich.table import Table
from rich.text import Text

from outgrow.cli.console import out
from outgrow.operations.env import ComponentVariables, Variable
from outgrow.render.kit.text import folded

_HIDDEN = "***"
_MISSING = "missing"


def print_variables(
    shown: ComponentVariables, values: Mapping[str, str] = MappingProxyType({})
) -> None:
    """Print where each variable comes from, and what is missing.

    Only with their `values`, those of secrets show: for somebody who asked for them.
    """
    place = f"phase {shown.phase} in {shown.environment}"
    table = Table(title=f"{shown.strategy}: {shown.component}, {place}", title_justify="left")
    table.add_column("variable", no_wrap=True)
    table.add_column("value", overflow="fold")
    table.add_column("comes from")
    for one in shown.variables:
        table.add_row(one.key, Text(_value(one, values)), Text(_origin(one)))
    console = out()
    console.print(table)
    if shown.missing:
        console.print(f"{len(shown.missing)} missing: set them here or in {shown.env_file}.")


def _value(variable: Variable, values: Mapping[str, str]) -> str:
    if variable.kind == "settings":
        return "\n".join(folded(variable.value or ""))
    if variable.kind == "plain":
        return values.get(variable.key, variable.value or "")
    if variable.found_in is None:
        return _MISSING
    return values.get(variable.key, _HIDDEN)


def _origin(variable: Variable) -> str:
    if variable.found_in is not None:
        return variable.found_in
    return f"nowhere; it lives in {variable.reference}"

"""Environments and switches for people: tables to stdout, the plan of a switch to stderr."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.table import Table
from rich.text import Text

from outgrow.cli.console import out, talk
from outgrow.environments.differences import Comparison, Difference, Side
from outgrow.environments.problems import Problem
from outgrow.environments.profile import Kind
from outgrow.operations.environments.checking import ProfileCheck
from outgrow.operations.environments.listing import Active, Compared, Listed
from outgrow.operations.environments.past import Past
from outgrow.operations.environments.switch_plan import Switched, SwitchPlan
from outgrow.render.kit.text import folded
from outgrow.strategy.environments import Rules

_WORDS = {
    Comparison.SAME: "same",
    Comparison.DIFFERS: "differs",
    Comparison.ONLY_FIRST: "only in {first}",
    Comparison.ONLY_SECOND: "only in {second}",
    Comparison.UNKNOWN: "unknown",
}


def print_list(listed: Sequence[Listed]) -> None:
    """Print the environments; the active one has a star."""
    table = Table()
    for title in ("", "environment", "phase", "values in", "variables", "data", "rules"):
        table.add_column(title, no_wrap=title == "environment", overflow="fold")
    for one in listed:
        table.add_row(
            "*" if one.active else "",
            Text(one.environment),
            Text(one.phase),
            Text(one.env_file + ("" if one.env_file_exists else " (not there)")),
            Text(_counted(one)),
            one.data,
            "; ".join(_ruled(one.rules)),
        )
    out().print(table)


def print_current(found: Sequence[Active]) -> None:
    """Print what is active in each file."""
    console = out()
    for one in found:
        told = one.environment or "no environment"
        only = f", only {one.component}" if one.component else ""
        since = f", since {one.since:%Y-%m-%d %H:%M} UTC" if one.since else ""
        console.print(f"{told} in {one.file}{only}{since}", markup=False)


def print_compared(compared: Compared) -> None:
    """Print two environments side by side."""
    table = Table()
    table.add_column("variable", no_wrap=True)
    table.add_column(compared.first, overflow="fold")
    table.add_column(compared.second, overflow="fold")
    table.add_column("")
    for one in compared.variables:
        word = _WORDS[one.comparison].format(first=compared.first, second=compared.second)
        table.add_row(one.key, Text(_side(one.first)), Text(_side(one.second)), word)
    console = out()
    console.print(table)
    differing = sum(1 for one in compared.variables if _differs(one))
    console.print(f"{differing} of {len(compared.variables)} differ.")


def print_check(checked: ProfileCheck) -> None:
    """Print the variables of an environment, what its endpoints said, and what is wrong."""
    table = Table(title=f"{checked.strategy}: {checked.environment}", title_justify="left")
    table.add_column("variable", no_wrap=True)
    table.add_column("kind")
    table.add_column("comes from")
    for one in checked.variables:
        table.add_row(one.key, one.kind, Text(one.found_in or "nowhere"))
    console = out()
    console.print(table)
    for asked in (one for one in checked.endpoints if one.is_well):
        console.print(f"{asked.key}: {asked.place} {asked.detail}", markup=False)
    for note in checked.notes:
        console.print(f"note: {note}.", markup=False)
    _print_problems(checked.problems)
    if checked.ok:
        told = f"{checked.environment} is complete; endpoints: {checked.live}."
        console.print(told, markup=False)


def print_plan(plan: SwitchPlan) -> None:
    """Print what a switch would change, to stderr: names of variables, no values."""
    console = talk()
    before, after = plan.previous or "no environment", plan.environment or "no environment"
    console.print(f"{plan.file}: {before} -> {after}", markup=False)
    lines = {
        "new": plan.added,
        "gone": plan.removed,
        "other values": plan.changed,
        "your own lines, now in the block": plan.taken_over,
        "edited by hand, written anew": plan.edited,
    }
    for told, keys in lines.items():
        if keys:
            console.print(f"  {told}: {', '.join(keys)}", markup=False)
    if plan.check is not None:
        for asked in plan.check.endpoints:
            console.print(f"  {asked.key}: {asked.place} {asked.detail}", markup=False)
        console.print(f"  endpoints: {plan.check.live}", markup=False)
        for note in plan.check.notes:
            console.print(f"  note: {note}.", markup=False)
    for one in plan.running:
        told = f"  stays in {one.environment}: {one.what}, by {one.owner}. {one.remedy}"
        console.print(told, markup=False)


def print_switched(done: Switched) -> None:
    """Print what is active now."""
    told = f"{done.environment or 'no environment'} is active in {done.file}"
    out().print(told if done.written else f"{told} already; nothing was written", markup=False)


def print_history(found: Sequence[Past]) -> None:
    """Print the switches."""
    table = Table()
    for title in ("", "when (UTC)", "who", "from", "to", "endpoints", ""):
        # A narrow terminal breaks a cell into lines, and loses nothing of it.
        table.add_column(title, overflow="fold")
    for one in found:
        table.add_row(
            str(one.operation),
            f"{one.at:%Y-%m-%d %H:%M:%S}",
            Text(one.who),
            Text(one.previous or "none"),
            Text(one.environment or "none"),
            one.live,
            Text("; ".join(_remarks(one))),
        )
    console = out()
    if found:
        console.print(table)
    else:
        console.print("no switch yet")


def _print_problems(problems: Sequence[Problem]) -> None:
    console = out()
    for one in problems:
        console.print(f"{one.code}: {one.reason}", markup=False)
        if one.remedy:
            console.print(f"  {one.remedy}", markup=False)
    if problems:
        console.print(f"\n{len(problems)} problem{'s' if len(problems) != 1 else ''}")


def _counted(one: Listed) -> str:
    missing = f", {one.without_value} without a value here" if one.without_value else ""
    return f"{one.variables}, {one.secrets} secret{missing}"


def _ruled(rules: Rules) -> Iterator[str]:
    if rules.confirm_by_name:
        yield "protected"
    if not rules.production_data:
        yield "no production data"
    if not rules.load_tests:
        yield "no load tests"
    if rules.migrations_first_in:
        yield f"migrations after {rules.migrations_first_in}"


def _side(side: Side | None) -> str:
    if side is None:
        return ""
    if side.kind is Kind.SETTINGS:
        return "\n".join(folded(side.value or ""))
    if side.kind is Kind.PLAIN:
        return side.value or ""
    return f"*** ({side.found_in})" if side.found_in else "missing"


def _differs(one: Difference) -> bool:
    return one.comparison is not Comparison.SAME


def _remarks(one: Past) -> Iterator[str]:
    if one.outcome is None:
        yield "not ended"
    elif one.reason:
        yield one.reason
    if one.undo_of is not None:
        yield f"takes back {one.undo_of}"
    if one.undone:
        yield "taken back"
    if one.rebound:
        yield f"moved: {', '.join(one.rebound)}"

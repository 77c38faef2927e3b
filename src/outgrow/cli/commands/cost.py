"""`outgrow cost` and `outgrow compare`."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from outgrow.cli.json_view import print_json
from outgrow.errors import EXIT_DONE
from outgrow.operations.cost import PhaseBill, bill_phases, compare_phases
from outgrow.operations.demand_flags import demand_values, read_what_if
from outgrow.operations.opened import Opened, open_strategy
from outgrow.topology.what_if import WhatIf


@dataclass(frozen=True)
class Terms:
    """The flags that ask "what if": nothing of them is in the file."""

    values: list[str]
    autostop: str | None
    reserve: str | None
    spot: float | None
    addons: list[str]


def run_cost(
    path: str | None,
    phase: str | None,
    environment: str | None,
    terms: Terms,
    *,
    every: bool,
    gaps: bool,
    explain: bool,
    as_json: bool,
) -> int:
    """Print the bill of one phase or of all of them."""
    opened = open_strategy(path)
    what_if = _what_if(opened, terms)
    names = list(opened.strategy.phases) if every else [opened.phase(phase)]
    bills = bill_phases(opened, names, opened.environment(environment), what_if)
    if as_json:
        print_json("cost", bills)
    else:
        _show(bills, every=every, gaps=gaps, explain=explain)
    return EXIT_DONE


def _what_if(opened: Opened, terms: Terms) -> WhatIf:
    return read_what_if(
        demand_values(terms.values, opened.strategy),
        terms.autostop,
        terms.reserve,
        None if terms.spot is None else Decimal(repr(terms.spot)),
        opened.addons(terms.addons),
    )


def _show(bills: tuple[PhaseBill, ...], *, every: bool, gaps: bool, explain: bool) -> None:
    from outgrow.cli.console import out
    from outgrow.cli.views import cost_view

    console = out()
    if every:
        cost_view.show_phases(console, bills)
        if gaps and any(bill.gaps for bill in bills):
            console.print()
            cost_view.show_gaps_of_phases(console, bills)
            console.print("\n`outgrow cost --phase NAME` says why, and what to write.")
        return
    for bill in bills:
        cost_view.show_phase(console, bill, explain)
        if gaps and bill.gaps:
            console.print(f"\n[bold]{bill.phase}[/bold] leaves out")
            cost_view.show_gaps(console, bill.gaps)


def run_compare(
    path: str | None,
    before: str,
    after: str,
    environment: str | None,
    terms: Terms,
    along: str | None,
    *,
    as_json: bool,
) -> int:
    """Print two phases against each other."""
    opened = open_strategy(path)
    comparison = compare_phases(
        opened,
        opened.phase(before),
        opened.phase(after),
        opened.environment(environment),
        along,
        _what_if(opened, terms),
    )
    if as_json:
        print_json("compare", comparison)
    else:
        from outgrow.cli.console import out
        from outgrow.cli.views.compare_view import show_comparison

        show_comparison(out(), comparison)
    return EXIT_DONE

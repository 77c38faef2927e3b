"""Names that the file mentions and never declares, and names that lead in circles.

Works on the document rather than on the models, so that a wrong name is reported together
with wrong values. Offerings and their settings are checked against the catalogue elsewhere.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import islice

from outgrow.diagnostics import Diagnostic, Location, Path, Severity
from outgrow.strategy.cycles import find_cycles
from outgrow.strategy.patterns import Mention, Place, Search
from outgrow.strategy.yaml_nodes import (
    MappingNode,
    Node,
    ScalarNode,
    child,
    locate_key,
    node_at,
)

_NAMES_SHOWN = 12
_ASSIGNMENTS = ("phases/*/use", "addons/*/use", "environments/*/use")
_PRICES = ("phases/*/costs/*", "offerings/*/price", *(f"{use}/*/price" for use in _ASSIGNMENTS))

# What is declared where, and everywhere it is mentioned by name.
_MENTIONED = {
    "component": (
        "components/*/talks_to/*",
        "components/*/needs/pool/to",
        "components/*/run/after/~",
        *(f"{use}/~" for use in _ASSIGNMENTS),
        *(f"{use}/*/runs_on" for use in _ASSIGNMENTS),
        "environments/*/only/*",
        "phases/*/next/*/steps/*/component",
        "addons/*/steps/*/component",
        "signals/*/component",
        "targets/*/component",
        "alerts/*/component",
        "caching/*/component",
        "rate_limits/*/component",
        "data_growth/*/*/component",
        "data_growth/*/*/components/*",
        "data_growth/*/*/databases/*",
        "sandboxes/*/component",
        "idle_machines/*/component",
        "claims/*/phase/components/*",
        "metrics/*/component",
        "deploy/jobs/*/component",
        "deploy/hosted/~",
        "multi_region/components/~",
    ),
    "phase": (
        "start",
        "current",
        "phases/*/next/~",
        "addons/*/fits/*",
        "environments/*/phase",
        "alerts/*/phases/*",
        "idle_machines/*/phases/*",
        "data_growth/*/*/from_phase",
        "components/*/needs/pool/pooler_from_phase",
        "next_steps/*/phase",
        "claims/*/phase/phase",
        "multi_region/stages/*/phases/*",
    ),
    "addon": ("phases/*/addons/*",),
    "demand variable": (
        "demand/*/per/~",
        "phases/*/serves/~",
        "phases/*/expects/~",
        "phases/*/holds/~",
        *(f"{use}/*/holds/~" for use in _ASSIGNMENTS),
        *(f"{use}/*/usage/*" for use in _ASSIGNMENTS),
        *(f"{use}/*/usage/*/demand" for use in _ASSIGNMENTS),
        *(f"{use}/*/{key}/demand" for use in _ASSIGNMENTS for key in ("count", "seats")),
        "next_steps/*/at/~",
    ),
    "environment": (
        "production",
        "environments/*/rules/migrations_first_in",
        "environments/*/fallback_for",
        "claims/*/phase/environment",
        "claims/*/resources/environment",
        "deploy/jobs/*/environment",
        "deploy/hosted/*/environments/*",
    ),
    "channel": ("alerts/*/to/*",),
    "claim": (
        "claims/*/sum_of/*",
        "claims/*/less/*",
        "claims/*/repeats",
        "claims/*/revenue_share/cost",
    ),
    "job": ("deploy/jobs/*/after/*",),
    "signal": (),
}
_SECTION = {
    "component": "components",
    "phase": "phases",
    "addon": "addons",
    "demand variable": "demand",
    "environment": "environments",
    "channel": "channels",
    "claim": "claims",
    "job": "deploy/jobs",
    "signal": "signals",
}
_FOLLOWS_PRODUCTION = "current"


def reference_problems(root: MappingNode) -> Iterator[Diagnostic]:
    """Yield every reference in the document that leads nowhere or in a circle."""
    search = Search(root)
    yield from _undeclared(search)
    yield from _production(search)
    yield from _currencies(search)
    yield from _revenue_shares(search)
    yield from _circles(search)
    yield from _to_itself(search)
    yield from _without_offering(search)


def reference_warnings(root: MappingNode) -> list[Diagnostic]:
    """Return the phases that no transition leads to from where the strategy starts.

    Without any `next` the phases are a list in their order; a phase with `weeks` is reached
    by the calendar, and one that an environment copies is used there.
    """
    search = Search(root)
    phases = node_at(root, ("phases",))
    links = list(search.mentions("phases/*/next/~"))
    if not isinstance(phases, MappingNode) or not links:
        return []
    reached = _reached(search, phases, links)
    return [
        _warning(name, entry.key)
        for name, entry in phases.entries.items()
        if name not in reached and child(entry.node, "weeks") is None
    ]


def _reached(search: Search, phases: MappingNode, links: list[Mention]) -> set[str]:
    named = ("start", "current", "environments/*/phase")
    begin = [mention.name for key in named for mention in search.mentions(key)]
    waiting = [*begin, *([] if child(search.root, "start") else list(phases.entries)[:1])]
    following: dict[str, list[str]] = {}
    for link in links:
        following.setdefault(str(link.path[1]), []).append(link.name)
    reached: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += following.get(name, [])
    return reached


def _warning(name: str, place: Location) -> Diagnostic:
    reason = f"no phase leads to {name}, and no environment uses it"
    remedy = f"Name it under `next` of the phase before it, or remove {name}."
    path = ("phases", name)
    return Diagnostic(Severity.WARNING, "unreachable-phase", reason, remedy, path, place)


def _undeclared(search: Search) -> Iterator[Diagnostic]:
    for kind, patterns in _MENTIONED.items():
        section = node_at(search.root, tuple(_SECTION[kind].split("/")))
        if section is not None and not isinstance(section, MappingNode):
            continue
        names = section.entries.keys() if section else frozenset()
        found = [mention for pattern in patterns for mention in search.mentions(pattern)]
        for mention in (*found, *_in_conditions(search, kind)):
            if mention.name not in names and not _allowed(kind, mention, names):
                yield _unknown(kind, mention, names)


def _in_conditions(search: Search, kind: str) -> Iterator[Mention]:
    if kind == "signal":
        yield from search.named(search.conditions(), "signal")
    if kind == "component":
        for mention in search.named([*search.conditions(), *search.places("alerts/*")], "limit"):
            component, dot, _ = mention.name.partition(".")
            if dot:
                yield mention._replace(name=component)


def _allowed(kind: str, mention: Mention, names: Collection[str]) -> bool:
    if kind == "phase":
        return mention.path[0] == "environments" and mention.name == _FOLLOWS_PRODUCTION
    if kind == "environment":
        return mention.path == ("production",) and not names
    # A number with a unit in `usage` is a wrong value, not the name of a demand variable.
    return kind == "demand variable" and "usage" in mention.path and mention.name[:1].isdigit()


def _unknown(kind: str, mention: Mention, names: Collection[str]) -> Diagnostic:
    from outgrow.strategy.shape import nearest  # difflib is not needed for a valid file

    guess = nearest(mention.name, names)
    shown = mention.name if len(mention.name) <= 80 else mention.name[:79] + "…"
    remedy = f"Did you mean `{guess}`?" if guess else _declare(kind, shown, names)
    reason = f"there is no {kind} called `{shown}`"
    code = f"unknown-{kind.replace(' ', '-')}"
    return Diagnostic(Severity.ERROR, code, reason, remedy, mention.path, mention.location)


def _declare(kind: str, name: str, names: Collection[str]) -> str:
    section = _SECTION[kind]
    if not names:
        return f"Declare it: add `{name}` under `{section}`."
    listed = ", ".join(islice(names, _NAMES_SHOWN)) + (", ..." if len(names) > _NAMES_SHOWN else "")
    return f"Add it under `{section}`, or write one of: {listed}."


def _production(search: Search) -> Iterator[Diagnostic]:
    section = child(search.root, "environments")
    written = child(search.root, "production") is not None
    if written or not isinstance(section, MappingNode) or not section.entries:
        return
    if "production" not in section.entries:
        names = ", ".join(list(section.entries)[:_NAMES_SHOWN])
        yield Diagnostic(
            Severity.ERROR,
            "unknown-environment",
            "there are environments, and none is called `production`",
            f"Add `production: {{}}`, or say which one it is: `production: ...` of {names}.",
            ("environments",),
            locate_key(search.root, ("environments",)),
        )


def _currencies(search: Search) -> Iterator[Diagnostic]:
    rates = {mention.name for mention in search.mentions("finance/currencies/~")} | {"USD"}
    used = [m for price in _PRICES for m in search.mentions(f"{price}/currency")]
    for mention in (*used, *search.mentions("finance/currency")):
        if mention.name not in rates:
            code = mention.name[:20]
            yield Diagnostic(
                Severity.ERROR,
                "unknown-currency",
                f"there is no rate for the currency `{code}`",
                f"Say what one {code} costs in USD: `finance: {{currencies: {{{code}: 1.08}}}}`.",
                mention.path,
                mention.location,
            )


def _revenue_shares(search: Search) -> Iterator[Diagnostic]:
    if node_at(search.root, ("demand", "revenue_usd_month")) is not None:
        return
    for price in _PRICES:
        for place in search.places(f"{price}/share_of_revenue"):
            yield Diagnostic(
                Severity.ERROR,
                "unknown-demand-variable",
                "a share of revenue needs a demand variable called `revenue_usd_month`",
                "Add `revenue_usd_month: {}` under `demand`.",
                place.path,
                place.location,
            )


def _circles(search: Search) -> Iterator[Diagnostic]:
    graphs = {
        "demand": [*search.mentions("demand/*/per/~")],
        "signal": [*search.named(search.conditions(), "signal")],
        "claim": [m for pattern in _MENTIONED["claim"] for m in search.mentions(pattern)],
        "like": [m for m in search.mentions("offerings/*/like") if m.name != m.path[1]],
    }
    for kind, links in graphs.items():
        yield from _circle(kind, 1, [m for m in links if kind != "signal" or _of_signal(m)])
    yield from _circle("job", 2, list(search.mentions("deploy/jobs/*/after/*")))
    by_phase: dict[str, list[Mention]] = {}
    for mention in search.mentions("phases/*/use/*/runs_on"):
        by_phase.setdefault(str(mention.path[1]), []).append(mention)
    for links in by_phase.values():
        yield from _circle("runs-on", 3, links)


def _of_signal(mention: Mention) -> bool:
    return mention.path[0] == "signals"


def _circle(kind: str, name_at: int, links: list[Mention]) -> Iterator[Diagnostic]:
    graph: dict[str, list[Mention]] = {}
    for link in links:
        graph.setdefault(str(link.path[name_at]), []).append(link)
    for cycle in find_cycles(graph):
        chain = " -> ".join(cycle.names[:_NAMES_SHOWN])
        yield Diagnostic(
            Severity.ERROR,
            f"{kind}-cycle",
            f"this leads in a circle: {chain}",
            "Remove one of these links.",
            cycle.closed_by.path,
            cycle.closed_by.location,
        )


def _to_itself(search: Search) -> Iterator[Diagnostic]:
    for mention in search.mentions("phases/*/next/~"):
        if mention.name == mention.path[1]:
            yield Diagnostic(
                Severity.ERROR,
                "next-to-itself",
                "a phase cannot be its own next phase",
                "Name another phase, or remove the transition.",
                mention.path,
                mention.location,
            )


def _without_offering(search: Search) -> Iterator[Diagnostic]:
    for place in search.places("phases/*/use/*"):
        if _lacks_offering(place.node):
            yield _offering_missing(place)
    for place in search.places("environments/*/use/*"):
        if _lacks_offering(place.node) and not _changes_a_phase(search, place.path):
            yield _offering_missing(place)


def _lacks_offering(node: Node) -> bool:
    if not isinstance(node, MappingNode):
        return False
    left_out = child(node, "leave_out")
    if isinstance(left_out, ScalarNode) and left_out.value is not False:
        return False
    return not any(_written(child(node, key)) for key in ("offering", "runs_on", "price"))


def _written(node: Node | None) -> bool:
    return node is not None and not (
        isinstance(node, ScalarNode) and node.value is None and not node.broken
    )


def _changes_a_phase(search: Search, path: Path) -> bool:
    """Return whether the phase that an environment copies assigns the component."""
    component = str(path[-1])
    copied = node_at(search.root, (*path[:2], "phase"))
    name = copied.value if isinstance(copied, ScalarNode) else _FOLLOWS_PRODUCTION
    if name != _FOLLOWS_PRODUCTION and isinstance(name, str):
        if node_at(search.root, ("phases", name, "use", component)) is not None:
            return True
        added = [m.name for m in search.mentions(f"phases/{name}/addons/*")]
        return any(node_at(search.root, ("addons", a, "use", component)) is not None for a in added)
    return any(
        child(use.node, component) is not None
        for pattern in ("phases/*/use", "addons/*/use")
        for use in search.places(pattern)
    )


def _offering_missing(place: Place) -> Diagnostic:
    return Diagnostic(
        Severity.ERROR,
        "no-offering",
        f"nothing says what `{str(place.path[-1])[:80]}` runs on here",
        "Write `offering: provider/product`, `runs_on`, a `price`, or `leave_out: true`.",
        place.path,
        place.location,
    )

"""Which phase, and why: the decision tree, and the phases as options side by side."""

from __future__ import annotations

from collections.abc import Iterable

from outgrow.analysis.decision.decision_tree import Fork
from outgrow.analysis.decision.decision_tree import Tree as Decisions
from outgrow.analysis.decision.matrix import Effort, Held, Option, Timeout
from outgrow.render.document.blocks import (
    BREAK,
    Badge,
    Block,
    Code,
    Column,
    Link,
    Muted,
    Row,
    Section,
    Table,
    Text,
    Tree,
    TreeNode,
    after,
    joined,
    text,
)
from outgrow.render.document.facts import StrategyFacts
from outgrow.render.document.mermaid import tree_graph
from outgrow.render.document.sections.overview import phase_anchor, served, without_empty
from outgrow.render.document.words import (
    NOTHING,
    cost_range_of,
    duration,
    short_total,
    span,
    spread,
    words,
)

_ASIDE = {"up": "", "aside": "aside: ", "down": "back: "}


def deciding(facts: StrategyFacts) -> Section:
    """Return the decision tree and the matrix of options."""
    blocks: list[Block] = []
    for tree in facts.trees:
        root = _node(tree, facts)
        if root.children:
            title = f"Decision tree, from {tree.title}"
            blocks.append(Tree(title, root, tree_graph(root)))
    blocks += _matrix(facts)
    return Section("deciding", "Which phase, and when", tuple(blocks), short="Decision tree")


def _node(tree: Decisions, facts: StrategyFacts, when: str = "") -> TreeNode:
    """Return a phase with the condition that leads to it, and what follows from it."""
    now = tree.phase == facts.current
    said = served(facts.phase(tree.phase))
    content = text(
        f"{when} → " if when else "",
        Link(tree.title, phase_anchor(tree.phase)),
        Muted(f" {said}") if said != NOTHING else "",
        after(now, " ", Badge("now", "good")),
    )
    addons = [
        TreeNode(text(f"when {condition} → add ", Code(name)), tone="quiet")
        for name, condition in tree.addons
        if condition
    ]
    forks = [_fork(fork, facts) for fork in tree.forks]
    return TreeNode(content, (*forks, *addons), "good" if now else "plain")


def _fork(fork: Fork, facts: StrategyFacts) -> TreeNode:
    when = f"when {fork.when}" if fork.when else "when the team decides"
    asked = f"{_ASIDE[fork.direction]}{when}"
    if fork.to is not None:
        return _node(fork.to, facts, asked)
    link = Link(facts.phase_title(fork.name), phase_anchor(fork.name))
    return TreeNode(text(f"{asked} → ", link), tone="quiet")


def _matrix(facts: StrategyFacts) -> Iterable[Block]:
    if facts.options is None or len(facts.options.options) < 2:
        return
    columns = (
        Column("Option"),
        Column("USD a month", numeric=True),
        Column("Control"),
        Column("Complexity"),
        Column("DevOps hours a week", numeric=True),
        Column("Longest request", numeric=True),
        Column("At once", wide=True),
        Column("Requests"),
        Column("To get there"),
    )
    rows = tuple(_option(one) for one in facts.options.options)
    yield without_empty(Table("Decision matrix: the phases as options", columns, rows))


def _option(one: Option) -> Row:
    hours = one.devops_hours_week
    return Row(
        (
            text(Link(one.title, phase_anchor(one.phase))),
            text(short_total(one.cost.expected), BREAK,
                 Muted(cost_range_of(one.cost.low, one.cost.high))),
            text(one.control or NOTHING),
            text(one.complexity or NOTHING),
            text(NOTHING if hours is None else spread(hours)),
            text(_timeout(one.longest_request)),
            _held(one.concurrency),
            _held(one.request_limits),
            joined([_effort(each) for each in one.effort], BREAK) or text(NOTHING),
        )
    )  # fmt: skip


def _timeout(one: Timeout | None) -> str:
    if one is None:
        return NOTHING
    return f"{'at most ' if one.at_most else ''}{duration(one.seconds)}"


def _held(all_held: tuple[Held, ...]) -> Text:
    said = [
        text(span(one.amount) if one.amount else "unknown", Muted(f" {words(one.name)}"))
        for one in all_held
    ]
    return joined(said, BREAK) or text(NOTHING)


def _effort(one: Effort) -> Text:
    parts = [f"from {one.come_from}"]
    if one.days is not None:
        parts.append(span(one.days, "days"))
    if one.complexity is not None:
        parts.append(f"{one.complexity} complexity")
    if one.steps:
        parts.append(f"{one.steps} {'step' if one.steps == 1 else 'steps'}")
    return text(", ".join(parts))

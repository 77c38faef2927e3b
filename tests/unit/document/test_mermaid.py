"""Mermaid gets our ids and quoted labels, nothing else."""

from __future__ import annotations

import re

import pytest
from tests.unit.document.samples import GROWING, HOSTILE_TEXTS, facts_about, hostile

from outgrow.render.document.blocks import TreeNode, text
from outgrow.render.document.mermaid import architecture_graph, label, phase_graph, tree_graph

_LINE = re.compile(
    r"flowchart (LR|TD)"
    r'|    style n\d+ stroke-width:3px|    subgraph lane\d\["[^"<>]*"\]|    end'
    r"|    (n\d+|users) (-->|-\.->) n\d+"
    r'|\s+(n\d+|users)(\[|\(\[|\[\(|\{\{|\(\()"[^"]*"(\]|\]\)|\)\]|\}\}|\)\))'
)


@pytest.mark.parametrize("words", HOSTILE_TEXTS)
def test_every_line_has_one_of_our_forms(words: str) -> None:
    facts = facts_about(hostile(words))
    graphs = [phase_graph(facts)]
    graphs += [architecture_graph(one.topology, one.costs) for one in facts.phases]
    graphs.append(tree_graph(TreeNode(text(words), (TreeNode(text(words)),))))
    for line in "\n".join(graphs).splitlines():
        assert _LINE.fullmatch(line), line


@pytest.mark.parametrize("words", HOSTILE_TEXTS)
def test_a_label_holds_no_character_that_mermaid_or_html_would_read(words: str) -> None:
    inside = label(words).removeprefix('"').removesuffix('"')
    assert re.search(r'["<>`\\\n]|&(?!amp;)|```', inside) is None


def test_lines_of_a_label_are_parted_by_our_own_break() -> None:
    assert label("a", "", "b <br/>") == '"a<br/>b #lt;br/#gt;"'


def test_a_branch_is_linked_to_the_node_it_grows_from() -> None:
    leaf = TreeNode(text("leaf"))
    graph = tree_graph(TreeNode(text("root"), (TreeNode(text("twig"), (leaf,)), leaf)))
    assert graph.splitlines()[1:] == [
        '    n0["root"]',
        '    n1["twig"]',
        "    n0 --> n1",
        '    n2["leaf"]',
        "    n1 --> n2",
        '    n3["leaf"]',
        "    n0 --> n3",
    ]


def test_ways_aside_and_back_are_dotted() -> None:
    graph = phase_graph(facts_about(GROWING))
    assert "    n0 --> n1" in graph
    assert "    n0 -.-> n2" in graph
    assert "    n1 -.-> n0" in graph

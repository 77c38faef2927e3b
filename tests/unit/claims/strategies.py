"""Strategies for tests: the examples, and small ones around a piece of YAML."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent, indent

from outgrow.analysis.claims.judge import judge_claims
from outgrow.analysis.claims.judgement import Judgement
from outgrow.catalog.load import Catalog, load_catalog
from outgrow.strategy.load import parse_strategy
from outgrow.strategy.strategy import Strategy

ROOT = Path(__file__).parents[3]
EXAMPLES = ("pocketable", "sprint-one", "nowry", "floyo", "nexod")
CATALOG: Catalog = load_catalog()

_HEAD = """
outgrow: 1
name: test
components:
  app: {kind: service}
phases:
  one:
    use:
      app: {offering: aws/ec2/t3.medium}
"""


def example(name: str) -> Strategy:
    """Return one of the strategies under `examples/`."""
    path = ROOT / "examples" / name / "outgrow.yaml"
    return parse_strategy(path.read_bytes(), str(path)).strategy


def strategy(text: str) -> Strategy:
    """Return the strategy in `text`."""
    return parse_strategy(dedent(text)).strategy


def judge(claim: str, *others: str, head: str = _HEAD) -> Judgement:
    """Return the judgement of `claim`, the last of the claims called c1, c2, ..."""
    claims = "".join(
        f"  c{number}:\n    says: it\n{indent(dedent(body).strip(), '    ')}\n"
        for number, body in enumerate((*others, claim), start=1)
    )
    text = f"{dedent(head).rstrip()}\nclaims:\n{claims}"
    return judge_claims(parse_strategy(text).strategy, CATALOG)[-1]

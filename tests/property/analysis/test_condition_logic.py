"""Knowing more never turns a settled yes into a no, nor a no into a yes."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from outgrow.analysis.signals.conditions import Evidence, evaluate
from outgrow.analysis.signals.outcome import Outcome, State, at_least_k
from outgrow.analysis.usage.readings import Readings
from outgrow.analysis.usage.usage import Usage
from outgrow.strategy.signals import Condition

NOW = datetime(2026, 3, 31, tzinfo=UTC)
METRICS = ("a", "b", "c", "d")
SETTLED = (State.NO, State.WARN, State.HOLDS)

leaves = st.builds(
    lambda metric, operator, threshold: Condition.model_validate(
        {"metric": metric, operator: threshold}
    ),
    st.sampled_from(METRICS),
    st.sampled_from(["above", "at_least", "below", "at_most"]),
    st.integers(0, 10),
)


def _group(children: list[Condition], form: str, k: int) -> Condition:
    if form == "of":
        return Condition(of=children, at_least_k=min(k, len(children)))
    return Condition(any=children) if form == "any" else Condition(all=children)


conditions = st.recursive(
    leaves,
    lambda inner: st.builds(
        _group,
        st.lists(inner, min_size=1, max_size=4),
        st.sampled_from(["any", "all", "of"]),
        st.integers(1, 4),
    ),
    max_leaves=12,
)
values = st.dictionaries(st.sampled_from(METRICS), st.integers(0, 10).map(Decimal))


def judged(condition: Condition, known: dict[str, Decimal]) -> Outcome:
    usage = Usage.from_values(known, NOW)
    return evaluate(condition, Evidence(Readings(usage, {}, NOW)))


@given(conditions, values, values)
def test_more_knowledge_never_flips_a_settled_answer(
    condition: Condition, known: dict[str, Decimal], more: dict[str, Decimal]
) -> None:
    before = judged(condition, known).state
    after = judged(condition, {**more, **known}).state
    if before is not State.UNKNOWN:
        assert after is before


@given(conditions, st.fixed_dictionaries({m: st.integers(0, 10).map(Decimal) for m in METRICS}))
def test_with_every_value_known_nothing_is_unknown(
    condition: Condition, known: dict[str, Decimal]
) -> None:
    outcome = judged(condition, known)
    assert outcome.state is not State.UNKNOWN
    assert outcome.reason
    assert not outcome.missing


@given(conditions)
def test_an_unknown_answer_names_what_would_settle_it(condition: Condition) -> None:
    outcome = judged(condition, {})
    assert outcome.state is State.UNKNOWN
    assert outcome.missing


outcomes = st.builds(
    lambda ends: Outcome(*sorted(ends, key=SETTLED.index), reason="said"),
    st.tuples(st.sampled_from(SETTLED), st.sampled_from(SETTLED)),
)
some_condition = Condition(metric="a", above=Decimal(1))


@given(st.lists(outcomes, min_size=1, max_size=6), st.data())
def test_k_of_n_counts_what_surely_holds_and_what_may(
    children: list[Outcome], data: st.DataObject
) -> None:
    k = data.draw(st.integers(1, len(children)))
    state = at_least_k(k, children, some_condition).state
    sure = sum(child.least is State.HOLDS for child in children)
    possible = sum(child.most is State.HOLDS for child in children)
    assert (state is State.HOLDS) == (sure >= k)
    if possible >= k > sure:
        assert state is State.UNKNOWN


@given(st.lists(outcomes, min_size=1, max_size=6))
def test_needing_more_of_the_same_children_never_helps(children: list[Outcome]) -> None:
    groups = [at_least_k(k, children, some_condition) for k in range(1, len(children) + 1)]
    ranks = [SETTLED.index(group.least) for group in groups]
    assert ranks == sorted(ranks, reverse=True)

"""Whatever is measured, status and decide answer, and they answer alike."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import yaml
from hypothesis import given
from hypothesis import strategies as st

from outgrow.analysis.decision.decide import decide
from outgrow.analysis.status.assess import assess
from outgrow.analysis.status.assessment import Verdict
from outgrow.analysis.usage.usage import Usage
from outgrow.catalog.load import Catalog
from outgrow.strategy.strategy import Strategy

NOW = datetime(2026, 3, 31, tzinfo=UTC)
CATALOG = Catalog(lambda _: (), lambda _: None, lambda: ())
STRATEGY = Strategy.model_validate(
    yaml.safe_load(
        """
        outgrow: 1
        name: three
        demand:
          storage_gb: {per: {users: {low: 0.1, likely: 0.2, high: 0.4}}}
        components: {db: {kind: postgres}}
        phases:
          one:
            serves: {users: 0-50}
            use: {db: {price: {per_month: 1}, limits: {storage_gb: 15}}}
            next: {two: {when: {metric: users, at_least: 50}}}
          two:
            serves: {users: 50-500}
            use: {db: {price: {per_month: 10}, limits: {storage_gb: 200}}}
            next: {three: {when: {metric: users, at_least: 500}}}
          three:
            serves: {users: 500+}
            use: {db: {price: {per_month: 100}}}
        """
    )
)
measured = st.dictionaries(
    st.sampled_from(["users", "storage_gb", "something_else"]),
    st.decimals(min_value=0, max_value=10**6, places=2, allow_nan=False),
)
phases = st.sampled_from([None, "one", "two", "three"])


@given(measured, phases)
def test_a_move_is_never_to_the_phase_one_is_in(
    values: dict[str, Decimal], phase: str | None
) -> None:
    found = assess(STRATEGY, CATALOG, Usage.from_values(values, NOW), NOW, phase)
    assert found.because
    assert found.exit_code == {"move": 1, "unknown": 2}.get(found.verdict.value, 0)
    if found.move is not None:
        assert found.verdict is Verdict.MOVE
        assert found.move.phase != found.phase
        assert found.to_do


@given(measured)
def test_users_beyond_the_range_always_mean_move(values: dict[str, Decimal]) -> None:
    found = assess(STRATEGY, CATALOG, Usage.from_values(values, NOW), NOW, "one")
    if "users" not in values:
        assert found.verdict in (Verdict.UNKNOWN, Verdict.MOVE)
    elif values["users"] >= 50:
        assert found.verdict is Verdict.MOVE


@given(measured)
def test_decide_ends_at_the_phase_that_fits_and_nowhere_without_the_value(
    values: dict[str, Decimal],
) -> None:
    path = decide(STRATEGY, CATALOG, values, NOW)
    if "users" not in values:
        assert path.phase is None
        return
    users = values["users"]
    assert path.phase == ("one" if users < 50 else "two" if users < 500 else "three")
    assert assess(STRATEGY, CATALOG, Usage.from_values(values, NOW), NOW).phase == path.phase

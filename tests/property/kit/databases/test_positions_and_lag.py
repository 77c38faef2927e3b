"""What holds for every history of a log."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from outgrow_kit import Secret
from outgrow_kit.databases import Position
from outgrow_kit.databases.freshness import PrimaryLog

positions = st.builds(Position, st.integers(0, 0xFFFF_FFFF), st.integers(0, 0xFFFF_FFFF_FFFF_FFFF))


@given(positions, positions)
def test_tokens_compare_as_their_positions_do(one: Position, other: Position) -> None:
    assert (one < other) == (one.token() < other.token())


@given(positions, st.text(min_size=1))
def test_every_token_is_read_as_it_was_written(position: Position, secret: str) -> None:
    assert Position.read(position.token()) == position
    assert Position.read(position.token(Secret(secret)), Secret(secret)) == position


@given(st.text())
def test_any_text_is_read_or_refused_without_an_error(text: str) -> None:
    found = Position.read(text)
    assert found is None or found.token() == text


steps = st.lists(
    st.tuples(st.floats(0.001, 3), st.integers(0, 100), st.booleans()), min_size=1, max_size=60
)


@given(steps, st.floats(0.1, 5))
def test_a_copy_that_passes_misses_nothing_older_than_the_allowed_lag(
    history: list[tuple[float, int, bool]], allowed: float
) -> None:
    log, now, end = PrimaryLog(allowed), 0.0, 0
    ends: list[tuple[float, int]] = []
    for pause, written, is_asked in history:
        now, end = now + pause, end + written
        ends.append((now, end))
        if is_asked:
            log.note(Position(1, end), now)
        floor = log.floor(now)
        if floor is not None:
            committed = max((lsn for at, lsn in ends if at < now - allowed), default=0)
            assert floor.lsn >= committed

"""Positions and the tokens that carry them."""

from __future__ import annotations

import pytest

from outgrow_kit import Secret
from outgrow_kit.databases import Position
from outgrow_kit.databases.position import later

SECRET = Secret("of the application")


def test_a_position_is_read_as_postgresql_writes_it() -> None:
    assert Position.of_server(3, "1/16B3740") == Position(3, (1 << 32) + 0x16B3740)


def test_a_signed_token_is_accepted_and_one_that_was_changed_is_not() -> None:
    token = Position(1, 0x16B3740).token(SECRET)
    assert Position.read(token, SECRET) == Position(1, 0x16B3740)
    assert Position.read(token.replace("740.", "741."), SECRET) is None
    assert Position.read(token, Secret("another")) is None
    assert Position.read(Position(1, 5).token(), SECRET) is None, "not signed at all"


@pytest.mark.parametrize(
    "token",
    [
        "", "1-2", "00000001-00000000016b3740", "00000001-00000000016B3740 ",
        "00000001-00000000016B3740.", "٠٠٠٠٠٠٠١-00000000016B3740", "x" * 10_000,
    ],
)  # fmt: skip
def test_what_is_no_token_counts_as_none(token: str) -> None:
    assert Position.read(token) is None


def test_of_two_positions_the_later_one_holds() -> None:
    one, other = Position(1, 900), Position(2, 5)
    assert later(one, other) == other
    assert later(one, None) == one
    assert later(None, None) is None
    assert later(other, Position.PRIMARY) == Position.PRIMARY

"""Each expected failure ends with its own exit code and carries all that was found."""

from __future__ import annotations

import pytest

from outgrow.diagnostics import Diagnostic, Severity
from outgrow.errors import (
    EXIT_OUTSIDE_FAILED,
    EXIT_WRONG_INPUT,
    InputError,
    InvalidStrategy,
    OutgrowError,
    OutsideError,
)

TAB = Diagnostic(Severity.ERROR, "tab", "a tab indents this line")
UNKNOWN_KEY = Diagnostic(Severity.ERROR, "unknown-key", "no key is called `fases`")


def test_wrong_input_and_a_failure_outside_end_with_different_codes() -> None:
    assert InputError("no such phase").exit_code == EXIT_WRONG_INPUT
    assert InvalidStrategy([TAB]).exit_code == EXIT_WRONG_INPUT
    assert OutsideError("the account refused").exit_code == EXIT_OUTSIDE_FAILED


def test_every_expected_failure_is_caught_by_its_base() -> None:
    with pytest.raises(OutgrowError, match="the account refused"):
        raise OutsideError("the account refused")


def test_an_invalid_strategy_keeps_every_diagnostic_in_order() -> None:
    assert InvalidStrategy([TAB, UNKNOWN_KEY]).diagnostics == (TAB, UNKNOWN_KEY)


@pytest.mark.parametrize(
    ("diagnostics", "reason"),
    [
        ([TAB], "1 problem in the strategy"),
        ([TAB, UNKNOWN_KEY], "2 problems in the strategy"),
    ],
)
def test_an_invalid_strategy_counts_its_problems(
    diagnostics: list[Diagnostic], reason: str
) -> None:
    assert InvalidStrategy(diagnostics).reason == reason


def test_the_remedy_stays_out_of_the_reason() -> None:
    error = InputError("no phase is called `grwth`", "Did you mean `growth`?")
    assert str(error) == "no phase is called `grwth`"
    assert error.remedy == "Did you mean `growth`?"

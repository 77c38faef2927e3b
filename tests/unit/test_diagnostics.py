"""A finding says where it is in the words that an editor and a person understand."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest

from outgrow.diagnostics import Diagnostic, Location, Severity


def test_a_location_reads_as_file_line_and_column() -> None:
    assert str(Location("outgrow.yaml", 41, 7)) == "outgrow.yaml:41:7"


def test_a_path_is_joined_with_slashes_through_keys_and_positions() -> None:
    finding = Diagnostic(
        Severity.WARNING, "gap", "no backup", path=("phases", 2, "use", "database")
    )
    assert finding.path_text == "phases/2/use/database"


def test_a_finding_about_the_whole_file_has_an_empty_path() -> None:
    assert Diagnostic(Severity.NOTE, "empty", "nothing is declared").path_text == ""


def test_a_finding_cannot_be_changed_after_it_was_made() -> None:
    finding = Diagnostic(Severity.ERROR, "tab", "a tab indents this line")
    with pytest.raises(FrozenInstanceError):
        finding.reason = "all is well"  # type: ignore[misc]

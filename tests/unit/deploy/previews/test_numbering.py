"""Two previews that begin at once get their numbers one after the other."""

from __future__ import annotations

from pathlib import Path
from threading import Event, Thread

from outgrow.operations.previewing.desk import numbering, opened_state
from outgrow.store.leases import Leases


def test_who_comes_second_waits_for_the_first(tmp_path: Path) -> None:
    second_has_one = Event()

    def second() -> None:
        with opened_state(tmp_path) as store, numbering(store, "review"):
            second_has_one.set()

    other = Thread(target=second)
    with opened_state(tmp_path) as store:
        with numbering(store, "review"):
            other.start()
            assert not second_has_one.wait(0.2)
        assert second_has_one.wait(10)
    other.join(10)


def test_another_environment_has_numbers_of_its_own(tmp_path: Path) -> None:
    with opened_state(tmp_path) as store, numbering(store, "review"), numbering(store, "try"):
        held = [Leases(store).holder(f"numbers of previews in {one}") for one in ("review", "try")]
    assert None not in held

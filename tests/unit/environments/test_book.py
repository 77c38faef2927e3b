"""What this machine remembers of credentials: their keyed hashes, whole, and for their owner."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from outgrow.environments.bindings import Binding
from outgrow.errors import InputError
from outgrow.operations.environments.book import KEY_FILE, RECORD_FILE, Book

SINCE = datetime(2026, 1, 31, tzinfo=UTC)


def binding(digest: str, place: str = "a:443") -> Binding:
    return Binding(digest, place, "development", "KEY", SINCE)


def test_what_is_remembered_is_there_for_the_next_command_and_its_owner_alone(
    tmp_path: Path,
) -> None:
    Book(tmp_path).remember([binding(Book(tmp_path).digest("x"))], ["mark"])
    found = Book(tmp_path).remembered()
    assert [one.digest for one in found.bindings] == [Book(tmp_path).digest("x")]
    assert found.production_stores == ("mark",)
    for name in (KEY_FILE, RECORD_FILE):
        assert stat.S_IMODE((tmp_path / ".outgrow" / name).stat().st_mode) == 0o600
    assert (tmp_path / ".outgrow" / ".gitignore").read_text() == "*\n"


def test_many_at_once_lose_nothing_of_each_other(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        made = [
            threads.submit(Book(tmp_path).remember, [binding(str(number))], ())
            for number in range(16)
        ]
        assert [one.result() for one in made] == [None] * 16
    digests = {one.digest for one in Book(tmp_path).remembered().bindings}
    assert digests == {str(number) for number in range(16)}
    with ThreadPoolExecutor(8) as threads:
        hashed = list(threads.map(lambda _: Book(tmp_path / "new").digest("x"), range(16)))
    assert len(set(hashed)) == 1


def test_a_credential_that_was_let_go_belongs_to_its_new_place(tmp_path: Path) -> None:
    book = Book(tmp_path)
    book.remember([binding("d", "old:443")], ())
    book.remember([binding("d", "new:443")], ())
    assert [one.place for one in book.remembered().bindings] == ["new:443"]


@pytest.mark.parametrize("content", ["{", "[]", '{"bindings": 5}'])
def test_a_damaged_record_is_refused_and_not_forgotten(tmp_path: Path, content: str) -> None:
    book = Book(tmp_path)
    book.remember([binding("d")], ())
    (tmp_path / ".outgrow" / RECORD_FILE).write_text(content)
    with pytest.raises(InputError, match="is not what outgrow wrote"):
        book.remembered()


def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    book = Book(tmp_path)
    book.digest("x")
    (tmp_path / ".outgrow" / KEY_FILE).chmod(0o644)
    with pytest.raises(InputError, match="can be read by others"):
        Book(tmp_path).digest("x")

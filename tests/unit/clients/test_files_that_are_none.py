"""What is no file is refused: a rename would put a file in its place, for the whole machine."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from outgrow.clients.files import write_whole
from outgrow.errors import InputError


def test_a_pipe_is_left_as_it_is(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(InputError, match="not a file"):
        write_whole(pipe, "text")
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert list(tmp_path.iterdir()) == [pipe]


def test_nothing_is_put_among_the_devices() -> None:
    place = Path("/dev") / f"outgrow-test-{os.getpid()}"
    try:
        with pytest.raises(InputError, match="not a file"):
            write_whole(place, "text")
        assert not place.exists()
    finally:
        place.unlink(missing_ok=True)


def test_a_usual_file_is_written_and_keeps_its_rights(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_text("old")
    file.chmod(0o640)
    write_whole(file, "new")
    assert (file.read_text(), file.stat().st_mode & 0o777) == ("new", 0o640)

"""What stands where a private file should be is told, and left as it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from outgrow.clients.private_files import PrivateFile
from outgrow.errors import InputError


def test_a_folder_in_its_place_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is no file"):
        PrivateFile(tmp_path).read()


def test_a_link_in_its_place_is_told(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "file")
    with pytest.raises(InputError, match="is a symbolic link"):
        PrivateFile(tmp_path / "link").read()

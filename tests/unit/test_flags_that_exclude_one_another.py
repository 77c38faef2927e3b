"""Flags that would undo what another one promises are refused before anything is asked."""

from __future__ import annotations

import pytest

from outgrow.cli.partitions_app import apply
from outgrow.cli.shards_app import move
from outgrow.errors import InputError


def test_a_dry_run_neither_takes_back_nor_deletes() -> None:
    with pytest.raises(InputError, match="--undo and --dry-run cannot be given together"):
        move(undo=True, dry_run=True, yes=True)
    with pytest.raises(InputError, match="--forget and --dry-run cannot be given together"):
        move("acme", forget="db", dry_run=True, yes=True)


def test_one_asks_for_one_thing_at_a_time() -> None:
    with pytest.raises(InputError, match="--undo and --forget"):
        move("acme", undo=True, forget="db", yes=True)
    with pytest.raises(InputError, match="a key and --logical"):
        move("acme", to="db-two", logical=3, yes=True)
    with pytest.raises(InputError, match="--undo and --drop-old"):
        apply(undo=True, drop_old=True, yes=True)

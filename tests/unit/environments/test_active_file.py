"""The block of outgrow in the active file, and the lines around it that are its reader's own."""

from __future__ import annotations

from outgrow.environments.active_file import Block, read_active, with_block

OWN = "# mine\nPORT=3000\n"
DEVELOPMENT = Block("development", "aa11", ("KEY=dev", "ONLY_DEV=1"))
PRODUCTION = Block("production", "bb22", ("KEY=prod",))


def test_a_first_block_comes_behind_what_is_there() -> None:
    text = with_block(read_active(OWN), DEVELOPMENT, ())
    assert text.startswith(OWN + "\n# >>> outgrow environment: development, switch aa11")
    assert read_active(text).block == DEVELOPMENT


def test_another_block_takes_the_place_of_the_old_one_with_all_of_its_keys() -> None:
    first = OWN + DEVELOPMENT.text + "# behind\nLAST=1\n"
    text = with_block(read_active(first), PRODUCTION, ())
    assert text == OWN + PRODUCTION.text + "# behind\nLAST=1\n"
    assert "ONLY_DEV" not in text


def test_own_lines_are_numbered_as_in_the_file() -> None:
    active = read_active(OWN + DEVELOPMENT.text + "LAST=1\n")
    assert [(one.key, one.first) for one in active.own] == [("PORT", 2), ("LAST", 7)]


def test_own_lines_that_are_dropped_leave_the_others_as_they_were() -> None:
    text = "A=1\r\nKEY='two\nlines'\n\n# c\u2028d\nB=2"
    assert with_block(read_active(text), None, {"KEY"}) == "A=1\r\n\n# c\u2028d\nB=2"


def test_half_a_block_or_two_of_them_are_damage() -> None:
    text = DEVELOPMENT.text
    assert read_active(text + text).damaged
    assert read_active(text.replace("# <<< outgrow environment\n", "")).damaged
    assert read_active("# <<< outgrow environment\n").damaged
    assert read_active("# >>> outgrow environment: x\n# <<< outgrow environment\n").damaged
    assert not read_active(text).damaged


def test_taking_the_block_out_leaves_what_was_there_before() -> None:
    text = with_block(read_active(OWN), DEVELOPMENT, ())
    assert with_block(read_active(text), None, ()).rstrip("\n") + "\n" == OWN


def test_no_value_shows_in_a_repr() -> None:
    active = read_active(OWN + Block("x", "1", ("KEY=planted",)).text)
    assert "planted" not in repr(active)
    assert "3000" not in repr(active)
    assert "3000" not in repr(active.own)

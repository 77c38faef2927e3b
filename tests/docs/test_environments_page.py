"""The commands of docs/environments.md run, in their order, with the page's own files."""

from __future__ import annotations

import re
from pathlib import Path

from tests.commands import REPOSITORY, outgrow
from tests.docs.pages import commands

from outgrow.environments.problems import Code

PAGE = REPOSITORY / "docs" / "environments.md"


def write_files(folder: Path) -> None:
    text = PAGE.read_text("utf-8")
    strategy = re.search(r"```yaml\n(.*?)```", text, re.DOTALL)
    own, cloud = re.findall(r"```ini\n(.*?)```", text, re.DOTALL)
    assert strategy
    (folder / "outgrow.yaml").write_text(strategy[1])
    (folder / ".env.selfhosted").write_text(own)
    (folder / ".env.cloudsdk").write_text(cloud)


def test_the_page_works_from_its_first_command_to_its_last(tmp_path: Path) -> None:
    write_files(tmp_path)
    shown = commands(PAGE)
    for words in shown:
        ran = outgrow(*words, home=tmp_path, folder=tmp_path)
        assert ran.code == 0, (words, ran.err)
    assert [words[1] for words in shown] == [
        "list", "diff", "check", "switch", "current", "switch", "undo", "history",
    ]  # fmt: skip
    assert "key-of-my-own-server" in (tmp_path / ".env").read_text()


def test_the_page_has_every_reason_for_which_a_profile_is_refused() -> None:
    table = PAGE.read_text("utf-8").split("## What is refused")[1].split("## Rules")[0]
    rows = re.findall(r"^\| (`.*?) \|", table, re.MULTILINE)
    assert {code for row in rows for code in re.findall(r"`([a-z-]+)`", row)} == set(Code)

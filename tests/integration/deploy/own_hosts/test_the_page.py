"""What docs/deploy/own-hosts.md tells the reader to try works as it stands."""

from __future__ import annotations

import json
import re
from pathlib import Path

import yaml
from tests.commands import REPOSITORY, outgrow
from tests.engines.deploy_steps import get
from tests.engines.own_hosts import first_free_port
from tests.engines.processes import free_port

from outgrow.operations.deploying.own_hosts.take_down import take_down
from outgrow.operations.local_run.prepare import chosen_system
from outgrow.operations.opened import open_strategy

PAGE = (REPOSITORY / "docs" / "deploy" / "own-hosts.md").read_text("utf-8")


def block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    return found[1]


def test_the_example_is_deployed_and_deployed_again(tmp_path: Path) -> None:
    strategy = yaml.safe_load(block("yaml"))
    public = free_port()
    proxy = {"listen": f"127.0.0.1:{public}", "first_port": first_free_port()}
    strategy["environments"]["production"]["proxy"] = proxy
    path = tmp_path / "outgrow.yaml"
    path.write_text(yaml.safe_dump(strategy, sort_keys=False))
    (tmp_path / "app").mkdir()
    program = tmp_path / "app" / "serve.py"
    command = block("text").splitlines()[0].removeprefix("$ outgrow ").split()
    try:
        for words in ("first version", "second version"):
            program.write_text(block("python").replace("first version", words))
            done = outgrow(*command, home=tmp_path, folder=tmp_path)
            assert done.code == 0, done.out + done.err
            assert get(public)[:2] == (200, f"{words}\n")
        down = outgrow("deploys", "down", "--yes", "--json", home=tmp_path, folder=tmp_path)
        assert down.code == 0, down.err
        assert "HAProxy on this machine" in json.loads(down.out)["result"]["ended"]
        again = outgrow(*command, home=tmp_path, folder=tmp_path)
        assert again.code == 0, again.out + again.err
        assert get(public)[:2] == (200, "second version\n")
    finally:
        opened = open_strategy(str(path))
        take_down(opened, chosen_system(opened, "now", None))

"""A switch that is killed leaves the old environment or the new one, and the next command knows."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.commands import REPOSITORY
from tests.engines.credential_endpoint import StandInEndpoint
from tests.integration.environments.shops import Shop

# One worker runs them all, so that the kills are made once.
pytestmark = pytest.mark.xdist_group("killed-switches")

PROGRAM = Path(__file__).with_name("killed.py")


@pytest.fixture(scope="module")
def shop_of_the_killed(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """A shop whose endpoints nobody asks, so that nothing listens there."""
    folder = tmp_path_factory.mktemp("killed") / "shop"
    folder.mkdir()
    one = Shop(folder, StandInEndpoint(1), StandInEndpoint(2))
    one.write()
    return one


@pytest.fixture(scope="module")
def killed(shop_of_the_killed: Shop) -> list[dict[str, Any]]:
    """What a switch to production leaves that is killed before each of its writes."""
    shop = shop_of_the_killed
    assert shop.run("switch", "development", "--yes", "--no-live").code == 0
    environment = shop.environment() | {"PYTHONPATH": f"{REPOSITORY / 'src'}:{REPOSITORY}"}
    ran = subprocess.run(
        [sys.executable, str(PROGRAM)], cwd=shop.folder, env=environment,
        capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    return [json.loads(line) for line in ran.stdout.splitlines()]


def test_a_switch_killed_before_any_of_its_writes_is_made_or_not_made(
    shop_of_the_killed: Shop, killed: list[dict[str, Any]]
) -> None:
    *dead, survivor = killed
    assert survivor["survived"]
    assert len(dead) > 20
    outcomes = []
    for one in dead:
        assert one["killed"]
        is_new = "planted-cloud-key" in one["left"]
        assert one["left"].endswith("# <<< outgrow environment\n")
        assert (shop_of_the_killed.cloud.url in one["left"]) is is_new
        assert ("planted-own-key" in one["left"]) is not is_new
        assert ("ONLY_HERE" in one["left"]) is not is_new
        assert one["current"] == ("production" if is_new else "development")
        outcomes.append(is_new)
    assert outcomes == sorted(outcomes)  # old until a moment, new from then on
    assert set(outcomes) == {True, False}


def test_the_next_command_ends_what_a_killed_switch_left(killed: list[dict[str, Any]]) -> None:
    told = {"before": 0, "after": 0}
    for one in killed:
        assert (one["code"], one["unfinished"]) == (0, 0)
        assert "planted-own-key" in one["after"]
        assert "planted-cloud-key" not in one["after"]
        assert one["files"] == [".env", ".env.cloudsdk", ".env.selfhosted"]
        for moment in re.findall(r"the switch to production was killed (\w+) it", one["told"]):
            told[moment] += 1
            assert ("planted-cloud-key" in one["left"]) is (moment == "after")
    assert min(told.values()) > 3


def test_of_two_switches_at_once_one_waits_outside(shop: Shop) -> None:
    shop.own.drips = True  # its check takes until the deadline
    words = [sys.executable, "-m", "outgrow", "env", "switch", "development", "--yes"]
    with subprocess.Popen(
        [*words, "--deadline", "20"], cwd=shop.folder, env=shop.environment(),
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    ) as first:  # fmt: skip
        assert first.stderr is not None
        assert first.stderr.readline() == "==> shop, development: switch\n"
        while not shop.own.asked:
            assert first.poll() is None
        second = shop.run("switch", "production", "--yes")
        assert second.code == 3
        assert re.search(r"works on active environment in \.env .* since", second.err)
        assert not shop.env.exists()
        first.send_signal(signal.SIGINT)
        first.communicate(timeout=30)
        assert first.returncode == 130
    assert shop.run("switch", "production", "--yes").code == 0

"""A machine that was restarted: nothing runs, and the journal knows what should."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.engines.http_app.shop import QUICK, Shop, shop

_STAGING = ("--environment", "staging")


@pytest.fixture
def dark() -> Iterator[Shop]:
    """A shop that had v2 in place of v1 when its machine lost power."""
    with shop(instances=2) as found:
        found.write(strategy="blue_green", **QUICK)
        found.deploy(found.version("v1"))
        found.deploy(found.version("v2"))
        found.cut_power()
        yield found


def test_one_command_brings_back_what_had_the_traffic_and_nothing_else(dark: Shop) -> None:
    said = dark.done("deploys", "start", *_STAGING).stdout

    assert [line.split()[:2] for line in said.splitlines()] == [
        ["api", "green1"],
        ["api", "green2"],
    ]
    assert dark.traffic(10) == {"v2"}
    again = dark.done("deploys", "start", *_STAGING).stdout
    assert again == "everything that should run there runs\n"
    dark.done("rollback", "api", *_STAGING, "--yes")
    assert dark.traffic(10) == {"v1"}


def test_a_deploy_to_a_dark_machine_brings_its_version_in(dark: Shop) -> None:
    dark.deploy(dark.version("v3"))

    assert dark.traffic(10) == {"v3"}


def test_a_power_cut_in_the_middle_of_a_deploy_is_taken_back(dark: Shop) -> None:
    dark.deploy(dark.version("v1"))
    with dark.events(*dark.deploying(dark.version("v3"))) as events:
        for event in events:
            if event["event"] == "weights":
                events.kill()
                dark.cut_power()

    refused = dark.outgrow("deploys", "start", *_STAGING)
    assert refused.returncode == 2
    assert "has not ended" in refused.stderr
    dark.done("rollback", "api", *_STAGING, "--yes")
    assert dark.traffic(10) == {"v1"}

"""A machine that was restarted: nothing runs, and the journal knows what should."""

from __future__ import annotations

from tests.engines.http_app.shop import QUICK, Shop, shop

_STAGING = ("--environment", "staging")


def test_one_command_brings_back_what_had_the_traffic_and_nothing_else() -> None:
    with shop() as found:
        found.write(strategy="blue_green", **QUICK)
        found.deploy(found.version("v1"))
        found.deploy(found.version("v2"))
        found.cut_power()

        said = found.done("deploys", "start", *_STAGING).stdout

        assert [line.split()[:2] for line in said.splitlines()] == [["api", "green1"]]
        assert found.traffic(10) == {"v2"}
        again = found.done("deploys", "start", *_STAGING).stdout
        assert again == "everything that should run there runs\n"


def test_a_power_cut_in_the_middle_of_a_deploy_is_taken_back() -> None:
    with shop() as found:
        found.write(strategy="blue_green", **QUICK)
        found.deploy(found.version("v1"))
        _cut_at_the_weights(found, found.version("v2"))

        refused = found.outgrow("deploys", "start", *_STAGING)
        found.done("rollback", "api", *_STAGING, "--yes")

        assert refused.returncode == 2
        assert "has not ended" in refused.stderr
        assert found.traffic(10) == {"v1"}


def _cut_at_the_weights(found: Shop, image: str) -> None:
    with found.events(*found.deploying(image)) as events:
        for event in events:
            if event["event"] == "weights":
                events.kill()
                found.cut_power()

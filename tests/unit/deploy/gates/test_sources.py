"""Where requests are counted: by the proxy of a fleet, and by asking ourselves."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from outgrow.deploy.gates.sources import ProbeSource, ProxySource
from outgrow.deploy.ports import TrafficSource
from outgrow.deploy.values import Counted, Probe, Side
from outgrow.errors import OutsideError

SLOTS: Mapping[Side, tuple[str, ...]] = {"old": ("blue1", "blue2"), "new": ("green1",)}


class FakeProxy:
    """Counts since a mark; forgets everything when it is restarted."""

    def __init__(self) -> None:
        self.totals: dict[str, Counted] = {}
        self.marks: dict[str, int] = {}
        self.life = 0

    def mark(self) -> str:
        return f"life {self.life}"

    def counted(self, since: str) -> Mapping[str, Counted]:
        if since != f"life {self.life}":
            raise OutsideError("the proxy was restarted")
        return self.totals

    def restart(self) -> None:
        self.life += 1
        self.totals = {}


def test_slots_are_added_up_for_each_side() -> None:
    proxy = FakeProxy()
    source: TrafficSource = ProxySource(proxy, SLOTS)
    source.begin()
    proxy.totals = {"blue1": Counted(10, 1), "blue2": Counted(20, 2), "green1": Counted(3)}
    assert source.read() == {"old": Counted(30, 3), "new": Counted(3)}


def test_a_side_without_slots_is_left_out() -> None:
    source = ProxySource(FakeProxy(), {"old": (), "new": ("green1",)})
    source.begin()
    assert source.read() == {"new": Counted()}


def test_quantiles_of_a_single_slot_are_kept() -> None:
    proxy = FakeProxy()
    source = ProxySource(proxy, SLOTS)
    source.begin()
    proxy.totals = {"green1": Counted(3, quantiles_seconds={0.95: 0.2})}
    assert source.read()["new"].quantiles_seconds == {0.95: 0.2}


def test_a_proxy_that_was_restarted_is_told_once_and_counted_on() -> None:
    proxy = FakeProxy()
    source = ProxySource(proxy, SLOTS)
    source.begin()
    proxy.totals = {"green1": Counted(30, 1)}
    source.read()
    proxy.restart()
    with pytest.raises(OutsideError, match="restarted"):
        source.read()
    proxy.totals = {"green1": Counted(5, 1)}
    assert source.read()["new"] == Counted(35, 2)
    source.begin()
    proxy.totals = {"green1": Counted(1)}
    assert source.read()["new"] == Counted(1)


def test_nothing_is_counted_before_it_has_begun() -> None:
    with pytest.raises(OutsideError, match="was not called"):
        ProxySource(FakeProxy(), SLOTS).read()


def test_probes_ask_every_path_of_every_slot_in_turn() -> None:
    asked: list[tuple[str, str]] = []

    def ask(slot: str, path: str) -> Probe:
        asked.append((slot, path))
        return Probe(slot, path != "/broken", "", 0.25)

    source = ProbeSource(ask, SLOTS, ("/", "/broken"), each_look=3)
    source.begin()
    source.read()
    counted = source.read()
    assert [one for one in asked if one[0] != "green1"] == [
        ("blue1", "/"),
        ("blue2", "/"),
        ("blue1", "/broken"),
        ("blue2", "/broken"),
        ("blue1", "/"),
        ("blue2", "/"),
    ]
    assert counted["old"] == Counted(6, 2, (0.25,) * 6)
    assert counted["new"].errors == 3


def test_a_look_ends_early_where_nothing_answers() -> None:
    source = ProbeSource(lambda slot, path: Probe(slot, False, "", 5), SLOTS, ("/",), each_look=50)
    source.begin()
    assert source.read()["new"].requests == 2
    assert source.read()["new"].requests == 4
    source.begin()
    assert source.read()["new"].requests == 2

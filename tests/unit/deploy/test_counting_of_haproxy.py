from __future__ import annotations

import socket
import threading
from dataclasses import dataclass, field

import pytest

from outgrow.clients.haproxy import RuntimeSocket
from outgrow.errors import OutsideError
from outgrow.operations.deploying.own_hosts.counting import counted, mark
from outgrow.operations.deploying.own_hosts.proxy import TheirProxy

SLOTS = ("blue1", "green1")


@dataclass
class FakeHaproxy:
    """What a HAProxy would answer; `ring` is None where it has none."""

    version: str = "2.6.12"
    pid: int = 7
    ring: list[str] | None = field(default_factory=list)
    stats: dict[str, tuple[int, int, int]] = field(default_factory=dict)

    @property
    def runtime(self) -> RuntimeSocket:
        return RuntimeSocket(self._connect, "admin.sock", 5.0)

    def log(self, number: int, server: str, status: int = 200, waited: int = 10) -> None:
        assert self.ring is not None
        self.ring.append(
            f"1.2.3.4:5 [21/Nov/2026:11:10:06.033] public api/{server} 0/0/0/{waited}/{waited} "
            f'{status} 9 - - ---- 1/1/0/0/0 0/0 {{{number}}} "GET / HTTP/1.1"'
        )

    def _connect(self, _seconds: float) -> socket.socket:
        here, there = socket.socketpair()

        def speak() -> None:
            with there:
                there.sendall(self._said(there.recv(4096).decode().strip()).encode())

        threading.Thread(target=speak, daemon=True).start()
        return here

    def _said(self, command: str) -> str:
        if command == "show info":
            return f"Version: {self.version}\nPid: {self.pid}\nStart_time_sec: 1\n\n"
        if command.startswith("show events"):
            return "No such event sink\n\n" if self.ring is None else "\n".join([*self.ring, "\n"])
        rows = [f"api,{one},{a},{e},{r},0" for one, (a, e, r) in self.stats.items()]
        return "\n".join(["# pxname,svname,hrsp_2xx,hrsp_5xx,eresp,econ", *rows, ""])


def test_only_requests_after_the_mark_are_counted_each_for_its_slot() -> None:
    proxy = FakeHaproxy()
    proxy.log(1, "blue1")
    since = mark(proxy.runtime, "api", SLOTS)
    proxy.log(2, "blue1", waited=20)
    proxy.log(3, "green1", status=500)
    found = counted(proxy.runtime, "api", SLOTS, since)
    assert (found["blue1"].requests, found["blue1"].errors) == (1, 0)
    assert found["blue1"].seconds == (0.02,)
    assert (found["green1"].requests, found["green1"].errors) == (1, 1)


def test_a_ring_that_was_overwritten_since_is_made_up_by_counters() -> None:
    proxy = FakeHaproxy(stats={"blue1": (100, 1, 0)})
    proxy.log(1, "blue1")
    since = mark(proxy.runtime, "api", SLOTS)
    proxy.ring = []
    proxy.log(900, "blue1", waited=30)
    proxy.stats = {"blue1": (500, 3, 2), "green1": (40, 4, 0)}
    found = counted(proxy.runtime, "api", SLOTS, since)
    assert (found["blue1"].requests, found["blue1"].errors) == (404, 4)
    assert found["blue1"].seconds == (0.03,)
    assert (found["green1"].requests, found["green1"].errors) == (44, 4)


def test_a_proxy_without_a_ring_is_counted_by_its_counters() -> None:
    proxy = FakeHaproxy(ring=None, stats={"blue1": (10, 0, 0)})
    since = mark(proxy.runtime, "api", SLOTS)
    proxy.stats = {"blue1": (15, 5, 0)}
    found = counted(proxy.runtime, "api", SLOTS, since)
    assert (found["blue1"].requests, found["blue1"].errors, found["blue1"].seconds) == (10, 5, ())


def test_a_new_process_has_forgotten() -> None:
    proxy = FakeHaproxy()
    since = mark(proxy.runtime, "api", SLOTS)
    proxy.pid = 8
    with pytest.raises(OutsideError, match="has forgotten"):
        counted(proxy.runtime, "api", SLOTS, since)


def test_words_that_are_no_mark_are_refused() -> None:
    with pytest.raises(OutsideError, match="no mark"):
        counted(FakeHaproxy().runtime, "api", SLOTS, "yesterday")


@pytest.mark.parametrize(
    ("version", "refused"), [("2.4.22", True), ("2.6.0", False), ("3.2", False)]
)
def test_a_haproxy_before_2_6_is_refused(version: str, refused: bool) -> None:
    problems = TheirProxy(FakeHaproxy(version=version).runtime).problems()
    assert bool(problems) is refused
    assert all("2.6 or later" in one.reason for one in problems)

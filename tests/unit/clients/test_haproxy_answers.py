from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest

from outgrow.clients.haproxy import RuntimeSocket, server_name
from outgrow.clients.haproxy_log import logged_requests, number_of
from outgrow.clients.haproxy_tables import (
    read_info,
    read_server_states,
    read_stats,
    upgraded_sessions,
)
from outgrow.errors import OutsideError

STATES = """1
# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight srv_time_since_last_change srv_check_status srv_check_result srv_check_health srv_check_state srv_agent_state bk_f_forced_id srv_f_forced_id srv_fqdn srv_port srvrecord srv_use_ssl srv_check_port srv_check_addr srv_agent_addr srv_agent_port
3 app 1 blue1 127.0.0.1 2 4 100 0 22 15 3 3 6 0 0 0 - 28001 - 0 0 - - 0
3 app 2 green1 127.0.0.1 0 5 0 0 25 1 0 0 14 0 0 0 - 28002 - 0 0 - - 0
3 app 3 blue2 127.0.0.1 2 12 55 0 0 15 3 3 6 0 0 0 - 28003 - 0 0 - - 0
3 app 4 green2 127.0.0.1 0 4 0 0 0 1 0 0 6 0 0 0 - 28004 - 0 0 - - 0
3 app 5 blue3 127.0.0.1 0 4 0 0 0 15 2 0 6 0 0 0 - 28005 - 0 0 - - 0
"""  # noqa: E501
LINE = (
    "127.0.0.1:38010 [21/Nov/2026:11:10:06.033] public app/blue1 0/1/2/30/35 200 42271 - - "
    '---- 1/1/0/0/0 0/0 {9} "GET /?a=b HTTP/1.1"'
)


def test_what_the_configuration_disabled_once_is_no_maintenance_later() -> None:
    found = {one.name: one for one in read_server_states(STATES)}
    assert (found["blue1"].up, found["blue1"].in_maintenance, found["blue1"].weight) == (
        True, False, 100,
    )  # fmt: skip
    assert (found["green1"].up, found["green1"].in_maintenance) == (None, True)
    assert (found["blue2"].in_drain, found["blue2"].up) == (True, True)


def test_a_server_is_unknown_until_its_first_check_and_down_after_a_bad_one() -> None:
    found = {one.name: one for one in read_server_states(STATES)}
    assert found["green2"].up is None
    assert found["blue3"].up is False


def test_the_process_of_a_proxy_is_told_from_the_next_one() -> None:
    first = read_info("Version: 2.6.12-1+deb12u4\nPid: 18229\nStart_time_sec: 17952\n")
    second = read_info("Version: 2.6.12-1+deb12u4\nPid: 18230\nStart_time_sec: 17952\n")
    assert first.release == (2, 6)
    assert first.identity != second.identity


def test_counters_are_read_by_the_name_of_their_column() -> None:
    said = "# pxname,svname,scur,econ,eresp,hrsp_2xx,hrsp_5xx\napp,blue1,3,1,2,10,4\n\n"
    found = read_stats(said)["app", "blue1"]
    assert (found.open_requests, found.answered, found.answered_5xx, found.refused) == (3, 14, 4, 3)


def test_a_logged_request_has_its_server_latency_and_number() -> None:
    (found,) = logged_requests([LINE])
    assert (found.backend, found.server, found.failed) == ("app", "blue1", False)
    assert found.seconds == pytest.approx(0.033)
    assert number_of(LINE) == 9


@pytest.mark.parametrize(
    ("times", "status", "ended", "failed", "abandoned"),
    [
        ("0/0/0/5/5", "503", "----", True, False),
        ("0/0/0/-1/5", "502", "SH--", True, False),
        ("0/0/0/-1/900", "504", "sH--", True, False),
        ("0/0/0/-1/900", "-1", "CH--", False, True),
        ("0/0/0/5/900", "200", "CD--", False, False),
        ("0/0/0/5/5", "404", "----", False, False),
        ("0/0/0/2/+9000", "101", "----", False, False),
    ],
)
def test_what_counts_as_an_error(
    times: str, status: str, ended: str, failed: bool, abandoned: bool
) -> None:
    line = LINE.replace("0/1/2/30/35 200", f"{times} {status}").replace("----", ended)
    (found,) = logged_requests([line])
    assert (found.failed, found.abandoned) == (failed, abandoned)


def test_requests_that_reached_no_server_and_other_lines_are_passed_over() -> None:
    lines = [LINE.replace("app/blue1", "app/<NOSRV>"), "Proxy public started.", ""]
    assert list(logged_requests(lines)) == []


def test_a_line_of_the_usual_format_has_no_number_and_is_read_all_the_same() -> None:
    usual = LINE.replace("{9} ", "")
    assert number_of(usual) is None
    assert len(list(logged_requests([usual]))) == 1


def test_upgraded_sessions_are_counted_by_server() -> None:
    def session(server: str, status: str) -> str:
        return (
            f"0x55: [21/Nov/2026:11:10:06.033] id=1 proto=tcpv4 source=127.0.0.1:1\n"
            f"  backend=app (id=3 mode=http) addr=127.0.0.1:2\n"
            f"  server={server} (id=1) addr=127.0.0.1:3\n  txn=0x1 status={status}\n"
        )

    said = session("blue1", "101") + session("blue1", "200") + session("green1", "101")
    assert upgraded_sessions(said) == {("app", "blue1"): 1, ("app", "green1"): 1}


@pytest.mark.parametrize("slot", ["blue1;disable server x/y", "blue 1", "", "a/b", "x\n"])
def test_a_name_that_haproxy_would_obey_is_refused(slot: str) -> None:
    with pytest.raises(ValueError, match="cannot be the name"):
        server_name("app", slot)


def answering(*pieces: bytes) -> Iterator[socket.socket]:
    """A connection on which somebody answers `pieces` and closes it."""
    here, there = socket.socketpair()

    def speak() -> None:
        there.recv(4096)
        for piece in pieces:
            there.sendall(piece)
        there.close()

    threading.Thread(target=speak, daemon=True).start()
    yield here


def runtime(*pieces: bytes) -> RuntimeSocket:
    return RuntimeSocket(lambda seconds: next(answering(*pieces)), "admin.sock", 2.0)


def test_words_against_a_command_are_an_error() -> None:
    with pytest.raises(OutsideError, match=r"refuses: No such server\."):
        runtime(b"\n", b"No such server.\n\n").tell(["set server app/x weight 1"])


def test_a_command_that_worked_is_answered_by_nothing() -> None:
    silent = runtime(b"\n\n")
    silent.tell(["set server app/blue1 weight 1", "set server app/blue1 state ready"])
    assert silent.place == "admin.sock"


def test_a_connection_that_is_closed_without_a_word_is_an_error() -> None:
    with pytest.raises(OutsideError, match="the connection was closed"):
        runtime().info()


def test_an_answer_that_does_not_end_is_given_up() -> None:
    here, there = socket.socketpair()
    with there, pytest.raises(OutsideError, match=r"no whole answer within 0\.2 seconds"):
        RuntimeSocket(lambda seconds: here, "admin.sock", 0.2).info()


def test_a_proxy_without_the_ring_is_told_from_an_empty_one() -> None:
    assert runtime(b"No such event sink\n\n").events("requests") is None
    assert runtime(b"\n").events("requests") == []

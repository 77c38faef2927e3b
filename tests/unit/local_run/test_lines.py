"""Reading what a command prints without being held up by its silence."""

from __future__ import annotations

import os
import signal

import pytest

from outgrow.clients.docker import lines_of
from outgrow.clients.interrupts import ended_like_interrupted, finishing


def test_lines_come_whole_and_silence_is_used() -> None:
    reading, writing = os.pipe()
    os.write(writing, b"one\r\ntw")
    calls = []

    def meanwhile() -> None:
        calls.append("silence")
        os.write(writing, b"o\nlast")
        os.close(writing)

    with os.fdopen(reading, "rb") as pipe:
        assert list(lines_of(pipe, meanwhile)) == ["one", "two", "last"]
    assert calls == ["silence"]


def test_a_kill_does_what_an_interrupt_does_and_only_within_the_block() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(KeyboardInterrupt), ended_like_interrupted():
        signal.raise_signal(signal.SIGTERM)
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_second_interrupt_does_not_end_a_removal_and_a_third_does() -> None:
    said: list[str] = []

    def interrupted_twice() -> None:
        with finishing(lambda: said.append("still removing")):
            signal.raise_signal(signal.SIGINT)
            assert said == ["still removing"]
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        interrupted_twice()

"""Keeps one program running: starts it again when it ends, and ends it when it is told to.

It lives in a session of its own and outlives whoever started it. When it is killed itself, its
program runs on, and the next start takes that program over as it is.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import time
from collections.abc import Mapping
from types import FrameType

from outgrow.clients.on_host.alive import Running, end_group, running
from outgrow.clients.on_host.place import Now, Place, Spec

_LOOK_SECONDS = 2.0
_FIRST_WAIT_SECONDS = 0.2
_LONGEST_WAIT_SECONDS = 10.0
_SETTLED_SECONDS = 10.0
_NOT_STARTED = 127


class Supervisor:
    """Runs `spec` with the variables of `environment`, which are nowhere but in its memory."""

    def __init__(self, place: Place, spec: Spec, environment: Mapping[str, str]) -> None:
        self._place = place
        self._spec = spec
        self._environment = dict(environment)
        self._me = running(os.getpid())
        self._child: subprocess.Popen[bytes] | None = None
        self._ended = 0
        self._exit_code: int | None = None
        self._told_to_stop = False
        self._wakes, waker = os.pipe()
        os.set_blocking(waker, False)
        signal.set_wakeup_fd(waker)
        signal.signal(signal.SIGTERM, self._stop)
        signal.signal(signal.SIGINT, self._stop)

    def begin(self, adopted: Running | None) -> Running | None:
        """Return the program once it is started; `adopted` runs already. None when it cannot."""
        program = adopted or self._start()
        self._note(program)
        return program

    def go_on(self, program: Running | None) -> None:
        """Keep it running until told to stop."""
        wait_seconds = _FIRST_WAIT_SECONDS
        while self._goes_on():
            began = time.monotonic()
            if program is not None:
                self._watch(program)
                self._bury(program)
            if not self._goes_on() or not self._spec.again:
                break
            self._note(None)
            lasted = time.monotonic() - began
            wait_seconds = _FIRST_WAIT_SECONDS if lasted > _SETTLED_SECONDS else wait_seconds
            self._pause(wait_seconds)
            wait_seconds = min(wait_seconds * 2, _LONGEST_WAIT_SECONDS)
            program = self._start() if self._goes_on() else None
            self._note(program)
        if program is not None and program.lives:
            number = getattr(signal, self._spec.stop_signal, signal.SIGTERM)
            end_group(program, number, self._spec.stop_seconds)
            self._bury(program)
        self._note(None)

    def _goes_on(self) -> bool:
        return not self._told_to_stop

    def _start(self) -> Running | None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        log = os.open(self._place.log, flags, 0o600)
        try:
            self._child = subprocess.Popen(
                self._spec.command,
                cwd=self._spec.folder,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        except OSError as error:
            os.write(log, f"{self._spec.command[0]}: {error.strerror}\n".encode())
            self._exit_code = _NOT_STARTED
            self._ended += 1
            return None
        finally:
            os.close(log)
        return running(self._child.pid)

    def _watch(self, program: Running) -> None:
        """Return when the program has ended, or this was told to stop."""
        try:
            descriptor = os.pidfd_open(program.pid)
        except OSError:
            return
        try:
            while program.lives and not self._told_to_stop:
                found = select.select([descriptor, self._wakes], [], [], _LOOK_SECONDS)[0]
                if self._wakes in found:
                    os.read(self._wakes, 1024)
                if descriptor in found:
                    return
                self._place.cut_log(self._spec.log_bytes)
        finally:
            os.close(descriptor)

    def _bury(self, program: Running) -> None:
        """Note how a program ended, if it did."""
        if program.lives:
            return
        if self._child is not None:
            self._exit_code = self._child.wait()
            self._child = None
        self._ended += 1

    def _pause(self, seconds: float) -> None:
        select.select([self._wakes], [], [], seconds)

    def _note(self, program: Running | None) -> None:
        self._place.write_now(Now(self._me, program, self._ended, self._exit_code))

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self._told_to_stop = True

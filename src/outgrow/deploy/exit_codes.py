"""What the exit code of a program means."""

from __future__ import annotations

import signal
from dataclasses import dataclass

_BY_SIGNAL = 128  # what shells and Docker add to the number of the signal
_LOOK = "Its last lines say why."


@dataclass(frozen=True, slots=True)
class ExitMeaning:
    """What an exit code says, and what to do."""

    words: str
    remedy: str


_KNOWN = {
    0: (
        "as if it were done",
        "A service has to stay: run its server in the foreground, without a `&` or a daemon.",
    ),
    1: ("an error of its own", _LOOK),
    2: ("a wrong use of its command", "Check the flags of `run.command`; its last lines say more."),
    125: ("Docker could not run it", "Check its image, volumes and limits; Docker says which."),
    126: (
        "its command cannot be run",
        "Make the file executable (`chmod +x`), or name its interpreter in `run.command`.",
    ),
    127: (
        "its command was not found",
        "Check the spelling in `run.command`, and that the image has the program on its PATH.",
    ),
}
_SIGNALS = {
    signal.SIGABRT: ("it aborted itself", "A library found a fault that it cannot go on with."),
    signal.SIGKILL: (
        "it was killed",
        "Most often for want of memory: give it more (`needs.memory_gib_limit`). Or it did not "
        "end in time when it was asked to.",
    ),
    signal.SIGSEGV: (
        "it touched memory that is not its own",
        "A native library is at fault, or does not fit the processor or the base image: build "
        "the image anew, and compare the versions with those that worked.",
    ),
    signal.SIGILL: (
        "it used an instruction that this processor does not have",
        "Build the image for the processor of the machine (`docker build --platform`).",
    ),
    signal.SIGTERM: ("it was asked to end", "Somebody, or the machine, stopped it."),
}


def meaning_of(exit_code: int) -> ExitMeaning:
    """Return what `exit_code` means; those of supervised processes are negative for a signal."""
    number = -exit_code if exit_code < 0 else exit_code - _BY_SIGNAL
    if number > 0 and (killed := _by_signal(exit_code, number)) is not None:
        return killed
    words, remedy = _KNOWN.get(exit_code, ("an error of its own", _LOOK))
    return ExitMeaning(f"exit code {exit_code}, {words}", remedy)


def _by_signal(exit_code: int, number: int) -> ExitMeaning | None:
    try:
        sent = signal.Signals(number)
    except ValueError:
        return None
    words, remedy = _SIGNALS.get(sent, ("a signal ended it", _LOOK))
    return ExitMeaning(f"exit code {exit_code}, {words} ({sent.name})", remedy)

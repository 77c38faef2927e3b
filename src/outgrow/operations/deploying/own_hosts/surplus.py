"""Ends instances that the strategy has no more: who lowers their number means them to go.

HAProxy forgets their servers with its next configuration, so no request reaches them; but a
worker would go on with its work, and both would keep their memory.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import get_args

from outgrow.deploy.values import Colour
from outgrow.operations.deploying.own_hosts.machine import Machine
from outgrow.operations.deploying.own_hosts.runner import Slot

_LOOKED_AT_BEYOND = 16


def end_surplus(machines: Mapping[str, Machine], slots: Sequence[Slot]) -> Sequence[str]:
    """End what runs in slots beyond `slots`; return each with its machine.

    Only names that no slot has are looked at: two machines of a strategy may be one.
    """
    most = max(slot.number for slot in slots)
    ended = []
    for name, machine in machines.items():
        beyond = [
            Slot(f"{colour}{number}", colour, number, name, "", 0)
            for number in range(most + 1, most + 1 + _LOOKED_AT_BEYOND)
            for colour in get_args(Colour)
        ]
        held = machine.runner.held(beyond)
        for slot in beyond:
            if held[slot.name].version is not None:
                machine.runner.stop(slot)
                ended.append(f"{slot.name} on {name}")
    return ended

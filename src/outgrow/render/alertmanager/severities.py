"""How loud an alert is: how long it is gathered, and how often it is said again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from outgrow.render.alerts.rule import Severity


@dataclass(frozen=True, slots=True)
class Manner:
    """How alerts of one severity are sent.

    `group_by` are the labels that one message has in common. `group_wait` is how long the
    first message of a group waits for more, `group_interval` how long the next one does,
    and `repeat_interval` after how long an alert that still fires is said again.
    """

    group_by: tuple[str, ...]
    group_wait: str
    group_interval: str
    repeat_interval: str
    why: str


# In the order in which they are looked at: who is woken comes first.
MANNERS: Mapping[Severity, Manner] = {
    "page": Manner(
        ("alertname", "component"),
        "10s",
        "1m",
        "1h",
        "Somebody is woken: at once, one message for each alert, again every hour.",
    ),
    "warn": Manner(
        ("component",),
        "1m",
        "5m",
        "12h",
        "For the working day: everything that is wrong with a component in one message.",
    ),
    "info": Manner(
        ("environment",),
        "10m",
        "1h",
        "72h",
        "To know: one message for the whole environment, again after three days.",
    ),
}

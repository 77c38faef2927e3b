"""What the strategy says of alerts and channels that Alertmanager cannot carry out."""

from __future__ import annotations

from collections.abc import Iterator

from outgrow.render.alertmanager.receivers import is_silent, mail_server
from outgrow.render.system.model import System
from outgrow.render.target import Loss


def losses_of(system: System) -> tuple[Loss, ...]:
    """Return everything that alertmanager.yml leaves out."""
    return (*_without_channel(system), *_channels(system), *_schedule(system))


def _without_channel(system: System) -> Iterator[Loss]:
    if not system.strategy.channels:
        yield Loss(
            "alertmanager-no-channel",
            ("channels",),
            "telling anybody of an alert",
            "the strategy has no channel, so every alert ends in Alertmanager",
            "add a channel: `team: { kind: slack, secret: env:SLACK_WEBHOOK_URL }`",
        )


def _channels(system: System) -> Iterator[Loss]:
    for name, channel in system.strategy.channels.items():
        path = ("channels", name)
        if is_silent(channel):
            yield Loss(
                "alertmanager-no-address",
                path,
                f"the channel {name}",
                f"nothing says where its {channel.kind} goes",
                "write the address as `to`, or where it is kept as `secret`",
            )
        elif channel.kind == "email" and mail_server(system) is None:
            yield Loss(
                "alertmanager-mail-server",
                path,
                f"the server that sends the mail of {name}",
                "no part of kind `email` names one that is known here, so a relay on this machine "
                "is used",
                "add a part of kind `email` on Resend or SendGrid, or set `smarthost` in an "
                "overlay",
            )


def _schedule(system: System) -> Iterator[Loss]:
    if system.settings.schedule is not None:
        yield Loss(
            "alertmanager-schedule",
            ("environments", system.environment, "schedule"),
            "silence while the environment is stopped",
            "the schedule says how many hours it runs, not which",
            "add `time_intervals` and `active_time_intervals` in an overlay",
        )

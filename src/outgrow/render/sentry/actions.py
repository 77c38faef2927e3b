"""Whom a rule tells. Numbers that only the team's Sentry knows are filled in by apply.sh."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from outgrow.render.alerts.rule import AlertRule
from outgrow.render.system.model import System
from outgrow.render.target import Loss
from outgrow.render.writers.json_text import Json
from outgrow.strategy.targets import Channel

# What apply.sh replaces, and nothing else: a text of the strategy is never read as a variable.
TEAM = "env:SENTRY_TEAM_ID"
SLACK = "env:SENTRY_SLACK_INTEGRATION_ID"
SLACK_CHANNEL = "env:SENTRY_SLACK_CHANNEL"


def metric_actions(system: System, rule: AlertRule) -> list[Json]:
    """Return the actions of a rule on a level: its team by email, and Slack where it says so."""
    team: Json = {"type": "email", "targetType": "team", "targetIdentifier": TEAM}
    slack: list[Json] = [
        {
            "type": "slack",
            "targetType": "specific",
            "targetIdentifier": channel.to or SLACK_CHANNEL,
            "integrationId": SLACK,
        }
        for channel in _slack(system, rule.channels)
    ]
    return [team, *slack]


def issue_actions(system: System, channels: Sequence[str]) -> list[Json]:
    """Return the actions of a rule on issues: whoever owns the code, and Slack."""
    owners: Json = {
        "id": "sentry.mail.actions.NotifyEmailAction",
        "targetType": "IssueOwners",
        "fallthroughType": "ActiveMembers",
    }
    slack: list[Json] = [
        {
            "id": "sentry.integrations.slack.notify_action.SlackNotifyServiceAction",
            "workspace": SLACK,
            "channel": channel.to or SLACK_CHANNEL,
            "tags": "environment,level",
        }
        for channel in _slack(system, channels)
    ]
    return [owners, *slack]


def channel_losses(system: System, channels: Sequence[str]) -> Iterator[Loss]:
    """Yield the channels that a rule of Sentry cannot use by itself."""
    for name in dict.fromkeys(channels):
        channel = system.strategy.channels.get(name)
        if channel is not None and channel.kind in ("page", "webhook"):
            yield Loss(
                "sentry-channel",
                ("channels", name),
                f"alerts of Sentry to {name}",
                f"a {channel.kind} needs an integration that is set up in Sentry by hand",
                "connect PagerDuty, Opsgenie or a webhook in Sentry, and add it to the team",
            )


def _slack(system: System, channels: Sequence[str]) -> Iterator[Channel]:
    for name in dict.fromkeys(channels):
        channel = system.strategy.channels.get(name)
        if channel is not None and channel.kind == "slack":
            yield channel

"""Whom AWS tells: one encrypted topic for alarms and budgets, and the channels behind it."""

from __future__ import annotations

from collections.abc import Iterator

from outgrow.render.aws.policies import Statement, let, policy
from outgrow.render.aws.region import ACCOUNT, AwsRegion
from outgrow.render.aws.wording import cite, is_used
from outgrow.render.writers.expressions import Ref, ResourceBlock, Value, Var, VariableBlock
from outgrow.strategy.targets import Channel

_SECTION = "alerts"
TOPIC = Ref("aws_sns_topic", "alerts", "arn")
EMAIL = "alert_email"


def notice_blocks(region: AwsRegion) -> Iterator[ResourceBlock]:
    """Return the topic with its policy and its subscriptions."""
    if not is_used(region):
        return
    topic = ResourceBlock(
        "aws_sns_topic",
        "alerts",
        {
            "name": f"{region.prefix}-alerts",
            "kms_master_key_id": region.key,
            "tags": region.tags("alerts"),
        },
        section=_SECTION,
        comment="Alarms, budgets and unusual costs all end here.",
    )
    yield topic
    yield ResourceBlock(
        "aws_sns_topic_policy",
        "alerts",
        {"arn": topic.ref("arn"), "policy": policy(*_publishers(topic))},
        section=_SECTION,
    )
    yield _subscription("email", "email", Var(EMAIL), "Asks for a confirmation by e-mail once.")
    for name in _callable(region):
        said = cite(region, f"the channel {name}", "channels", name)
        yield _subscription(_plain(name), "https", Var(_variable(name)), said)


def notice_variables(region: AwsRegion) -> Iterator[VariableBlock]:
    """Return the addresses to tell; those that let anyone in are sensitive."""
    first = next((c.to for c in _channels(region).values() if c.kind == "email" and c.to), None)
    yield VariableBlock(EMAIL, "string", "E-mail address that is told of alarms.", default=first)
    for name in _callable(region):
        yield VariableBlock(
            _variable(name),
            "string",
            f"HTTPS address of the channel {name} that takes messages of SNS.",
            sensitive=True,
            condition=f'startswith(var.{_variable(name)}, "https://")',
            error_message="SNS only calls https:// addresses here.",
        )


def _publishers(topic: ResourceBlock) -> Iterator[Statement]:
    ours: dict[str, Value] = {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
    for service in ("cloudwatch", "budgets", "costalerts"):
        yield let(f"{service}.amazonaws.com", "sns:Publish", topic.ref("arn"), ours)


def _channels(region: AwsRegion) -> dict[str, Channel]:
    return dict(region.system.strategy.channels)


def _callable(region: AwsRegion) -> dict[str, Channel]:
    """Return the channels with an address that SNS can call: of a pager, or a webhook."""
    return {n: c for n, c in _channels(region).items() if c.kind in ("page", "webhook")}


def _plain(name: str) -> str:
    return "".join(letter if letter.isalnum() else "_" for letter in name.lower())


def _variable(name: str) -> str:
    return f"alert_{_plain(name)}_url"


def _subscription(name: str, protocol: str, endpoint: Value, comment: str) -> ResourceBlock:
    return ResourceBlock(
        "aws_sns_topic_subscription",
        name,
        {"topic_arn": TOPIC, "protocol": protocol, "endpoint": endpoint},
        section=_SECTION,
        comment=comment,
    )

"""Queues on SQS: each with a dead-letter queue for what cannot be worked off."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_CEILING, Decimal

from outgrow.render.aws.policies import deny_plain_http, policy
from outgrow.render.aws.region import AwsRegion
from outgrow.render.aws.wording import about, named
from outgrow.render.system.model import Part
from outgrow.render.writers.expressions import (
    Arguments,
    JsonText,
    Noted,
    OutputBlock,
    Ref,
    ResourceBlock,
    Value,
)

SQS = "aws/sqs"
_SECTION = "queues"
_LONGEST_VISIBILITY = 43_200
_ASSUMED_WORK_SECONDS = 60
_ATTEMPTS = 5
_FOURTEEN_DAYS = 1_209_600
_FOUR_DAYS = 345_600


def sqs_blocks(region: AwsRegion) -> Iterator[ResourceBlock]:
    """Return every queue of the region, with its dead-letter queue and its policy."""
    for part in region.on(SQS):
        dead = _queue(region, part, "dead")
        main = _queue(region, part, "")
        yield dead
        yield main
        yield from (_only_tls(queue) for queue in (dead, main))


def sqs_outputs(region: AwsRegion) -> Iterator[OutputBlock]:
    """Return the address of each queue."""
    for part in region.on(SQS):
        name = region.name(part)
        yield OutputBlock(
            f"{name}_url", Ref("aws_sqs_queue", name, "url"), f"Address of {part.component}."
        )


def _queue(region: AwsRegion, part: Part, suffix: str) -> ResourceBlock:
    ordered = part.setting("fifo") is True
    words = (part.name, suffix) if suffix else (part.name,)
    end = ".fifo" if ordered else ""
    arguments: Arguments = {
        "name": f"{named(region, *words)}{end}",
        **({"fifo_queue": True, "content_based_deduplication": True} if ordered else {}),
        "kms_master_key_id": region.key,
        "kms_data_key_reuse_period_seconds": 300,
    }
    return ResourceBlock(
        "aws_sqs_queue",
        "_".join((region.name(part), *filter(None, [suffix]))),
        {
            **arguments,
            **(_dead_letters() if suffix else _work(region, part)),
            "tags": region.tags("-".join(words), part),
        },
        section=_SECTION,
        comment=(
            f"What {part.component} could not work off in {_ATTEMPTS} attempts, to look at."
            if suffix
            else about(region, part)
        ),
    )


def _dead_letters() -> Arguments:
    return {"message_retention_seconds": Noted(_FOURTEEN_DAYS, "Fourteen days, the longest.")}


def _work(region: AwsRegion, part: Part) -> Arguments:
    seconds, said = _visibility(region, part)
    dead: Value = Ref("aws_sqs_queue", f"{region.name(part)}_dead", "arn")
    return {
        "visibility_timeout_seconds": Noted(seconds, said),
        "message_retention_seconds": _FOUR_DAYS,
        "receive_wait_time_seconds": Noted(20, "Long polling: fewer empty answers to pay for."),
        "redrive_policy": JsonText({"deadLetterTargetArn": dead, "maxReceiveCount": _ATTEMPTS}),
    }


def _visibility(region: AwsRegion, part: Part) -> tuple[int, str]:
    """Return for how long a message in work stays hidden: six times the longest piece of work."""
    longest = Decimal(0)
    for caller in filter(None, map(region.system.part, part.linked_from)):
        for work in caller.spec.workloads.values():
            longest = max(longest, work.seconds.high or work.seconds.low)
    if not longest:
        return _ASSUMED_WORK_SECONDS * 6, "Six times an assumed minute of work."
    seconds = int((longest * 6).to_integral_value(ROUND_CEILING))
    return min(seconds, _LONGEST_VISIBILITY), f"Six times the longest work of {longest:f} s."


def _only_tls(queue: ResourceBlock) -> ResourceBlock:
    return ResourceBlock(
        "aws_sqs_queue_policy",
        queue.name,
        {
            "queue_url": queue.ref("id"),
            "policy": policy(deny_plain_http(queue.ref("arn"), "sqs:*")),
        },
        section=_SECTION,
    )

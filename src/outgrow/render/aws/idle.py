"""Functions that stop a machine nobody uses, and start it again on request.

The decision is one comparison with the strategy's own parameters. It begins as a rehearsal: the
variable `idle_dry_run` is true until somebody has read the log.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from outgrow.render.aws.idle_source import IDLE_SOURCE
from outgrow.render.aws.machines import instance_arn, machines
from outgrow.render.aws.policies import Statement, allow
from outgrow.render.aws.region import AwsRegion
from outgrow.render.aws.roles import allowed, log_group, role, streams_of
from outgrow.render.aws.traffic import is_single
from outgrow.render.system.model import Part
from outgrow.render.writers.expressions import (
    Block,
    FileText,
    Noted,
    OutputBlock,
    Ref,
    ResourceBlock,
    Value,
    Var,
    VariableBlock,
)
from outgrow.strategy.practices import IdleMachine

SECTION = "idle"
DRY_RUN = "idle_dry_run"
SOURCE, PACKAGE = "lambda/idle.py", "lambda/idle.zip"
PACK_COMMAND = f"python3 -m zipfile -c {PACKAGE} {SOURCE}"
# What EC2 itself publishes, by the name that a strategy gives it.
_METRICS = {
    "network_in_bytes": "NetworkIn",
    "network_out_bytes": "NetworkOut",
    "cpu_percent": "CPUUtilization",
    "cpu_used_percent": "CPUUtilization",
}
_STATISTICS = {"average": "Average", "sum": "Sum", "maximum": "Maximum"}
_WAIVERS = (
    ("CKV_AWS_50", "one call of the AWS API: its log says all that a trace would"),
    ("CKV_AWS_115", "the schedule never runs it twice at a time"),
    ("CKV_AWS_116", "a run that fails is repeated by the schedule"),
    ("CKV_AWS_117", "it only calls APIs of AWS; nothing in the VPC is reached"),
    ("CKV_AWS_272", "its source stands beside this file"),
)


def watched(region: AwsRegion) -> tuple[tuple[int, IdleMachine, Part], ...]:
    """Return the machines to stop when idle, with their rule and its place."""
    found = []
    for index, rule in enumerate(region.system.strategy.idle_machines):
        here = not rule.phases or region.system.phase in rule.phases
        machine = next((m for m in machines(region) if m.component == rule.component), None)
        if here and rule.metric in _METRICS and machine and _is_wanted(region, rule, machine):
            found.append((index, rule, machine))
    return tuple(found)


def is_known(rule: IdleMachine) -> bool:
    """Return whether EC2 itself publishes the metric of `rule`."""
    return rule.metric in _METRICS


def _is_wanted(region: AwsRegion, rule: IdleMachine, machine: Part) -> bool:
    return is_single(region, machine) and (not rule.optional or _is_watched(region, machine))


def _is_watched(region: AwsRegion, machine: Part) -> bool:
    return any(machine.name in part.links for part in region.on("aws/lambda"))


def idle_blocks(region: AwsRegion) -> Iterator[ResourceBlock]:
    """Yield both functions of each machine, what they may do, and the schedule."""
    for index, rule, part in watched(region):
        yield from _function(region, part, "stop", _stop_settings(rule), _may_stop(region, part))
        yield from _function(region, part, "start", {}, _may_start(region, part))
        yield from _schedule(region, index, rule, part)


def idle_variables(region: AwsRegion) -> Iterator[VariableBlock]:
    """Yield whether machines are really stopped."""
    if watched(region):
        text = "Only log that a machine would be stopped; false stops it"
        yield VariableBlock(DRY_RUN, "bool", text, default=True)


def idle_outputs(region: AwsRegion) -> Iterator[OutputBlock]:
    """Yield how a machine is started again."""
    for _, _, part in watched(region):
        name = f"{region.name(part)}_start"
        value = Ref("aws_lambda_function", name, "function_name")
        yield OutputBlock(name, value, "For `aws lambda invoke --function-name`")


def idle_files(region: AwsRegion) -> Mapping[str, str]:
    """Return the source of the functions."""
    return {SOURCE: IDLE_SOURCE} if watched(region) else {}


def _stop_settings(rule: IdleMachine) -> dict[str, Value]:
    return {
        "METRIC": _METRICS[rule.metric],
        "STATISTIC": _STATISTICS[rule.statistic],
        "BELOW": f"{rule.below:f}",
        "WINDOW_SECONDS": str(max(60, int(rule.window_seconds) // 60 * 60)),
        "NO_DATA_IS_IDLE": str(rule.no_data_is_idle).lower(),
        "DRY_RUN": Var(DRY_RUN),
    }


def _may_stop(region: AwsRegion, part: Part) -> list[Statement]:
    return [
        {
            **allow("ec2:StopInstances", instance_arn(region, part)),
            "Condition": {"StringEquals": {"aws:ResourceTag/Component": part.component}},
        },
        # Neither action takes a resource.
        allow(["cloudwatch:GetMetricStatistics", "ec2:DescribeInstances"], "*"),
    ]


def _may_start(region: AwsRegion, part: Part) -> list[Statement]:
    return [
        {
            **allow("ec2:StartInstances", instance_arn(region, part)),
            "Condition": {"StringEquals": {"aws:ResourceTag/Component": part.component}},
        },
        # EC2 opens the machine's encrypted disk in the name of whoever starts it.
        {
            **allow("kms:CreateGrant", region.key),
            "Condition": {"Bool": {"kms:GrantIsForAWSResource": "true"}},
        },
    ]


def _function(
    region: AwsRegion,
    part: Part,
    verb: str,
    settings: Mapping[str, Value],
    statements: list[Statement],
) -> Iterator[ResourceBlock]:
    name = f"{region.name(part)}_{verb}"
    title = region.short_name(f"{part.name}-{verb}", 64)
    yield log_group(region, name, f"/aws/lambda/{title}", SECTION, part)
    yield role(region, name, "lambda.amazonaws.com", SECTION, part)
    logs = allow(["logs:CreateLogStream", "logs:PutLogEvents"], streams_of(name))
    yield allowed(name, SECTION, *statements, logs, allow("kms:Decrypt", region.key))
    yield ResourceBlock(
        "aws_lambda_function",
        name,
        {
            "function_name": title,
            "role": Ref("aws_iam_role", name, "arn"),
            "runtime": "python3.13",
            "architectures": ["arm64"],
            "handler": f"idle.{verb}",
            "filename": Noted(FileText(PACKAGE, as_path=True), f"Made by: {PACK_COMMAND}"),
            "source_code_hash": FileText(SOURCE, as_hash=True),
            "timeout": 30,
            "kms_key_arn": region.key,
            "tags": region.tags(f"{part.name}-{verb}", part),
            "environment": Block(
                {"variables": {"INSTANCE_ID": Ref("aws_instance", region.name(part)), **settings}}
            ),
        },
        SECTION,
        depends_on=(Ref("aws_cloudwatch_log_group", name),),
        waivers=_WAIVERS,
    )


def _schedule(
    region: AwsRegion, index: int, rule: IdleMachine, part: Part
) -> Iterator[ResourceBlock]:
    name = f"{region.name(part)}_stop"
    minutes = max(1, int(rule.check_every_seconds) // 60)
    unit = "minute" if minutes == 1 else "minutes"
    where = region.system.where("idle_machines", index)
    yield ResourceBlock(
        "aws_cloudwatch_event_rule",
        name,
        {
            "name": region.short_name(f"{part.name}-stop", 64),
            "description": f"Looks whether {part.name} is idle",
            "schedule_expression": f"rate({minutes} {unit})",
            "tags": region.tags(f"{part.name}-stop", part),
        },
        SECTION,
        comment=f"{where}: it looks every {minutes} {unit}.",
    )
    yield ResourceBlock(
        "aws_cloudwatch_event_target",
        name,
        {
            "rule": Ref("aws_cloudwatch_event_rule", name, "name"),
            "arn": Ref("aws_lambda_function", name, "arn"),
        },
        SECTION,
    )
    yield ResourceBlock(
        "aws_lambda_permission",
        name,
        {
            "statement_id": "schedule",
            "action": "lambda:InvokeFunction",
            "function_name": Ref("aws_lambda_function", name, "function_name"),
            "principal": "events.amazonaws.com",
            "source_arn": Ref("aws_cloudwatch_event_rule", name, "arn"),
        },
        SECTION,
    )

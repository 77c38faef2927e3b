"""Every alarm as `aws cloudwatch put-metric-alarm --cli-input-json` takes it.

Those that join two others are as `put-composite-alarm` takes them.

The alarms are those of the target `terraform-aws`, block by block. What only exists once it
was created (the id of a machine) is a variable that `envsubst` fills in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from outgrow.render.alerts.cloudwatch_blocks import COMPOSITE, cloudwatch_alarms
from outgrow.render.system.model import System
from outgrow.render.writers.expressions import Block, Joined, Noted, Ref, ResourceBlock, Value, Var
from outgrow.render.writers.json_text import Json, json_text

COMPOSITES = "composite-alarms"
_NAMES = {
    "alarm_name": "AlarmName",
    "alarm_description": "AlarmDescription",
    "comparison_operator": "ComparisonOperator",
    "threshold": "Threshold",
    "evaluation_periods": "EvaluationPeriods",
    "datapoints_to_alarm": "DatapointsToAlarm",
    "namespace": "Namespace",
    "metric_name": "MetricName",
    "statistic": "Statistic",
    "extended_statistic": "ExtendedStatistic",
    "period": "Period",
    "treat_missing_data": "TreatMissingData",
    "alarm_actions": "AlarmActions",
    "ok_actions": "OKActions",
}
_QUERY_NAMES = {
    "id": "Id",
    "expression": "Expression",
    "label": "Label",
    "return_data": "ReturnData",
}


def alarm_files(system: System) -> Iterator[tuple[str, str]]:
    """Yield the path and the JSON of each alarm of the home region."""
    names = _names(system)
    for block in cloudwatch_alarms(system):
        name = block.name.replace("_", "-")
        if block.type == COMPOSITE:
            yield f"{COMPOSITES}/{name}.json", json_text(composite(block, names))
        else:
            yield f"alarms/{name}.json", json_text(alarm(block))


def composite(block: ResourceBlock, names: Mapping[Ref, str]) -> dict[str, Json]:
    """Return the parameters of `PutCompositeAlarm`; `names` are those of the alarms it joins."""
    rule = block.arguments["alarm_rule"]
    pieces = rule.parts if isinstance(rule, Joined) else (rule,)
    said = "".join(names[one] if isinstance(one, Ref) else str(_plain(one)) for one in pieces)
    return {**_named(block), "AlarmRule": said, "Tags": _tags(block)}


def alarm(block: ResourceBlock) -> dict[str, Json]:
    """Return the parameters of `PutMetricAlarm` for one alarm."""
    given = block.arguments
    found = _named(block)
    if "dimensions" in given:
        found["Dimensions"] = _dimensions(given["dimensions"])
    if "metric_query" in given:
        found["Metrics"] = [_query(one) for one in _blocks(given["metric_query"])]
    found["Tags"] = _tags(block)
    return found


def _named(block: ResourceBlock) -> dict[str, Json]:
    given = block.arguments
    return {name: _plain(given[key]) for key, name in _NAMES.items() if key in given}


def _tags(block: ResourceBlock) -> list[Json]:
    tags = _mapping(block.arguments.get("tags"))
    return [{"Key": key, "Value": _plain(value)} for key, value in tags.items()]


def _names(system: System) -> dict[Ref, str]:
    """Return what the alarms are called that another one may join."""
    return {
        block.ref("alarm_name"): str(block.arguments["alarm_name"])
        for block in cloudwatch_alarms(system)
    }


def variables(system: System) -> tuple[str, ...]:
    """Return the names of the variables that the alarms of `system` ask for, in order."""
    seen: dict[str, None] = {}
    named = _names(system)
    for block in cloudwatch_alarms(system):
        for reference in _references(block.arguments):
            if reference not in named:
                seen[_variable(reference)] = None
    return tuple(seen)


def _query(block: Block) -> Json:
    given = block.arguments
    found: dict[str, Json] = {
        name: _plain(given[key]) for key, name in _QUERY_NAMES.items() if key in given
    }
    metric = given.get("metric")
    if isinstance(metric, Block):
        inner = metric.arguments
        found["MetricStat"] = {
            "Metric": {
                "Namespace": _plain(inner["namespace"]),
                "MetricName": _plain(inner["metric_name"]),
                "Dimensions": _dimensions(inner["dimensions"]),
            },
            "Period": _plain(inner["period"]),
            "Stat": _plain(inner["stat"]),
        }
        found.setdefault("ReturnData", False)
    return found


def _dimensions(value: object) -> list[Json]:
    return [{"Name": key, "Value": _plain(one)} for key, one in _mapping(value).items()]


def _blocks(value: object) -> list[Block]:
    found = value if isinstance(value, Sequence) else [value]
    return [one for one in found if isinstance(one, Block)]


def _mapping(value: object) -> Mapping[str, Value]:
    return value if isinstance(value, Mapping) else {}


def _plain(value: object) -> Json:
    """Return a value as JSON has it; a reference becomes a variable."""
    if isinstance(value, Noted):
        return _plain(value.value)
    if isinstance(value, Ref):
        return f"${{{_variable(value)}}}"
    if isinstance(value, Var):
        return f"${{{value.name.upper()}}}"
    if isinstance(value, Joined):
        return "".join(str(_plain(part)) for part in value.parts)
    if isinstance(value, Decimal):
        return value
    if isinstance(value, bool | int | str):
        return value
    if isinstance(value, Sequence):
        return [_plain(one) for one in value]
    raise TypeError(f"{type(value).__name__} does not stand in an alarm")


def _variable(reference: Ref) -> str:
    attribute = reference.attribute
    parts = (attribute,) if isinstance(attribute, str) else tuple(map(str, attribute))
    kind = reference.type.removeprefix("aws_")
    return "_".join((kind, reference.name, *parts)).upper()


def _references(value: object) -> Iterator[Ref]:
    if isinstance(value, Ref):
        yield value
    elif isinstance(value, Noted):
        yield from _references(value.value)
    elif isinstance(value, Joined):
        yield from _references(value.parts)
    elif isinstance(value, Block):
        yield from _references(value.arguments)
    elif isinstance(value, Mapping):
        yield from _references(tuple(value.values()))
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for one in value:
            yield from _references(one)

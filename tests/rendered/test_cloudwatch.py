"""The alarms against the service model that AWS publishes, as botocore carries it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from botocore.model import Shape
from botocore.session import get_session
from botocore.validate import ParamValidator
from tests.systems import all_systems

from outgrow.render.alerts.cloudwatch_blocks import cloudwatch_alarms
from outgrow.render.cloudwatch.target import TARGET


def alarms() -> Iterator[tuple[str, str]]:
    """Yield the name and text of every alarm of every system."""
    for name, system in all_systems():
        for file in TARGET.render(system).files:
            if file.path.startswith("alarms/"):
                yield f"{name}/{file.path}", file.text


def parameters() -> Shape:
    model = get_session().get_service_model("cloudwatch")
    shape = model.operation_model("PutMetricAlarm").input_shape
    assert shape is not None
    return shape


def faults(text: str) -> str:
    report: str = ParamValidator().validate(json.loads(text), parameters()).generate_report()
    return report


def test_aws_takes_every_alarm() -> None:
    found = list(alarms())
    assert len(found) > 50
    assert {name: faults(text) for name, text in found if faults(text)} == {}


def test_aws_would_refuse_a_misspelt_or_mistyped_parameter() -> None:
    _, text = next(alarms())
    assert "Unknown parameter" in faults(text.replace('"Period"', '"Periods"'))
    assert "Invalid type" in faults(re.sub(r'"Period": \d+', '"Period": "5m"', text))


def test_the_alarms_are_those_of_terraform() -> None:
    for name, system in all_systems():
        rendered = [f for f in TARGET.render(system).files if f.path.startswith("alarms/")]
        blocks = cloudwatch_alarms(system)
        names = [json.loads(file.text)["AlarmName"] for file in rendered]
        assert names == [block.arguments["alarm_name"] for block in blocks], name


def test_every_variable_of_an_alarm_is_in_the_example_and_in_the_command() -> None:
    for name, system in all_systems():
        rendering = TARGET.render(system)
        texts = {file.path: file.text for file in rendering.files}
        asked = {
            key
            for path, text in texts.items()
            if path.startswith("alarms/")
            for key in re.findall(r"\$\{(\w+)\}", text)
        }
        listed = set(re.findall(r"^(\w+)=$", texts.get("variables.env.example", ""), re.MULTILINE))
        told = set(re.findall(r"\$\{(\w+)\}", " ".join(rendering.commands)))
        assert asked == listed == told, name

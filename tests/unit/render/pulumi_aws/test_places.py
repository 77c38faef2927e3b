"""Where blocks stand when sections need one another."""

from __future__ import annotations

import pytest

from outgrow.render.pulumi_aws.program import program_of
from outgrow.render.writers.expressions import Joined, Module, Ref, ResourceBlock
from outgrow.render.writers.pulumi_python import NameNotKnown, pulumi_type


def block(type_: str, name: str, section: str, **arguments: object) -> ResourceBlock:
    return ResourceBlock(type_, name, arguments, section)  # type: ignore[arg-type]


def paths(*blocks: ResourceBlock) -> dict[str, list[str]]:
    program = program_of({"": Module(blocks)})
    return {file.path: [one.name for one in ones] for file, ones in program.files.items()}


def test_a_section_is_a_file() -> None:
    vpc = block("aws_vpc", "main", "network")
    group = block("aws_security_group", "api", "security", vpc_id=vpc.ref())
    assert paths(group, vpc) == {"network.py": ["main"], "security.py": ["api"]}


def test_sections_that_need_one_another_are_split() -> None:
    topic = block("aws_sns_topic", "alerts", "operations")
    vpc = block("aws_vpc", "main", "network", tags={"Topic": topic.ref("arn")})
    group = block("aws_security_group", "ops", "operations", vpc_id=vpc.ref())
    assert paths(topic, vpc, group) == {
        "operations_base.py": ["alerts"],
        "network.py": ["main"],
        "operations.py": ["ops"],
    }


def test_what_is_made_first_stands_first() -> None:
    vpc = block("aws_vpc", "main", "network")
    group = block("aws_security_group", "api", "network", vpc_id=vpc.ref())
    assert paths(group, vpc) == {"network.py": ["main", "api"]}


def test_a_section_never_hides_a_module_of_python() -> None:
    assert list(paths(block("aws_vpc", "main", "secrets"))) == ["secrets_resources.py"]


def test_a_reference_to_nothing_is_named() -> None:
    group = block("aws_security_group", "api", "security", vpc_id=Joined(Ref("aws_vpc", "main")))
    with pytest.raises(KeyError, match="aws_vpc"):
        program_of({"": Module((group,))})


def test_a_type_that_the_table_does_not_know_is_named() -> None:
    with pytest.raises(NameNotKnown, match="aws_unheard_of"):
        pulumi_type("aws_unheard_of")

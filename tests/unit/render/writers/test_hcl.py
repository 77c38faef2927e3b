"""HCL as `terraform fmt` leaves it, and nothing of a strategy's text ever evaluated."""

from __future__ import annotations

from decimal import Decimal

from outgrow.render.writers.expressions import (
    Block,
    FileText,
    Joined,
    JsonText,
    Lifecycle,
    ModuleCall,
    Noted,
    Ref,
    ResourceBlock,
    Var,
    VariableBlock,
)
from outgrow.render.writers.hcl import call_text, resource_text, variable_text
from outgrow.render.writers.hcl_values import expression_text


def test_neighbouring_arguments_are_aligned_and_a_value_of_several_lines_ends_the_run() -> None:
    block = ResourceBlock(
        "aws_ecs_service",
        "api",
        {
            "name": "api",
            "desired_count": 2,
            "tags": {"Name": "api", "Component": "api"},
            "cluster": Ref("aws_ecs_cluster", "main"),
            "left_out": None,
            "network_configuration": Block({"subnets": [Ref("aws_subnet", "private_a")]}),
        },
        section="ecs",
        comment="Why it is so.",
        lifecycle=Lifecycle(ignore_changes=("desired_count",)),
        depends_on=(Ref("aws_lb_listener", "https"),),
        waivers=(("CKV_AWS_1", "because\nof this"),),
    )
    assert resource_text(block) == (
        "# Why it is so.\n"
        'resource "aws_ecs_service" "api" {\n'
        "  #checkov:skip=CKV_AWS_1: because of this\n"
        '  name          = "api"\n'
        "  desired_count = 2\n"
        "  tags = {\n"
        '    Name      = "api"\n'
        '    Component = "api"\n'
        "  }\n"
        "  cluster = aws_ecs_cluster.main.id\n"
        "\n"
        "  network_configuration {\n"
        "    subnets = [aws_subnet.private_a.id]\n"
        "  }\n"
        "\n"
        "  lifecycle {\n"
        "    ignore_changes = [desired_count]\n"
        "  }\n"
        "\n"
        "  depends_on = [aws_lb_listener.https]\n"
        "}"
    )


def test_text_of_a_strategy_is_never_evaluated() -> None:
    assert expression_text('a "b" \\ ${c} %{if}\n\x07') == (
        '"a \\"b\\" \\\\ $${c} %%{if}\\n\\u0007"'
    )


def test_a_dollar_before_a_value_stays_a_dollar() -> None:
    assert expression_text(Joined("cost $", Var("a"), "{x}")) == '"cost ${"$"}${var.a}{x}"'


def test_joined_text_becomes_one_template() -> None:
    arn = Joined("arn:", Joined("aws:", Ref("aws_s3_bucket", "files", "arn")), "/*")
    assert expression_text(arn) == '"arn:aws:${aws_s3_bucket.files.arn}/*"'
    assert expression_text(Joined("a", "b")) == '"ab"'
    assert expression_text(Joined(Var("a"))) == "var.a"


def test_a_document_in_json_keeps_references() -> None:
    policy = JsonText({"Statement": [{"Action": ["s3:*"], "aws:key": Ref("aws_a", "b", "arn")}]})
    assert expression_text(policy, 1) == (
        "jsonencode({\n"
        "    Statement = [\n"
        "      {\n"
        '        Action    = ["s3:*"]\n'
        '        "aws:key" = aws_a.b.arn\n'
        "      },\n"
        "    ]\n"
        "  })"
    )


def test_scalars_files_and_indexes() -> None:
    assert expression_text(Decimal("70.50")) == "70.5"
    assert expression_text(True) == "true"
    assert expression_text([]) == "[]"
    assert expression_text(FileText("a.py", as_hash=True)) == (
        'filebase64sha256("${path.module}/a.py")'
    )
    options = ("domain_validation_options", 0, "resource_record_name")
    assert expression_text(Ref("aws_acm_certificate", "main", options)) == (
        "tolist(aws_acm_certificate.main.domain_validation_options)[0].resource_record_name"
    )


def test_a_noted_argument_has_its_reason_above_it() -> None:
    block = ResourceBlock("aws_vpc", "main", {"cidr_block": Noted("10.0.0.0/16", "Wide.")}, "n")
    assert '  # Wide.\n  cidr_block = "10.0.0.0/16"\n' in resource_text(block)


def test_lines_of_text_with_values_are_a_heredoc() -> None:
    text = Joined("#!/bin/sh\necho '${x}'\n", Var("a"), "\n")
    assert expression_text(text) == "<<EOT\n#!/bin/sh\necho '$${x}'\n${var.a}\nEOT"


def test_a_variable_says_what_it_must_satisfy() -> None:
    variable = VariableBlock(
        "image", "string", "The image", condition='var.image != ""', error_message="Name one."
    )
    assert variable_text(variable) == (
        'variable "image" {\n'
        '  description = "The image"\n'
        "  type        = string\n"
        "\n"
        "  validation {\n"
        '    condition     = var.image != ""\n'
        '    error_message = "Name one."\n'
        "  }\n"
        "}"
    )


def test_a_module_is_called_with_its_providers() -> None:
    call = ModuleCall("eu_west_1", {"image": Var("image")}, {"aws": "aws.eu_west_1"})
    assert call_text(call, "./modules/eu_west_1") == (
        'module "eu_west_1" {\n'
        '  source = "./modules/eu_west_1"\n'
        "\n"
        "  providers = {\n"
        "    aws = aws.eu_west_1\n"
        "  }\n"
        "\n"
        "  image = var.image\n"
        "}"
    )

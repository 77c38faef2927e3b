"""The target `terraform-aws`: the AWS part of a phase as Terraform, or OpenTofu."""

from __future__ import annotations

from outgrow.render.target import Target
from outgrow.render.terraform_aws.render import applies, render

TARGET = Target("terraform-aws", "Terraform for AWS", applies, render)

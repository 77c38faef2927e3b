"""The files of one module: one for each concern, then variables, outputs and versions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from outgrow.render.rendered_file import RenderedFile
from outgrow.render.writers.expressions import Module, VariableBlock
from outgrow.render.writers.hcl import (
    call_text,
    hcl_text,
    output_text,
    provider_text,
    resource_text,
    variable_text,
)

PROVIDER_VERSION = "~> 5.100"
# Write-only arguments and ephemeral variables, with which passwords stay out of the state, need
# it: Terraform 1.11 or OpenTofu 1.11.
TERRAFORM_VERSION = ">= 1.11"


def module_files(module: Module, folder: str, header: str = "") -> Iterator[RenderedFile]:
    """Yield the files of `module` in `folder`, "" for the root; `header` is for `versions.tf`."""
    place = f"{folder}/" if folder else ""
    sections = sorted(module.resources, key=lambda block: _order(module, block.section))
    for section, blocks in groupby(sections, key=lambda block: block.section):
        text = hcl_text(resource_text(block) for block in blocks)
        yield RenderedFile(f"{place}{section}.tf", text)
    if module.calls:
        calls = (call_text(call, f"./modules/{call.name}") for call in module.calls)
        yield RenderedFile(f"{place}regions.tf", hcl_text(calls))
    if module.variables:
        text = hcl_text(variable_text(variable) for variable in module.variables)
        yield RenderedFile(f"{place}variables.tf", text)
    if module.outputs:
        text = hcl_text(output_text(output) for output in module.outputs)
        yield RenderedFile(f"{place}outputs.tf", text)
    yield RenderedFile(f"{place}versions.tf", hcl_text([_versions(module)], header))
    if module.providers:
        text = hcl_text(provider_text(provider) for provider in module.providers)
        yield RenderedFile(f"{place}providers.tf", text)
    for path, text in module.files.items():
        yield RenderedFile(f"{place}{path}", text)


def _order(module: Module, section: str) -> int:
    return next(i for i, block in enumerate(module.resources) if block.section == section)


def _versions(module: Module) -> str:
    aliases = dict.fromkeys(block.provider for block in module.resources if block.provider)
    needed = [
        "terraform {",
        f'  required_version = "{TERRAFORM_VERSION}"',
        "",
        "  required_providers {",
        "    aws = {",
    ]
    pairs = {"source": '"hashicorp/aws"', "version": f'"{PROVIDER_VERSION}"'}
    if aliases and not module.providers:
        pairs["configuration_aliases"] = f"[{', '.join(map(str, aliases))}]"
    width = max(map(len, pairs))
    needed += [f"      {key.ljust(width)} = {value}" for key, value in pairs.items()]
    return "\n".join([*needed, "    }", "  }", "}"])


def example_values(variables: tuple[VariableBlock, ...]) -> str:
    """Return `terraform.tfvars.example`: a line for each variable that must be given.

    A sensitive one is given through the environment, never through a file.
    """
    needed = [v for v in variables if v.default is None]
    lines = [*_EXAMPLE_HEADER, "", *_assigned([v for v in needed if not v.sensitive])]
    secret = [f"#   export TF_VAR_{v.name}=..." for v in needed if v.sensitive]
    if secret:
        lines += ["", "# Never in a file; read from where your secrets live:", *secret]
    return "\n".join([*lines, ""])


_EXAMPLE_HEADER = ("# Copy to terraform.tfvars and fill in.",)


def example_arguments(variables: tuple[VariableBlock, ...]) -> list[str]:
    """Return values for the variables of a test, as lines of its block."""
    needed = [v for v in variables if v.default is None]
    return [f"  {line}" for line in _assigned(needed)]


def _assigned(variables: Sequence[VariableBlock]) -> list[str]:
    width = max((len(v.name) for v in variables), default=0)
    return [f"{v.name.ljust(width)} = {_example(v)}" for v in variables]


_BY_ENDING = {
    "_email": '"team@example.com"',
    "_arn": '"arn:aws:iam::123456789012:role/example"',
    "_url": '"https://example.com/hook"',
    "_cidrs": '["192.0.2.0/24"]',
    "domain": '"example.com"',
}
_BY_TYPE = {"number": "1", "bool": "false", "list(string)": "[]", "map(string)": "{}"}


def _example(variable: VariableBlock) -> str:
    if variable.example:
        return f'"{variable.example}"'
    for ending, value in _BY_ENDING.items():
        if variable.name.endswith(ending):
            return value
    return _BY_TYPE.get(variable.type, '"an-example-of-some-length"')

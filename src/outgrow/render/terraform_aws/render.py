"""From a system to a tree of Terraform: the graph of AWS, spelled in HCL."""

from __future__ import annotations

from collections.abc import Iterator

from outgrow.render.aws.graph import aws_modules
from outgrow.render.aws.notes import notes
from outgrow.render.aws.region import regions_of
from outgrow.render.rendered_file import RenderedFile
from outgrow.render.system.model import System
from outgrow.render.target import Rendering
from outgrow.render.terraform_aws.checks import check_files
from outgrow.render.terraform_aws.commands import commands, teardown
from outgrow.render.terraform_aws.losses import RENDERED_SERVICES, losses
from outgrow.render.terraform_aws.module_files import example_values, module_files
from outgrow.render.terraform_aws.state import state_files, state_header

# CloudWatch, KMS and the like serve what else stands on AWS: alone they are no reason for a tree.
_SUPPORTING = frozenset({"aws/cloudwatch", "aws/kms", "aws/data-transfer", "aws/public-ipv4"})


def applies(system: System) -> bool:
    """Return whether anything of `system` is rented from AWS."""
    services = {part.service for part in system.parts}
    return bool(regions_of(system)) and bool((services & RENDERED_SERVICES) - _SUPPORTING)


def render(system: System) -> Rendering:
    """Return the files, what they leave out, and how to apply them; none where none applies."""
    if not applies(system):
        return Rendering(())
    return Rendering(
        files=tuple(_files(system)),
        losses=tuple(losses(system)),
        covers=frozenset(p.name for p in system.parts if p.service in RENDERED_SERVICES),
        commands=commands(system),
        notes=(*notes(system), *teardown(system)),
    )


def _files(system: System) -> Iterator[RenderedFile]:
    modules = aws_modules(system)
    for folder, module in modules.items():
        yield from module_files(module, folder, state_header(system) if not folder else "")
        yield from check_files(module, folder)
    yield from state_files(system)
    yield RenderedFile("terraform.tfvars.example", example_values(modules[""].variables))

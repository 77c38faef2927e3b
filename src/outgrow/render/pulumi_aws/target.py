"""The target `pulumi-aws`: the AWS part of a phase as a Pulumi project in Python.

The same graph as the target `terraform-aws` and so the same losses.
"""

from __future__ import annotations

from collections.abc import Iterator

from outgrow.render.aws.graph import aws_modules
from outgrow.render.aws.notes import Note, notes
from outgrow.render.pulumi_aws.files import (
    main_text,
    module_files,
    providers_text,
    section_text,
    settings_text,
)
from outgrow.render.pulumi_aws.program import Program, program_of
from outgrow.render.pulumi_aws.project import commands, project_files
from outgrow.render.rendered_file import RenderedFile
from outgrow.render.system.model import System
from outgrow.render.target import Rendering, Target
from outgrow.render.terraform_aws.losses import RENDERED_SERVICES, losses
from outgrow.render.terraform_aws.render import applies


def render(system: System) -> Rendering:
    """Return the project, what it leaves out, and how to apply it; none where none applies."""
    if not applies(system):
        return Rendering(())
    program = program_of(aws_modules(system))
    return Rendering(
        files=tuple(_files(system, program)),
        losses=tuple(losses(system)),
        covers=frozenset(p.name for p in system.parts if p.service in RENDERED_SERVICES),
        commands=commands(system, program.modules[""]),
        notes=(*notes(system), _teardown(system)),
    )


def _teardown(system: System) -> Note:
    how = "```sh\npulumi destroy\n```"
    if not system.is_production:
        return ("Take it down", (how,))
    return ("Take it down", (_PROTECTED, how))


_PROTECTED = (
    "Production is protected twice. Run `pulumi state unprotect --all`, turn `deletion_protection`,"
    " `enable_deletion_protection` and `disable_api_termination` to False, `pulumi up`, and empty"
    " the buckets. Then:"
)


def _files(system: System, program: Program) -> Iterator[RenderedFile]:
    root = program.modules[""]
    where = f"{system.name}, phase {system.phase}, environment {system.environment}."
    yield from project_files(system, root)
    yield RenderedFile("__main__.py", main_text(program, where))
    if root.variables:
        yield RenderedFile("settings.py", settings_text(root.variables))
    if any(provider.alias for provider in root.providers):
        yield RenderedFile("providers.py", providers_text(root.providers))
    for package in dict.fromkeys(file.package for file in program.files):
        if package:
            title = f'"""What stands in {package.replace("_", "-")}."""\n'
            yield RenderedFile(f"{package}/__init__.py", title)
    for file in program.files:
        title = f"{file.name.replace('_', ' ').capitalize()}: {where}"
        yield RenderedFile(file.path, section_text(program, file, title))
    for path, text in module_files(program).items():
        yield RenderedFile(path, text)


TARGET = Target("pulumi-aws", "Pulumi for AWS, in Python", applies, render)

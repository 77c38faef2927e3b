"""The files around the program: the project, the stack's configuration, the requirements."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from outgrow.render.aws.migrations import migrated, migration_commands
from outgrow.render.aws.region import regions_of
from outgrow.render.aws.secrets import fill_command, keys_to_fill
from outgrow.render.pulumi_aws.files import tags_of
from outgrow.render.rendered_file import RenderedFile
from outgrow.render.system.model import System
from outgrow.render.writers.expressions import Module, ProviderBlock, VariableBlock
from outgrow.render.writers.yaml_text import Yaml, yaml_text

# What the table of names was made from. Version 7 follows version 6 of Terraform's provider.
PULUMI_VERSION = "3.223.0"
PULUMI_AWS_VERSION = "7.29.0"
_KINDS: dict[str, Yaml] = {
    "string": {"type": "string"},
    "number": {"type": "integer"},
    "bool": {"type": "boolean"},
    "list(string)": {"type": "array", "items": {"type": "string"}},
    "map(string)": {"type": "object"},
}


def project_files(system: System, root: Module) -> Iterator[RenderedFile]:
    """Yield `Pulumi.yaml`, the stack's configuration and `requirements.txt`."""
    yield RenderedFile("Pulumi.yaml", _project(system, root))
    yield RenderedFile(f"Pulumi.{system.environment}.yaml", _stack(system, root))
    yield RenderedFile(
        "requirements.txt",
        "# Together: what a class takes differs between versions of pulumi-aws.\n"
        f"pulumi=={PULUMI_VERSION}\npulumi-aws=={PULUMI_AWS_VERSION}\n",
    )
    yield RenderedFile(".gitignore", "venv/\n__pycache__/\n")


def commands(system: System, root: Module) -> tuple[str, ...]:
    """Return what makes the stack and applies it, in order."""
    return (
        "python3 -m venv venv",
        "venv/bin/pip install -r requirements.txt",
        'pulumi login "$PULUMI_BACKEND"',
        f'pulumi stack init {system.environment} --secrets-provider "$PULUMI_SECRETS_PROVIDER"',
        *(_setting(variable) for variable in root.variables if variable.default is None),
        "pulumi preview",
        "pulumi up",
        *_filled(system),
    )


def _filled(system: System) -> Iterator[str]:
    """Yield what is done once everything stands: fill secrets, migrate, start again."""
    regions = regions_of(system)
    fills = [fill_command(r, part, key) for r in regions for part, key in keys_to_fill(r)]
    if fills:
        yield from ("", "# The values that only you know.", *fills)
    for region in regions:
        for part in migrated(region):
            yield from ("", "# The schema: again before each new image.")
            yield from migration_commands(region, part, "pulumi stack output")
    services = [(r, part) for r in regions for part in r.on("aws/fargate")]
    if services:
        yield from ("", "# Services that gave up before their image and their secrets were there.")
    for region, part in services:
        yield (
            f"aws ecs update-service --region {region.region} --cluster {region.prefix}"
            f" --service {part.name} --force-new-deployment"
        )


def _setting(variable: VariableBlock) -> str:
    secret = "--secret " if variable.sensitive else ""
    return f'pulumi config set {secret}{variable.name} "${variable.name.upper()}"'


def _project(system: System, root: Module) -> str:
    described: dict[str, Yaml] = {v.name: _described(v) for v in root.variables}
    document: dict[str, Yaml] = {
        "name": system.name,
        "description": f"{system.name} on AWS, phase {system.phase}",
        "runtime": {"name": "python", "options": {"virtualenv": "venv"}},
    }
    if described:
        document["config"] = described
    return yaml_text(document)


def _described(variable: VariableBlock) -> Yaml:
    texts = (variable.description, variable.error_message)
    text = " ".join(f"{part.rstrip('.')}." for part in texts if part)
    kind = _KINDS[variable.type]
    assert isinstance(kind, dict)
    described: dict[str, Yaml] = {**kind, "description": text}
    default = variable.default
    if isinstance(default, Decimal):
        default = int(default) if default == int(default) else default
        described["type"] = "integer" if isinstance(default, int) else "string"
        default = default if isinstance(default, int) else str(default)
    if default is not None:
        described["default"] = default  # type: ignore[assignment]
    return described | ({"secret": True} if variable.sensitive else {})


def _stack(system: System, root: Module) -> str:
    home = next(
        (provider for provider in root.providers if provider.alias is None),
        ProviderBlock(system.region),
    )
    config: dict[str, Yaml] = {"aws:region": home.region}
    if home.tags:
        config["aws:defaultTags"] = {"tags": dict(tags_of(home))}
    needed = [v.name for v in root.variables if v.default is None]
    header = f"{system.environment}, phase {system.phase}."
    if needed:
        header += (
            f" `pulumi config set` adds what only you know: {', '.join(needed)}."
            " Secrets are encrypted in this file."
        )
    return yaml_text({"config": config}, header=header)

"""What a person runs to put a tree to use, in the order in which things need one another."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping

from outgrow.render.aws.graph import aws_modules
from outgrow.render.aws.idle import PACK_COMMAND, SOURCE
from outgrow.render.aws.migrations import migrated, migration_commands
from outgrow.render.aws.notes import Note
from outgrow.render.aws.region import AwsRegion, regions_of
from outgrow.render.aws.registry import built_here
from outgrow.render.aws.secrets import fill_command, keys_to_fill
from outgrow.render.system.model import Part, System
from outgrow.render.terraform_aws.state import state_bucket
from outgrow.render.writers.expressions import Module, Ref, VariableBlock

_PASSWORD = re.compile(r"_(password|auth_token)")


def commands(system: System) -> tuple[str, ...]:
    """Return the commands, with a comment over each step."""
    modules = aws_modules(system)
    steps = (
        (
            "A bucket for the state; where an environment of this account made it, only init.",
            _state(system),
        ),
        ("What only you know. Keep the passwords where your secrets live.", _values(modules[""])),
        ("Places for images and secrets, and what belongs there.", _places(system)),
        ("The database, and its schema: again before each new image.", _schema(system)),
        ("Everything.", _everything(modules)),
    )
    return tuple(_numbered(steps))


def teardown(system: System) -> tuple[Note, ...]:
    """Return how everything is taken down again."""
    how = "```sh\nterraform destroy\n```"
    if not system.is_production:
        return (("Take it down", (how, _LEFT)),)
    return (("Take it down", (_PROTECTED, how, _LEFT)),)


_PROTECTED = (
    "Production is protected twice. Take out every `prevent_destroy`, turn `deletion_protection`,"
    " `enable_deletion_protection` and `disable_api_termination` to false, apply that, and empty"
    " the buckets. Then:"
)
_LEFT = (
    "Final snapshots, the key and the secrets stay for their days of grace, and so does the bucket"
    " of the state."
)


def _numbered(steps: tuple[tuple[str, Iterator[str]], ...]) -> Iterator[str]:
    number = 1
    for title, lines in steps:
        found = list(lines)
        if found:
            yield from (*([""] if number > 1 else []), f"# {number}. {title}", *found)
            number += 1


def _state(system: System) -> Iterator[str]:
    yield "terraform -chdir=bootstrap init"
    yield "terraform -chdir=bootstrap apply"
    account = "$(aws sts get-caller-identity --query Account --output text)"
    yield f"STATE={state_bucket(system)}{account}"
    yield 'terraform init -backend-config="bucket=$STATE"'


def _values(root: Module) -> Iterator[str]:
    yield "cp terraform.tfvars.example terraform.tfvars"
    yield '"${EDITOR:-vi}" terraform.tfvars'
    for variable in root.variables:
        if variable.sensitive and variable.default is None:
            yield f"export TF_VAR_{variable.name}={_value(variable)}"


def _value(variable: VariableBlock) -> str:
    if _PASSWORD.search(variable.name):
        return "$(openssl rand -hex 24)"
    return f'"${variable.name.upper()}"'


def _places(system: System) -> Iterator[str]:
    targets = [
        *(address(r, Ref("aws_ecr_repository", r.name(p))) for r, p in _built(system)),
        *(
            address(region, Ref("aws_secretsmanager_secret", region.secret(part, key).name))
            for region in regions_of(system)
            for part, key in keys_to_fill(region)
        ),
    ]
    if not targets:
        return
    if _built(system) and len(system.regions) > 1:
        # What is pushed before it is there is never copied.
        home = regions_of(system)[0]
        targets.append(address(home, Ref("aws_ecr_replication_configuration", "main")))
    yield _apply(targets)
    yield from _images(system)
    for region in regions_of(system):
        for part, key in keys_to_fill(region):
            yield fill_command(region, part, key)


def _built(system: System) -> list[tuple[AwsRegion, Part]]:
    return [(r, p) for r in regions_of(system) if r.is_home for p in built_here(r)]


def _images(system: System) -> Iterator[str]:
    for index, (region, part) in enumerate(_built(system)):
        repository = f"{region.name(part)}_repository"
        if not index:
            yield (
                f"aws ecr get-login-password --region {region.region} | docker login"
                " --username AWS --password-stdin"
                f' "$(terraform output -raw {repository} | cut -d/ -f1)"'
            )
        yield f'docker tag {part.name}:v1 "$(terraform output -raw {repository}):v1"'
        yield f'docker push "$(terraform output -raw {repository}):v1"'


def _schema(system: System) -> Iterator[str]:
    for region in regions_of(system):
        for part in migrated(region):
            definition = Ref("aws_ecs_task_definition", f"{region.name(part)}_migrate")
            yield _apply([address(region, definition)])
            yield from migration_commands(region, part, "terraform output -raw")


def _everything(modules: Mapping[str, Module]) -> Iterator[str]:
    if any(path.endswith(SOURCE) for module in modules.values() for path in module.files):
        yield PACK_COMMAND
    yield "terraform test"
    yield "terraform plan -out=plan.tfplan"
    yield "terraform apply plan.tfplan"


def _apply(targets: list[str]) -> str:
    lines = (f" \\\n  -target={shlex.quote(target)}" for target in dict.fromkeys(targets))
    return "terraform apply" + "".join(lines)


def address(region: AwsRegion, ref: Ref) -> str:
    """Return how Terraform calls a block of `region` on its command line."""
    found = f"{ref.type}.{ref.name}"
    return found if region.is_only else f"module.{region.module}.{found}"

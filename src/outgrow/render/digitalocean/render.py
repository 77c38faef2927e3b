"""From a system to a tree of Terraform for DigitalOcean."""

from __future__ import annotations

from collections.abc import Iterator

from outgrow.render.digitalocean.balancers import (
    balancer_blocks,
    balancer_outputs,
    default_domain,
)
from outgrow.render.digitalocean.droplets import droplet_blocks, droplet_files, droplet_outputs
from outgrow.render.digitalocean.losses import covered, losses
from outgrow.render.digitalocean.network import network_blocks
from outgrow.render.digitalocean.site import DOMAIN, Site
from outgrow.render.digitalocean.stores import store_blocks, store_outputs
from outgrow.render.digitalocean.watching import alert_blocks
from outgrow.render.rendered_file import RenderedFile
from outgrow.render.system.model import System
from outgrow.render.target import Rendering
from outgrow.render.writers.expressions import OutputBlock, Ref, ResourceBlock, Value, VariableBlock
from outgrow.render.writers.hcl import hcl_text, output_text, resource_text, variable_text
from outgrow.render.writers.walk import variables_in

PROVIDER_VERSION = "~> 2.66"
TERRAFORM_VERSION = ">= 1.9"
_COMMANDS = (
    "export DIGITALOCEAN_TOKEN SPACES_ACCESS_KEY_ID SPACES_SECRET_ACCESS_KEY",
    'export AWS_ACCESS_KEY_ID="$SPACES_ACCESS_KEY_ID"',
    'export AWS_SECRET_ACCESS_KEY="$SPACES_SECRET_ACCESS_KEY"',
    "cp terraform.tfvars.example terraform.tfvars",
    'terraform init -backend-config="bucket=$STATE_BUCKET"',
    "terraform plan -out=plan.tfplan",
    "terraform apply plan.tfplan",
)


def applies(system: System) -> bool:
    """Return whether anything of `system` is rented from DigitalOcean."""
    return bool(covered(Site(system)))


def render(system: System) -> Rendering:
    """Return the files, what they leave out, and how to apply them; none where none applies."""
    if not applies(system):
        return Rendering(())
    site = Site(system)
    return Rendering(
        files=tuple(_files(site)),
        losses=tuple(losses(site)),
        covers=frozenset(part.name for part in covered(site)),
        commands=_COMMANDS,
    )


def graph(site: Site) -> tuple[ResourceBlock, ...]:
    """Return every block, in the order in which a reader meets them."""
    blocks = (
        *network_blocks(site),
        *droplet_blocks(site),
        *store_blocks(site),
        *balancer_blocks(site),
        *alert_blocks(site),
    )
    return (*blocks, _project(site, blocks))


def _project(site: Site, blocks: tuple[ResourceBlock, ...]) -> ResourceBlock:
    """Return the project that holds everything, so that the bill can be read by it."""
    kinds = ("droplet", "database_cluster", "loadbalancer", "spaces_bucket")
    urns: list[Value] = [
        Ref(block.type, block.name, "urn")
        for block in blocks
        if block.kind == "resource" and block.type.removeprefix("digitalocean_") in kinds
    ]
    name = site.system.environment
    known = {"development": "Development", "staging": "Staging"}
    environment = "Production" if site.system.is_production else known.get(name, "Development")
    return ResourceBlock(
        "digitalocean_project",
        "main",
        {
            "name": site.prefix,
            "description": f"{site.system.name}, phase {site.system.phase}",
            "purpose": "Web Application",
            "environment": environment,
            "resources": urns,
        },
        "project",
    )


def _files(site: Site) -> Iterator[RenderedFile]:
    blocks = graph(site)
    for section in dict.fromkeys(block.section for block in blocks):
        texts = [resource_text(block) for block in blocks if block.section == section]
        yield RenderedFile(f"{section}.tf", hcl_text(texts))
    variables = _variables(site, blocks)
    yield RenderedFile("variables.tf", hcl_text(variable_text(one) for one in variables))
    outputs = _outputs(site)
    if outputs:
        yield RenderedFile("outputs.tf", hcl_text(output_text(one) for one in outputs))
    yield RenderedFile("versions.tf", _versions(site))
    yield RenderedFile("backend.tf", _backend(site))
    yield RenderedFile("terraform.tfvars.example", _example(variables))
    for path, text in droplet_files(site).items():
        yield RenderedFile(path, text)


def _outputs(site: Site) -> tuple[OutputBlock, ...]:
    return (*droplet_outputs(site), *store_outputs(site), *balancer_outputs(site))


def _variables(site: Site, blocks: tuple[ResourceBlock, ...]) -> list[VariableBlock]:
    known = (
        VariableBlock(
            "region",
            "string",
            f"Data centre of DigitalOcean; {site.system.where('region')} names"
            f" {site.system.region} of another provider, and this one lies near it.",
            default=site.nearest,
            condition='can(regex("^[a-z]{3}[0-9]$", var.region))',
            error_message="A data centre is called like nyc3.",
        ),
        VariableBlock(
            "ssh_addresses",
            "list(string)",
            "Addresses from which the team reaches droplets by SSH, as 203.0.113.7/32.",
            condition='!contains(var.ssh_addresses, "0.0.0.0/0")',
            error_message="SSH is not for the whole internet.",
        ),
        VariableBlock(
            "ssh_key_fingerprints",
            "list(string)",
            "Fingerprints of the team's keys, as `doctl compute ssh-key list` shows them.",
            condition="length(var.ssh_key_fingerprints) > 0",
            error_message="Without a key nobody gets in: passwords are off.",
        ),
        VariableBlock(
            DOMAIN,
            "string",
            "Zone in DigitalOcean's DNS in which the system's name is made.",
            default=default_domain(site),
        ),
        VariableBlock("alert_email", "string", "Verified e-mail address that is told of alarms."),
    )
    used = variables_in(blocks)
    return [variable for variable in known if variable.name in used]


def _versions(site: Site) -> str:
    return (
        f"# {site.system.name}, phase {site.system.phase}, environment"
        f" {site.system.environment}.\n"
        "terraform {\n"
        f'  required_version = "{TERRAFORM_VERSION}"\n\n'
        "  required_providers {\n"
        "    digitalocean = {\n"
        '      source  = "digitalocean/digitalocean"\n'
        f'      version = "{PROVIDER_VERSION}"\n'
        "    }\n"
        "  }\n"
        "}\n\n"
        "# The token comes from DIGITALOCEAN_TOKEN, the keys of Spaces from\n"
        "# SPACES_ACCESS_KEY_ID and SPACES_SECRET_ACCESS_KEY: none of them stands in a file.\n"
        'provider "digitalocean" {}\n'
    )


def _backend(site: Site) -> str:
    return (
        "# Spaces speaks the language of S3; the checks below are of AWS alone. It keeps no lock:\n"
        "# apply from one place, the pipeline, one at a time.\n"
        "terraform {\n"
        '  backend "s3" {\n'
        f'    key    = "{site.system.name}/{site.system.environment}/terraform.tfstate"\n'
        '    region = "us-east-1" # asked for by the client, not used by Spaces\n\n'
        "    endpoints = {\n"
        f'      s3 = "https://{site.nearest}.digitaloceanspaces.com"\n'
        "    }\n\n"
        "    skip_credentials_validation = true\n"
        "    skip_metadata_api_check     = true\n"
        "    skip_region_validation      = true\n"
        "    skip_requesting_account_id  = true\n"
        "    skip_s3_checksum            = true\n"
        "  }\n"
        "}\n"
    )


def _example(variables: list[VariableBlock]) -> str:
    values = {
        "ssh_addresses": '["203.0.113.7/32"]',
        "ssh_key_fingerprints": '["00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff"]',
        DOMAIN: '"example.com"',
        "alert_email": '"team@example.com"',
    }
    needed = {v.name: values[v.name] for v in variables if v.default is None}
    width = max(map(len, needed), default=0)
    lines = [f"{name.ljust(width)} = {value}" for name, value in needed.items()]
    header = "# Copy to terraform.tfvars and fill in. No secret belongs here."
    return "\n".join([header, "", *lines, ""])

"""Which checkers hold each rendered file: a table from the place of a file to their names.

`by` are functions of checkers.py, run here on every distinct file; `also` are test modules of
this folder that run more on the same files: whole trees, running servers, other people's
schemas. A file that no row names is a fault, and so is a row that names no file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from tests.rendered import checkers, policies
from tests.rendered.checkers import Said
from tests.rendered.every_file import Written

Checker = Callable[[Sequence[Path], Path], Said]
_YAML = (checkers.prettier, checkers.yamllint)
_AWS = ("test_terraform_aws", "test_checkov")


class Covered(NamedTuple):
    """The files whose place matches `pattern`, what runs on them here, and where else."""

    pattern: str
    by: tuple[Checker, ...]
    also: tuple[str, ...] = ()


TABLE = (
    Covered(r"(.+/)?(README|SECRETS)\.md", (policies.links_lead_somewhere,)),
    Covered(r".+/\.gitignore", (checkers.gitignore,)),
    Covered(r".+\.env\.example", (checkers.dotenv,)),
    Covered(r".+\.json", (checkers.json_parses, checkers.prettier)),
    Covered(r".+\.sh", (checkers.shellcheck, checkers.bash_parses, checkers.here_documents)),
    Covered(r".+\.py", (checkers.ruff,)),
    Covered(
        r"dockerfile/.+/Dockerfile", (checkers.hadolint, policies.images), ("test_dockerfile",)
    ),
    Covered(r"dockerfile/.+/(Dockerfile)?\.dockerignore", (checkers.dockerignore,)),
    Covered(r"(dockerfile|compose)/[\w-]+/nginx\.conf", (checkers.nginx,), ("test_compose",)),
    Covered(r"nginx/nginx\.conf", (checkers.nginx,), ("test_nginx",)),
    Covered(r"haproxy/haproxy\.cfg", (checkers.haproxy,), ("test_haproxy",)),
    Covered(r"pgbouncer/pgbouncer\.ini", (checkers.pgbouncer,), ("test_pgbouncer",)),
    Covered(
        r"compose/compose\.yaml",
        (*_YAML, checkers.compose_schema, policies.compose_services, policies.images),
        ("test_compose",),
    ),
    Covered(
        r"(prometheus|loki|grafana)/compose\.yaml",
        (*_YAML, checkers.compose_schema, policies.images),
        ("test_loki",),
    ),
    Covered(r"kubernetes/(.+/)?kustomization\.yaml", _YAML, ("test_kubernetes",)),
    Covered(r"kubernetes/\.checkov\.yaml", _YAML, ("test_kubernetes",)),
    Covered(
        r"kubernetes/(base|overlays)/(?!(.+/)?kustomization)[\w/-]+\.yaml",
        (*_YAML, checkers.kubernetes_validate, policies.cluster_objects),
        ("test_kubernetes",),
    ),
    Covered(
        r"terraform-aws/.+\.tf",
        (checkers.terraform_fmt, checkers.hcl2, policies.security_groups, policies.arguments_once),
        _AWS,
    ),
    Covered(r"terraform-aws/.+\.tftest\.hcl", (checkers.terraform_fmt,), ("test_terraform_aws",)),
    Covered(r"(terraform-aws|digitalocean)/terraform\.tfvars\.example", (checkers.tfvars,)),
    Covered(
        r"digitalocean/.+\.tf",
        (checkers.terraform_fmt, checkers.hcl2, policies.arguments_once),
        ("test_digitalocean",),
    ),
    Covered(
        r"digitalocean/user-data/.+\.yaml", (checkers.yamllint_cloud_init,), ("test_digitalocean",)
    ),
    Covered(r"pulumi-aws/Pulumi(\.[\w-]+)?\.yaml", (*_YAML, checkers.pulumi_settings)),
    Covered(r"pulumi-aws/(?!lambda/).+\.py", (checkers.ruff_format,), ("test_pulumi_with_mocks",)),
    Covered(r"pulumi-aws/requirements\.txt", (checkers.requirements,)),
    Covered(r"prometheus/.+\.yml", _YAML, ("test_prometheus",)),
    Covered(r"alertmanager/alertmanager\.yml", _YAML, ("test_alertmanager",)),
    Covered(r"alertmanager/templates/.+\.tmpl", (), ("test_alertmanager",)),
    Covered(r"grafana/provisioning/.+\.yml", _YAML, ("test_grafana",)),
    Covered(r"blackbox/.+\.yml", _YAML, ("test_blackbox",)),
    Covered(r"loki/loki\.yaml", _YAML, ("test_loki",)),
    Covered(r"loki/config\.alloy", (), ("test_loki",)),
    Covered(r"cloudwatch/.+\.json", (checkers.json_parses,), ("test_cloudwatch",)),
    Covered(
        r"github-actions/\.github/workflows/.+\.yml",
        (checkers.prettier, checkers.yamllint_workflow, checkers.workflow_schema),
        ("test_github_actions",),
    ),
    Covered(r"sentry/.+\.json", (checkers.json_parses,), ("test_sentry",)),
)


def rows_of(one: Written) -> list[Covered]:
    """Return the rows that a file falls under."""
    return [row for row in TABLE if re.fullmatch(row.pattern, one.place)]


def checkers_of(one: Written) -> list[Checker]:
    """Return everything that runs on a file, each once."""
    return list(dict.fromkeys(checker for row in rows_of(one) for checker in row.by))


def by_checker(files: Sequence[Written]) -> Iterator[tuple[Checker, list[Written]]]:
    """Yield every checker with the files that it is for."""
    every = dict.fromkeys(checker for row in TABLE for checker in row.by)
    for checker in every:
        yield checker, [one for one in files if checker in checkers_of(one)]

"""Where secrets are read from: AWS (moto, a fake of it), SOPS (a stand-in program), commands."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from tests.commands import clean_environment, outgrow
from tests.rendered.moto_server import moto_server

from outgrow.clients.secret_command import run_command
from outgrow.environments.resolving import Unread

STRATEGY = """\
outgrow: 1
name: shop
components:
  api:
    kind: service
    secrets: {SECRETS}
phases:
  one: {use: {api: {offering: self-hosted/docker}}}
environments: {production: {}, development: {}}
"""
# A stand-in for the program `sops`, which is not installed: it decrypts nothing.
STAND_IN_SOPS = """\
#!/bin/sh
test "$*" = "--decrypt --output-type json secrets.enc.yaml" || exit 100
echo run >> sops-runs
echo planted-noise >&2
cat secrets.plain.json
"""


def folder_with(tmp_path: Path, **secrets: str) -> Path:
    folder = tmp_path / "shop"
    folder.mkdir(exist_ok=True)
    text = STRATEGY.replace("{SECRETS}", json.dumps(secrets))
    (folder / "outgrow.yaml").write_text(text)
    return folder


def switched(folder: Path, **environment: str) -> tuple[str, str]:
    """Return the active file after a switch, and all that was printed."""
    path = f"{folder}:/usr/bin:/bin"
    ran = outgrow(
        "env", "switch", "development", "--yes", home=folder, folder=folder,
        environment=clean_environment(folder, **environment) | {"PATH": path},
    )  # fmt: skip
    env = folder / ".env"
    return (env.read_text() if env.exists() else ""), ran.out + ran.err


@pytest.fixture(scope="module")
def fake_aws() -> Iterator[dict[str, str]]:
    """Variables that lead boto3 to moto with two secrets and two parameters."""
    with moto_server() as url:
        account = {"aws_access_key_id": "x", "aws_secret_access_key": "x"}
        place = {"region_name": "us-east-1", "endpoint_url": url}
        secrets = boto3.client("secretsmanager", **account, **place)
        secrets.create_secret(Name="shop/api", SecretString='{"key": "planted-field", "n": 5}')
        secrets.create_secret(Name="shop/plain", SecretString="planted-whole")
        ssm = boto3.client("ssm", **account, **place)
        for number in range(12):
            ssm.put_parameter(
                Name=f"/shop/{number}", Value=f"planted-{number}", Type="SecureString"
            )
        yield {
            "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x",
            "AWS_DEFAULT_REGION": "us-east-1", "AWS_ENDPOINT_URL": url,
        }  # fmt: skip


def test_secrets_of_moto_s_secrets_manager_are_read_whole_or_by_field(
    tmp_path: Path, fake_aws: dict[str, str]
) -> None:
    folder = folder_with(
        tmp_path, A="aws-secrets-manager:shop/api#key", B="aws-secrets-manager:shop/plain"
    )
    text, told = switched(folder, **fake_aws)
    assert "A=planted-field\nB=planted-whole\n" in text
    assert "planted" not in told


def test_what_moto_s_secrets_manager_does_not_have_is_told_without_a_value(
    tmp_path: Path, fake_aws: dict[str, str]
) -> None:
    folder = folder_with(
        tmp_path, A="aws-secrets-manager:shop/api#kee", B="aws-secrets-manager:nothing",
        C="aws-secrets-manager:shop/plain#key",
    )  # fmt: skip
    text, told = switched(folder, **fake_aws)
    assert text == ""
    assert "A has no value: it has no field 'kee'" in told
    assert "B has no value: AWS says ResourceNotFoundException" in told
    assert "C has no value: it is no JSON" in told
    assert "planted" not in told


def test_more_parameters_of_moto_s_ssm_than_one_request_takes_are_read(
    tmp_path: Path, fake_aws: dict[str, str]
) -> None:
    folder = folder_with(tmp_path, **{f"P{n}": f"ssm:/shop/{n}" for n in range(12)})
    text, _ = switched(folder, **fake_aws)
    assert all(f"P{number}=planted-{number}\n" in text for number in range(12))


def test_a_parameter_that_moto_s_ssm_does_not_have_is_told(
    tmp_path: Path, fake_aws: dict[str, str]
) -> None:
    text, told = switched(folder_with(tmp_path, P="ssm:/shop/nothing"), **fake_aws)
    assert (text, "P has no value: SSM has no such parameter" in told) == ("", True)


def test_aws_that_does_not_answer_is_told_quickly(tmp_path: Path) -> None:
    nowhere = {
        "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x",
        "AWS_DEFAULT_REGION": "us-east-1", "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
    }  # fmt: skip
    _, told = switched(folder_with(tmp_path, P="ssm:/a", S="aws-secrets-manager:b"), **nowhere)
    assert told.count("has no value: AWS says EndpointConnectionError") == 2


def test_a_stand_in_for_sops_is_run_once_for_all_keys_of_a_file(tmp_path: Path) -> None:
    places = {"A": "api.key", "B": "flat.key", "C": "missing"}
    folder = folder_with(
        tmp_path, **{key: f"sops:secrets.enc.yaml#{place}" for key, place in places.items()}
    )
    program = folder / "sops"
    program.write_text(STAND_IN_SOPS)
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    (folder / "secrets.enc.yaml").write_text("encrypted\n")
    plain = {"api": {"key": "planted-deep"}, "flat.key": "planted-flat"}
    (folder / "secrets.plain.json").write_text(json.dumps(plain))
    text, told = switched(folder)
    assert text == ""
    assert "C has no value: the file has no key 'missing'" in told
    (folder / "secrets.plain.json").write_text(json.dumps(plain | {"missing": "planted-now"}))
    text, more = switched(folder)
    assert "A=planted-deep\nB=planted-flat\nC=planted-now\n" in text
    assert "planted" not in told + more
    assert (folder / "sops-runs").read_text() == "run\nrun\n"


def test_without_the_program_sops_it_is_told(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, A="sops:secrets.enc.yaml#a", B="sops:nowhere.yaml#b")
    (folder / "secrets.enc.yaml").write_text("encrypted\n")
    _, told = switched(folder)
    assert "A has no value: sops cannot be started" in told
    assert "B has no value: there is no file nowhere.yaml" in told


def test_a_command_gives_a_secret_and_what_it_says_is_not_printed(tmp_path: Path) -> None:
    folder = folder_with(
        tmp_path, A="command:printf planted-plain", B="command:sh -c 'echo planted-$((1+1)); "
        "echo planted-err >&2'", C="command:printf '%s' '$HOME;x'",
    )  # fmt: skip
    text, told = switched(folder)
    assert "A=planted-plain\nB=planted-2\nC='$HOME;x'\n" in text  # no shell unless one is named
    assert "planted" not in told


def test_a_command_that_fails_is_told_without_what_it_said(tmp_path: Path) -> None:
    folder = folder_with(
        tmp_path, A="command:sh -c 'echo planted; echo planted >&2; exit 7'",
        B="command:no-such-program planted-argument", C="command:true", D="command:echo 'open",
        F="file:secret.txt",
    )  # fmt: skip
    _, told = switched(folder)
    assert "A has no value: sh ended with code 7" in told
    assert "B has no value: no-such-program cannot be started" in told
    assert "C has no value: true printed nothing" in told
    assert "D has no value: the command has a quote that nothing closes" in told
    assert "F has no value: there is no such file" in told


def test_a_command_that_takes_too_long_ends_with_all_that_it_started(tmp_path: Path) -> None:
    fifo = tmp_path / "ended"
    script = f"sh -c 'sleep 60 | cat; echo no > {fifo}'"
    found = run_command(f'sh -c "{script}"', tmp_path, timeout_seconds=0.3)
    assert found == Unread("sh took longer than 0.3 s")
    assert not fifo.exists()


def test_exec_starts_a_program_with_secrets_from_far_places(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, A="command:printf planted-far")
    ran = outgrow("env", "exec", "--", "printenv", "A", home=folder, folder=folder)
    assert (ran.out, ran.code) == ("planted-far\n", 0)

"""Runs rendered programs under Pulumi's mocks, in the Python of the tools.

stdin: `{"nexod": {"folder": "/tmp/a", "config": {"domain": "example.com"}}}`. stdout, for each:
every resource that was registered with its inputs, every key within a dictionary that the
annotations of pulumi_aws do not know, and what failed. One process for all of them, because
importing pulumi_aws takes seconds.
"""

from __future__ import annotations

import ast
import importlib
import json
import os
import re
import runpy
import sys
import traceback
import typing
from pathlib import Path

import pulumi

sys.path.insert(0, str(Path(__file__).parent))
from pulumi_evidence import parameters, resolve, shape

ACCOUNT = "123456789012"


class Mocks(pulumi.runtime.Mocks):
    """An account in which everything that is asked for exists at once."""

    def __init__(self) -> None:
        self.registered: list[dict[str, typing.Any]] = []

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str, dict]:
        seen = {"type": args.typ, "name": args.name, "inputs": args.inputs}
        self.registered.append({**seen, "provider": args.provider})
        names = [args.inputs.get("domainName"), *args.inputs.get("subjectAlternativeNames", [])]
        proof = {"resourceRecordName": "_a", "resourceRecordType": "CNAME"}
        found = {
            **texts_of(args.typ, args.name),
            "domainValidationOptions": [{**proof, "resourceRecordValue": "_b"} for _ in names],
            "masterUserSecrets": [{"secretArn": "arn:aws:secretsmanager:secret"}],
            "resources": [{"autoscalingGroups": [{"name": f"{args.name}-asg"}]}],
            "certificateAuthority": {"data": "Y2E="},
            "identities": [{"oidcs": [{"issuer": "https://oidc.example"}]}],
            **args.inputs,
        }
        if args.typ == "aws:eks/cluster:Cluster":
            found["vpcConfig"] = {**args.inputs["vpcConfig"], "clusterSecurityGroupId": "sg"}
        return f"{args.name}-id", found

    def call(self, args: pulumi.runtime.MockCallArgs) -> dict:
        return {"accountId": ACCOUNT, "zoneId": "Z1", "id": "found", **args.args}


def texts_of(token: str, name: str) -> dict[str, str]:
    """Return a text for every output of a resource that is one: `example-dns_name`."""
    module, kind = token.split(":")[1].split("/")[0], token.split(":")[2]
    if token.startswith("pulumi:"):
        return {}
    found = resolve(f"{'lambda_' if module == 'lambda' else module}.{kind}")
    return {
        re.sub(r"_(.)", lambda match: match.group(1).upper(), key): f"{name}-{key}"
        for key, value in vars(found).items()
        if isinstance(value, property)
        and re.fullmatch(
            r"pulumi\.\w*\.?Output\[(typing\.Optional\[)?(_?builtins\.)?str\]+",
            str(value.fget.__annotations__.get("return")).replace("'", ""),
        )
    }


def unknown_keys(folder: Path) -> list[str]:
    """Return keys of dictionaries in calls of pulumi_aws that its annotations do not have."""
    problems: list[str] = []
    for path in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            name = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
            if not name.startswith("aws.") or name == "aws.Provider":
                continue
            try:
                found = resolve(name.removeprefix("aws.").removesuffix("_output"))
            except (AttributeError, ImportError):
                problems.append(f"{path.name}: there is no {name}")
                continue
            package = sys.modules[found.__module__].__name__.rsplit(".", 1)[0]
            known = parameters(found)
            for keyword in node.keywords:
                place = f"{path.name}: {name}.{keyword.arg}"
                if keyword.arg not in known and keyword.arg != "opts":
                    problems.append(place)
                elif keyword.arg != "opts":
                    problems += _unknown(keyword.value, known[keyword.arg], package, place)
    return problems


def _unknown(node: ast.expr, annotation: typing.Any, package: str, place: str) -> list[str]:
    kind, nested = shape(annotation, package)
    if nested is None:
        return []
    if kind == "many":
        dicts = node.elts if isinstance(node, ast.List) else []
        missing = [] if isinstance(node, ast.List) else [f"{place} is not a list"]
    else:
        dicts, missing = [node], []
        if isinstance(node, ast.List):
            return [f"{place} is a list"]
    for one in dicts:
        if not isinstance(one, ast.Dict):
            continue
        for key, value in zip(one.keys, one.values, strict=True):
            name = ast.literal_eval(key)
            if name not in nested:
                missing.append(f"{place}.{name}")
            else:
                missing += _unknown(value, nested[name], package, f"{place}.{name}")
    return missing


def outcome(folder: Path, config: dict[str, str]) -> dict[str, typing.Any]:
    """Return what one program registers, and what of it is wrong."""
    mocks = Mocks()
    pulumi.runtime.set_mocks(mocks, project="project", stack="stack", preview=False)
    pulumi.runtime.set_all_config({f"project:{key}": value for key, value in config.items()})
    before, path = set(sys.modules), sys.path
    os.chdir(folder)
    sys.path = [str(folder), *path]
    importlib.invalidate_caches()

    @pulumi.runtime.test
    def run() -> None:
        runpy.run_path("__main__.py", run_name="__main__")

    try:
        run()
        failed = ""
    except Exception:
        failed = traceback.format_exc()
    finally:
        sys.path = path
        for name in set(sys.modules) - before:
            if str(folder) in str(getattr(sys.modules[name], "__file__", "")):
                del sys.modules[name]
    return {"resources": mocks.registered, "unknown": unknown_keys(folder), "failed": failed}


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    wanted = json.load(sys.stdin)
    found = {name: outcome(Path(one["folder"]), one["config"]) for name, one in wanted.items()}
    json.dump(found, sys.stdout, default=str)

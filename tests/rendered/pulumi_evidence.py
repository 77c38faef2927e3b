"""Prints how pulumi_aws calls what the graph uses; runs in the Python of the tools.

stdin: `{"aws_lb": {"arguments": {"access_logs": {"bucket": null}}, "attributes": ["arn"]}}`,
data sources under `data.aws_ami`. stdout: the table that the writer reads. Everything comes
from the signatures and annotations of the installed package; only the names of classes that do
not follow from Terraform's are written here, and each is checked by its arguments.
"""

from __future__ import annotations

import collections.abc
import importlib
import inspect
import json
import pkgutil
import re
import sys
import typing

import pulumi
import pulumi_aws

NAMED = {
    "aws_autoscaling_group": "autoscaling.Group",
    "aws_ce_anomaly_monitor": "costexplorer.AnomalyMonitor",
    "aws_ce_anomaly_subscription": "costexplorer.AnomalySubscription",
    "aws_cloudwatch_event_rule": "cloudwatch.EventRule",
    "aws_cloudwatch_event_target": "cloudwatch.EventTarget",
    "aws_db_event_subscription": "rds.EventSubscription",
    "aws_db_instance": "rds.Instance",
    "aws_db_parameter_group": "rds.ParameterGroup",
    "aws_db_proxy": "rds.Proxy",
    "aws_db_proxy_default_target_group": "rds.ProxyDefaultTargetGroup",
    "aws_db_proxy_target": "rds.ProxyTarget",
    "aws_db_subnet_group": "rds.SubnetGroup",
    "aws_instance": "ec2.Instance",
    "aws_lb": "lb.LoadBalancer",
    "aws_rds_cluster": "rds.Cluster",
    "aws_rds_cluster_instance": "rds.ClusterInstance",
    "aws_route": "ec2.Route",
    "aws_s3_bucket_replication_configuration": "s3.BucketReplicationConfig",
    "data.aws_ami": "ec2.get_ami",
    "data.aws_instance": "ec2.get_instance",
    "data.aws_lb": "lb.get_load_balancer",
    "data.aws_vpc": "ec2.get_vpc",
}
# Arguments that Pulumi's provider gives another name.
RENAMED = {
    "aws_cloudwatch_metric_alarm.alarm_name": "name",
    "aws_lambda_function.function_name": "name",
    "aws_lambda_function.filename": "code",
    "aws_lambda_permission.function_name": "function",
    "aws_sns_topic_subscription.topic_arn": "topic",
}
SCALARS = {str: "str", int: "int", float: "float", bool: "bool"}


def modules() -> list[str]:
    return [m.name for m in pkgutil.iter_modules(pulumi_aws.__path__) if m.ispkg]


def joined(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())


def candidates(kind: str) -> list[str]:
    """Return the classes, or the functions, whose name is the end of `kind`."""
    data = kind.startswith("data.")
    words = kind.removeprefix("data.").removeprefix("aws_").split("_")
    wanted = joined("".join(words))
    found = []
    places = [*(m for m in modules() if wanted.startswith(joined(m))), "ec2", "vpc", "rds", ""]
    for module in dict.fromkeys(places):
        package = importlib.import_module(f"pulumi_aws.{module}" if module else "pulumi_aws")
        getattr(package, "_utilities", None)  # packages are filled when they are first asked
        for name, value in vars(package).items():
            if data:
                fits = name.startswith("get_") and not name.endswith("_output")
                name_of = joined(name.removeprefix("get_"))
            else:
                fits = inspect.isclass(value) and issubclass(value, pulumi.CustomResource)
                name_of = joined(name)
            if fits and name_of in (wanted, wanted.removeprefix(joined(module))):
                found.append(f"{module}.{name}" if module else name)
    return found


def resolve(dotted: str) -> typing.Any:
    *module, name = dotted.split(".")
    package = importlib.import_module(".".join(["pulumi_aws", *module]))
    return getattr(package, name)


def parameters(found: typing.Any) -> dict[str, typing.Any]:
    function = found._internal_init if inspect.isclass(found) else found
    return {
        name: parameter.annotation
        for name, parameter in inspect.signature(function).parameters.items()
        if name not in ("__self__", "resource_name", "opts", "__props__")
    }


def options(annotation: typing.Any) -> list[typing.Any]:
    if typing.get_origin(annotation) in (typing.NotRequired, typing.Annotated):
        return options(typing.get_args(annotation)[0])
    if typing.get_origin(annotation) is typing.Union:
        return [o for part in typing.get_args(annotation) for o in options(part)]
    if typing.get_origin(annotation) is collections.abc.Awaitable or annotation is type(None):
        return []
    return [annotation]


def text_of(annotation: typing.Any) -> str:
    if isinstance(annotation, typing.ForwardRef):
        return annotation.__forward_arg__
    return annotation if isinstance(annotation, str) else ""


def nested_of(annotation: typing.Any, package: str) -> dict[str, typing.Any] | None:
    for option in options(annotation):
        name = text_of(option)
        if name.endswith("ArgsDict"):
            inputs = importlib.import_module(f"{package}._inputs")
            return dict(getattr(inputs, name).__annotations__)
    return None


def shape(annotation: typing.Any, package: str) -> tuple[str, dict[str, typing.Any] | None]:
    """Return what a parameter takes: a scalar, `list`, `map`, `one` block or `many`."""
    nested = nested_of(annotation, package)
    if nested is not None:
        return "one", nested
    for option in options(annotation):
        if typing.get_origin(option) is collections.abc.Sequence:
            (inner,) = typing.get_args(option)
            within = nested_of(inner, package)
            return ("many", within) if within is not None else ("list", None)
        if typing.get_origin(option) is collections.abc.Mapping:
            return "map", None
    for option in options(annotation):
        if option in SCALARS:
            return SCALARS[option], None
    return "any", None


def plurals(name: str) -> list[str]:
    forms = [name, f"{name}s", f"{name}es", re.sub(r"y$", "ies", name)]
    return [*forms, name.removesuffix("s"), f"{name}_lists", f"{name}_"]


def pick(name: str, known: typing.Iterable[str]) -> str | None:
    return next((form for form in plurals(name) if form in known), None)


def table_of(
    arguments: dict[str, typing.Any], known: dict[str, typing.Any], package: str, place: str
) -> dict[str, typing.Any]:
    table = {}
    for name, within in sorted(arguments.items()):
        chosen = pick(RENAMED.get(f"{place}.{name}", name), known)
        if chosen is None:
            raise KeyError(f"{place}.{name} is not among {sorted(known)}")
        kind, nested = shape(known[chosen], package)
        if isinstance(within, dict) and nested is not None:
            inner = table_of(within, nested, package, f"{place}.{name}")
            table[name] = [chosen, kind, inner]
        else:
            table[name] = [chosen, kind]
    return table


def attribute(found: typing.Any, package: str, steps: list[str], place: str) -> str:
    """Return the Python path of an attribute; an index of what is one thing falls away."""
    if not inspect.isclass(found):
        found = inspect.signature(found).return_annotation
        found = getattr(importlib.import_module(package), text_of(found) or found.__name__)
    text, current, many = "", found, False
    for step in steps:
        if step.isdigit():
            text += f"[{step}]" if many else ""
            many = False
            continue
        if current is None:
            text += f'["{step}"]'
            continue
        known = [n for n, v in inspect.getmembers(current) if isinstance(v, property)] + ["id"]
        chosen = pick(RENAMED.get(f"{place}.{step}", step), known)
        if chosen is None:
            raise KeyError(f"{place}: no attribute {step!r} of {current.__name__}")
        text += f".{chosen}"
        getter = getattr(current, chosen)
        annotation = repr(getter.fget.__annotations__.get("return")) if chosen != "id" else ""
        many = "Sequence" in annotation
        name = re.search(r"outputs\.(\w+)", annotation)
        if name:
            current = getattr(importlib.import_module(f"{package}.outputs"), name.group(1))
        else:
            current = None
    return text.removeprefix(".")


def entry(kind: str, used: dict[str, typing.Any]) -> dict[str, typing.Any]:
    problems = []
    for name in [NAMED[kind]] if kind in NAMED else candidates(kind):
        found = resolve(name)
        real = sys.modules[found.__module__].__name__
        package = real.rsplit(".", 1)[0]
        try:
            return {
                "call": name,
                "arguments": table_of(used["arguments"], parameters(found), package, kind),
                "attributes": {
                    path: attribute(found, package, path.split("."), kind)
                    for path in sorted(used["attributes"])
                },
            }
        except KeyError as problem:
            problems.append(f"{name}: {problem.args[0]}")
    raise KeyError(f"{kind}: no class fits: " + "; ".join(problems))


def table(wanted: dict[str, typing.Any]) -> dict[str, typing.Any]:
    """Return the entry of every type; say all that does not fit, not just the first."""
    found, problems = {}, []
    for kind in sorted(wanted):
        try:
            found[kind] = entry(kind, wanted[kind])
        except KeyError as problem:
            problems.append(problem.args[0])
    if problems:
        raise SystemExit("\n".join(problems))
    return found


if __name__ == "__main__":
    json.dump(table(json.load(sys.stdin)), sys.stdout)

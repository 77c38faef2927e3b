"""What surrounds an application and is easily left out: logs, secrets, DNS, images, tools."""

from __future__ import annotations

from collections.abc import Iterator

from outgrow.analysis.gaps.gap import Gap, Plan
from outgrow.strategy.components import ComponentKind
from outgrow.topology.model import Resource

_SELF_HOSTED_TOOLS = (ComponentKind.MONITORING, ComponentKind.LOGS, ComponentKind.APM)


def log_ingestion(plan: Plan) -> Iterator[Gap]:
    """Yield the logs of machines on AWS, billed by the GB taken in."""
    if not plan.aws_compute or plan.of_kind(ComponentKind.LOGS):
        return
    if any("log_ingest_gb" in r.usage for r in plan.on("aws/cloudwatch")):
        return
    yield Gap(
        "log-ingestion",
        "logs",
        "what the application writes to CloudWatch Logs is billed by the GB taken in, six times "
        "the price of storing it in S3; no figure is stated",
        "Add a component of kind logs, or `log_ingest_gb` to the usage of aws/cloudwatch.",
        plan.price("aws/cloudwatch", log_ingest_gb=None),
        plan.path,
    )


def dns(plan: Plan) -> Iterator[Gap]:
    """Yield the zone that points users at AWS."""
    if not plan.aws_compute or plan.of_kind(ComponentKind.DNS, ComponentKind.CDN):
        return
    if not any(r.spec.public for r in plan.resources):
        return
    yield Gap(
        "dns",
        "dns",
        "no component answers for the host names",
        "Add a component of kind dns on aws/route53 or cloudflare/free.",
        plan.price("aws/route53"),
        plan.path,
    )


def secrets(plan: Plan) -> Iterator[Gap]:
    """Yield the store of the secrets that components refer to."""
    if not plan.aws_compute or plan.of_kind(ComponentKind.SECRETS):
        return
    references = {
        reference
        for resource in plan.resources
        for reference in resource.spec.secrets.values()
        if reference.startswith("aws-secrets-manager:")
    }
    if not references:
        return
    yield Gap(
        "secrets",
        "secrets",
        f"{len(references)} secrets are kept in Secrets Manager, which bills each",
        "Add a component of kind secrets on aws/secrets-manager.",
        plan.price("aws/secrets-manager", count=len(references)),
        plan.path,
    )


def registry(plan: Plan) -> Iterator[Gap]:
    """Yield the store of the container images."""
    if not plan.on("aws/fargate", "aws/eks") or plan.of_kind(ComponentKind.REGISTRY):
        return
    yield Gap(
        "registry",
        "registry",
        "containers on AWS are pulled from a registry that bills what it stores",
        "Add a component of kind registry on aws/ecr with `storage_gb`.",
        plan.price("aws/ecr", storage_gb=None),
        plan.path,
    )


def monitoring_machines(plan: Plan) -> Iterator[Gap]:
    """Yield self-hosted tools that run on no machine of the plan."""
    for resource in plan.of_kind(*_SELF_HOSTED_TOOLS):
        offering = resource.offering
        if offering is None or offering.provider != "self-hosted" or resource.runs_on:
            continue
        yield Gap(
            "monitoring-machine",
            resource.component,
            f"{offering.id} is free to use and runs on a machine that is in no bill",
            "Name the component it shares a machine with (`runs_on`), or give it one.",
            (),
            resource.path,
        )


def left_out(plan: Plan) -> Iterator[Gap]:
    """Yield components that the system has and the phase says nothing about."""
    if plan.topology.environment != plan.strategy.production:
        return
    present = {resource.component for resource in plan.topology.resources}
    needed = {name for r in plan.resources for name in r.spec.talks_to}
    mentioned = _mentioned(plan)
    for name in plan.strategy.components:
        if name in present or name in mentioned:
            continue
        if name in needed:
            yield _left_out(plan, name, f"{_callers(plan.resources, name)} talk to it")


def _mentioned(plan: Plan) -> set[str]:
    phase = plan.strategy.phases[plan.topology.phase]
    of_addons = {name for addon in plan.strategy.addons.values() for name in addon.use}
    return set(phase.use) | of_addons


def _callers(resources: tuple[Resource, ...], name: str) -> str:
    callers = dict.fromkeys(r.component for r in resources if name in r.spec.talks_to)
    return ", ".join(callers)


def _left_out(plan: Plan, name: str, why: str) -> Gap:
    return Gap(
        "component-left-out",
        name,
        f"the phase gives {name} no offering, though {why}",
        f"Add `{name}` to the phase's `use`, or `{name}: {{leave_out: true}}` to say it is not "
        "there yet.",
        (),
        (*plan.path, name),
    )

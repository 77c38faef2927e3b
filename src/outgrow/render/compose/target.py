"""The target `compose`: what a team runs in containers by its own hand, as one file."""

from __future__ import annotations

from decimal import Decimal

from outgrow.render.compose.container import has_own_network
from outgrow.render.compose.losses import losses_of
from outgrow.render.compose.order import migration_name, waits
from outgrow.render.compose.plan import Plan, is_proxy, plan_of
from outgrow.render.compose.proxy import proxy_conf
from outgrow.render.compose.selection import everything, selected
from outgrow.render.compose.service import (
    data_volume,
    is_named,
    keeps_data,
    migration_of,
    service_of,
)
from outgrow.render.compose.stores import account_of, secret_name
from outgrow.render.compose.variables import env_example
from outgrow.render.rendered_file import RenderedFile
from outgrow.render.system.model import Part, System
from outgrow.render.target import Rendering, Target
from outgrow.render.writers.yaml_text import Commented, Yaml, yaml_text

_IGNORED = """\
# Passwords stay on this machine.
.env
secrets/
"""


def applies(system: System) -> bool:
    """Return whether anything of `system` is run in containers by the team itself."""
    return bool(selected(system).parts)


def render(system: System) -> Rendering:
    """Return the Compose file of what the strategy runs in containers itself."""
    return _rendering(plan_of(system, selected(system), local=False))


def local_rendering(system: System, host_vcpu: Decimal | None = None) -> Rendering:
    """Return a Compose file of the whole system, whatever its parts are rented from.

    Every application and every store becomes a container with the processors and the memory
    of its offering; load balancers become an nginx. No container gets more than `host_vcpu`
    processors, as Docker starts none that may take more than the machine has.
    """
    return _rendering(plan_of(system, everything(system), local=True, host_vcpu=host_vcpu))


def _rendering(plan: Plan) -> Rendering:
    proxies = [part for part in plan.parts if is_proxy(part) and part.image is None]
    files = [
        RenderedFile("compose.yaml", compose_text(plan)),
        RenderedFile(".env.example", env_example(plan)),
        RenderedFile(".gitignore", _IGNORED),
        *(RenderedFile(f"{one.name}/nginx.conf", proxy_conf(plan, one)) for one in proxies),
    ]
    return Rendering(
        files=tuple(files),
        losses=losses_of(plan),
        covers=frozenset(part.name for part in plan.parts),
        commands=_commands(plan),
    )


def compose_text(plan: Plan) -> str:
    """Return `compose.yaml`."""
    document: dict[str, Yaml] = {"services": _services(plan), "networks": _networks(plan)}
    volumes = _volumes(plan)
    if volumes:
        document["volumes"] = {name: {} for name in volumes}
    secrets = _secret_stores(plan)
    if secrets:
        document["secrets"] = {
            secret_name(one): {"file": f"./secrets/{secret_name(one)}"} for one in secrets
        }
    return yaml_text(document, header=_header(plan))


def _header(plan: Plan) -> str:
    system = plan.system
    where = system.where("phases", system.phase)
    lines = [
        f"{system.name}, phase {system.phase} in {system.environment} ({where}), on one machine.",
        "Compose v2 and docker-compose from 1.29 on read it. Every ${VARIABLE} is in .env.example.",
    ]
    machines = sorted({part.runs_on for part in plan.parts if part.runs_on})
    for name in machines:
        host = system.part(name)
        if host is not None and host.instances.expected > 1:
            lines.append(
                f"There are {host.instances.expected} machines called `{name}`: each of them "
                "runs this same file, with the same .env."
            )
    return "\n".join(lines)


def _services(plan: Plan) -> dict[str, Yaml]:
    order = waits(plan)
    found: dict[str, Yaml] = {}
    for part in plan.parts:
        if part.run.migrate:
            name = migration_name(part)
            found[name] = migration_of(plan, part, order[name])
        found[part.name] = service_of(plan, part, order[part.name])
    return found


def _networks(plan: Plan) -> dict[str, Yaml]:
    runs = [part.run for part in plan.parts]
    ours = [part for part in plan.parts if not has_own_network(part.run)]
    named: dict[str, Yaml] = {name: {} for run in runs for name in run.networks}
    named |= {name: {"external": True} for run in runs for name in run.outside_networks}
    front: dict[str, Yaml] = {"front": {}} | named if ours else named
    if not plan.stores or not ours:
        return front
    why = (
        "Nothing here needs the internet or may be reached from it. Applications are in both, "
        "and go out through `front`."
    )
    return front | {"back": Commented({"internal": True}, why)}


def _volumes(plan: Plan) -> list[str]:
    found = []
    for part in plan.parts:
        named = [one.source for one in part.run.volumes if is_named(one) and one.source]
        if keeps_data(part):
            named = [data_volume(part)]
        found += named
    return list(dict.fromkeys(found))


def _secret_stores(plan: Plan) -> list[Part]:
    accounts = ((part, account_of(plan.system, part)) for part in plan.stores)
    return [part for part, account in accounts if account is not None and account.from_file]


def _commands(plan: Plan) -> tuple[str, ...]:
    secrets = [f"secrets/{secret_name(one)}" for one in _secret_stores(plan)]
    return (
        "cp .env.example .env",
        *(["mkdir -m 700 secrets"] if secrets else []),
        *(f"openssl rand -hex 24 | tr -d '\\n' > {one}" for one in secrets),
        *(["docker compose build"] if any(part.build for part in plan.parts) else []),
        "docker compose up --detach",
    )


TARGET = Target("compose", "Docker Compose", applies, render)

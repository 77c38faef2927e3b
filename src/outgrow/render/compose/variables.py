"""The variables of a Compose file, and `.env.example` with where each of them comes from."""

from __future__ import annotations

from dataclasses import dataclass

from outgrow.render.compose.plan import OpenPort, Plan
from outgrow.render.compose.probes import is_ours
from outgrow.render.compose.stores import account_of, password_variable, secret_name
from outgrow.render.compose.values import is_variable, required, upper
from outgrow.render.dockerfile.base_images import base_images
from outgrow.render.dockerfile.instructions import comment
from outgrow.render.system.model import Part, Role


@dataclass(frozen=True, slots=True)
class Variable:
    """A line of `.env.example`; one that is optional is commented out."""

    name: str
    value: str
    why: str
    optional: bool = False


def variable_of(plan: Plan, part: Part, key: str) -> str:
    """Return the variable of .env that holds a part's secret.

    `env:NAME` names it; any other reference takes the key, with the part before it where
    two parts mean different secrets by one key.
    """
    reference = part.secrets[key]
    source, _, rest = reference.partition(":")
    if source == "env" and is_variable(rest):
        return rest
    others = {one.secrets[key] for one in plan.parts if key in one.secrets}
    return key if len(others) == 1 else f"{upper(part.name)}_{key}"


def secret_value(plan: Plan, part: Part, key: str) -> str:
    """Return what Compose puts in for a part's secret."""
    return required(variable_of(plan, part, key))


def env_example(plan: Plan) -> str:
    """Return `.env.example`: every variable, grouped, with a comment and never a secret."""
    sections = (
        ("Where things lie", _places(plan)),
        ("Ports of this machine", _ports(plan)),
        ("Passwords of the databases", _passwords(plan)),
        ("Secrets and settings of the applications", _secrets(plan)),
        ("Base images of the builds", _bases(plan)),
    )
    seen: set[str] = set()
    text = comment(
        f"Every variable of compose.yaml for {plan.system.phase} in {plan.system.environment}. "
        "Copy this file to .env, fill it in, and keep that out of version control."
    )
    for title, variables in sections:
        fresh = [one for one in variables if one.name not in seen]
        seen |= {one.name for one in fresh}
        if fresh:
            text += ["", f"# {title}", *(line for one in fresh for line in _lines(one))]
    return "\n".join(text) + "\n"


def _lines(variable: Variable) -> list[str]:
    mark = "# " if variable.optional else ""
    return [*comment(variable.why), f"{mark}{variable.name}={variable.value}"]


def _places(plan: Plan) -> list[Variable]:
    system = plan.system
    found = [
        Variable(
            "COMPOSE_PROJECT_NAME",
            f"{system.name}-{system.environment}",
            "The prefix of every container, network and volume.",
        ),
        Variable("PROJECT_FOLDER", "../..", "The folder of the strategy, seen from here."),
    ]
    if any(is_ours(part) for part in plan.parts):
        why = "The rendered Dockerfiles, as an absolute path: a build looks from its own folder."
        found.append(Variable("DOCKERFILE_FOLDER", "${PWD}/../dockerfile", why))
    if any(part.build for part in plan.parts):
        found.append(Variable("IMAGE_TAG", "local", "The tag of the images that are built.", True))
    return found


def _ports(plan: Plan) -> list[Variable]:
    found = [
        Variable(port.variable, str(port.host), _why_open(name, port), optional=True)
        for name, ports in plan.ports.items()
        for port in ports
        if port.host is not None
    ]
    if any("PROXY_ADDRESS" in port.address for ports in plan.ports.values() for port in ports):
        why = (
            "Who may connect: 127.0.0.1 is this machine only. With 0.0.0.0 everyone can, so "
            "TLS has to end in front of it."
        )
        found.append(Variable("PROXY_ADDRESS", "127.0.0.1", why, optional=True))
    return found


def _why_open(name: str, port: OpenPort) -> str:
    if port.proxied:
        return f"Where the proxy of this machine reaches `{name}`: its configuration has the same."
    return f"Where `{name}` answers."


def _passwords(plan: Plan) -> list[Variable]:
    found = []
    asked = {one.store for part in plan.parts for one in part.connections}
    for store in plan.stores:
        account = account_of(plan.system, store) if store.name in asked else None
        if account is not None and account.from_file:
            why = (
                f"The same text as in ./secrets/{secret_name(store)}, letters and digits only: "
                "it becomes part of a URL."
            )
            found.append(Variable(password_variable(store), "", why))
    return found


def _secrets(plan: Plan) -> list[Variable]:
    found = []
    for part in plan.parts:
        given = part.run.as_written
        composed = {one.key for one in part.connections if not given and plan.part(one.store)}
        for key, reference in part.secrets.items():
            if key not in composed:
                place = plan.system.where(*part.path, "secrets", key)
                why = f"For `{part.name}`, from {_source(reference)} ({place})."
                found.append(Variable(variable_of(plan, part, key), "", why))
    return found


def _source(reference: str) -> str:
    """Return in words where a reference says that the secret lives."""
    source, _, rest = reference.partition(":")
    if source == "env":
        return "the environment of whoever starts it"
    return f"{source.replace('-', ' ')}: {rest}"


def _bases(plan: Plan) -> list[Variable]:
    found = []
    for part in plan.parts:
        if part.role is Role.APPLICATION and is_ours(part):
            for name, image in base_images(part).items():
                why = f"What `{part.name}` is built on."
                found.append(Variable(name, image, why, optional=True))
    return found

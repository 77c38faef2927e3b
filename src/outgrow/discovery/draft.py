"""A first strategy out of findings: components as found, and three phases to grow through.

The phases are a proposal that fits most small teams: one machine that runs everything, then
platforms that take the work off, then AWS. What each one names is in the catalogue.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from outgrow.discovery.findings import Findings, Service, Store
from outgrow.strategy.components import ComponentKind as Kind

Plain = Mapping[str, object]
_LARGE_MACHINE_FROM = 8
_HEAVY = frozenset({Kind.SEARCH, Kind.WAREHOUSE, Kind.LLM, Kind.QUEUE, Kind.VECTOR_STORE})
_ON_VERCEL = frozenset({"next", "vite", "create-react-app"})
_MANAGED = {
    Kind.POSTGRES: "neon/launch",
    Kind.REDIS: "upstash/redis/payg",
    Kind.MONGODB: "mongodb-atlas/flex",
    Kind.OBJECT_STORE: "cloudflare/r2",
}
_ON_AWS: dict[Kind, dict[str, object]] = {
    Kind.POSTGRES: {
        "offering": "aws/rds-postgresql/db.t4g.large",
        "settings": {"multi_az": True, "storage_type": "gp3", "storage_gb": 50},
    },
    Kind.REDIS: {"offering": "aws/elasticache-redis/cache.t4g.small", "settings": {"nodes": 2}},
    Kind.MONGODB: {"offering": "aws/documentdb/db.t3.medium"},
    Kind.OBJECT_STORE: {"offering": "aws/s3"},
    Kind.LOAD_BALANCER: {"offering": "aws/alb"},
}


@dataclass(slots=True)
class Part:
    """A component of the draft with what was found of it."""

    name: str
    data: dict[str, object]
    service: Service | None = None
    store: Store | None = None

    @property
    def kind(self) -> Kind:
        """Return the kind of the component."""
        return Kind(str(self.data["kind"]))


@dataclass(slots=True)
class Draft:
    """Everything that the drafted file says, as plain values."""

    name: str
    region: str
    parts: list[Part]
    phases: dict[str, dict[str, object]]
    findings: Findings
    answers: Mapping[str, str] = field(default_factory=dict)


def draft_strategy(findings: Findings, answers: Mapping[str, str]) -> Draft:
    """Return a first strategy for `findings`; `answers` win over what was found."""
    defaults = {one.key: one.default for one in findings.questions}
    said = {**defaults, **answers}
    parts = [_own(service, said) for service in findings.services]
    parts += [_store(store) for store in findings.stores if said.get(f"{store.name}.keep") != "no"]
    parts += [_store(other) for other in findings.others]
    if not parts:
        parts = [Part("app", {"kind": "service", "description": "Nothing was found that runs."})]
    names = {part.name for part in parts}
    for part in parts:
        _only_known(part, names)
    server, balancer = _free("server", names), _free("lb", names)
    has_balancer = any(part.kind is Kind.LOAD_BALANCER for part in parts)
    public = [p.name for p in parts if p.data.get("public") and p.kind is Kind.SERVICE]
    extra = [Part(server, {"kind": "machine", "description": "Carries what runs in containers."})]
    if public and not has_balancer:
        extra.append(Part(balancer, {
            "kind": "load_balancer", "description": "Spreads requests over instances.",
            "public": True, "talks_to": public,
        }))  # fmt: skip
    phases = _phases(parts, server, balancer if len(extra) > 1 else None)
    return Draft(said["name"], said["region"], [*parts, *extra], phases, findings, said)


def _own(service: Service, said: Mapping[str, str]) -> Part:
    return Part(service.name, _described(service, said), service)


def _store(store: Store) -> Part:
    if store.service is None:
        stack = f"{store.product} {store.version}".strip()
        return Part(store.name, {"kind": store.kind.value, "stack": stack}, None, store)
    return Part(store.name, _described(store.service, {}), store.service, store)


def _described(service: Service, said: Mapping[str, str]) -> dict[str, object]:
    run = service.run.model_dump(exclude_unset=True)
    answer = said.get(f"{service.name}.command")
    if answer and (service.command is None or answer != service.command.text):
        run["command"] = [answer]
        run.pop("entrypoint", None)
    elif not service.composed and service.command is not None:
        words = service.command.words
        key = "entrypoint" if service.command.is_entrypoint else "command"
        port = str(service.ports[0] if service.ports else 8000)
        listed = [words] if isinstance(words, str) else words
        run[key] = [_from_its_folder(service, _with_port(word, port)) for word in listed]
    if service.migrate is not None and not service.composed:
        run["migrate"] = [service.migrate.text]
    data: dict[str, object] = {
        "kind": service.kind.value,
        "stack": service.stack,
        "public": service.public,
        "talks_to": service.talks_to,
        "needs": _needs(service),
        "environment": service.environment,
        "secrets": service.secrets,
        "build": service.build.model_dump(exclude_unset=True) if service.build else {},
        "run": run,
    }
    return {key: value for key, value in data.items() if value}


def _from_its_folder(service: Service, word: str) -> str:
    """Return a command as it is run in the folder of the service, without going there first."""
    if not service.folder:
        return word
    folder = re.escape(service.folder)
    return re.sub(rf"^cd {folder}/? && |\s--(?:chdir|workdir)[= ]{folder}/?(?=\s|$)", "", word)


def _with_port(word: str, port: str) -> str:
    return re.sub(r"\$\{PORT(?::?-\d+)?\}|\$PORT\b", port, word)


def _needs(service: Service) -> dict[str, object]:
    size = service.size
    amounts = {
        "vcpu": size.vcpu, "memory_gib": size.memory_gib, "vcpu_limit": size.vcpu_limit,
        "memory_gib_limit": size.memory_gib_limit,
    }  # fmt: skip
    found: dict[str, object] = {k: Decimal(v) for k, v in amounts.items() if v is not None}
    if service.ports:
        found["ports"] = service.ports
    return found


def _only_known(part: Part, names: set[str]) -> None:
    talks = part.data.get("talks_to")
    if isinstance(talks, list):
        known = [one for one in talks if one in names and one != part.name]
        part.data["talks_to"] = known
        if not known:
            del part.data["talks_to"]


def _free(name: str, names: set[str]) -> str:
    while name in names:
        name = f"{name}-1"
    return name


def _phases(parts: list[Part], server: str, balancer: str | None) -> dict[str, dict[str, object]]:
    return {
        "launch": _launch(parts, server),
        "managed": _managed(parts),
        "aws": _aws(parts, server, balancer),
    }


def _launch(parts: list[Part], server: str) -> dict[str, object]:
    heavy = any(part.kind in _HEAVY for part in parts) or len(parts) >= _LARGE_MACHINE_FROM
    machine = "digitalocean/droplet/s-4vcpu-8gb" if heavy else "digitalocean/droplet/s-2vcpu-4gb"
    use: dict[str, object] = {server: {"offering": machine}}
    for part in parts:
        use[part.name] = {"offering": "self-hosted/docker", "runs_on": server} | _count(part)
    return {
        "name": "One server",
        "description": "Everything in containers on one machine, with Docker Compose.",
        "serves": {"users": "0-500"},
        "use": use,
        "next": {"managed": _transition(400, _TO_MANAGED)},
    }


def _count(part: Part) -> dict[str, object]:
    replicas = part.service.replicas if part.service else None
    return {"count": replicas} if replicas and replicas > 1 else {}


def _managed(parts: list[Part]) -> dict[str, object]:
    use: dict[str, object] = {}
    plan: str | None = None
    for part in parts:
        if _is_for_developers(part) or part.kind is Kind.LOAD_BALANCER:
            continue
        offering = _MANAGED.get(part.kind)
        if part.kind is Kind.FRONTEND and _framework(part) in _ON_VERCEL:
            offering = "vercel/pro"
        if offering is not None:
            use[part.name] = {"offering": offering}
        elif plan is None:
            plan = part.name
            use[part.name] = {"offering": "railway/pro"}
        else:  # a part of the same plan, at no further charge
            use[part.name] = {"offering": "railway/pro", "runs_on": plan}
    return {
        "name": "Managed platforms",
        "description": "Databases and deploys are somebody else's work.",
        "serves": {"users": "500-10k"},
        "use": use,
        "next": {"aws": _transition(8000, _TO_AWS)},
    }


def _aws(parts: list[Part], server: str, balancer: str | None) -> dict[str, object]:
    use: dict[str, object] = {}
    carried: dict[str, object] = {}
    for part in parts:
        if _is_for_developers(part):
            continue
        if part.kind is Kind.FRONTEND and _framework(part) in _ON_VERCEL:
            use[part.name] = {"offering": "vercel/pro"}
        elif part.kind in _ON_AWS:
            use[part.name] = _ON_AWS[part.kind]
        elif part.kind is Kind.QUEUE and part.store is not None and part.store.product == "SQS":
            use[part.name] = {"offering": "aws/sqs"}
        elif (part.service is not None and part.service.folder is not None) or part.store is None:
            least = 1 if part.kind is Kind.WORKER else 2
            use[part.name] = {
                "offering": "aws/fargate",
                "instances": {"minimum": least, "maximum": 6},
                "settings": {"vcpu": Decimal("0.5"), "memory_gb": 1},
            }
        else:
            carried[part.name] = {"offering": "self-hosted/docker", "runs_on": server}
    if carried:
        use[server] = {"offering": "aws/ec2/t3.large", "settings": {"disk_gb": 50}}
    if balancer is not None:
        use[balancer] = {"offering": "aws/alb"}
    return {
        "name": "AWS",
        "description": "Instances in two zones, a database with a standby, room to grow.",
        "serves": {"users": "10k+"},
        "use": use | carried,
    }


def _framework(part: Part) -> str:
    build = part.service.build if part.service else None
    return build.framework if build else "none"


def _is_for_developers(part: Part) -> bool:
    return part.service is not None and part.service.development_only


_TO_MANAGED = ("Move the database: copy it, switch the address, keep the old one for a week.",
               "Deploy from the repository instead of copying to the machine.")  # fmt: skip
_TO_AWS = ("Rehearse with `staging` on AWS.", "Replicate the database, then switch the address.",
           "Move traffic by DNS in steps.")  # fmt: skip


def _transition(users: int, steps: tuple[str, ...]) -> dict[str, object]:
    return {
        "when": {"metric": "users", "at_least": users},
        "steps": [{"do": step, "reversible": True} for step in steps],
    }

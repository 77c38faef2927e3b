"""What a part is when the strategy does not say: images, ports, checks, sizes, names.

Every image carries a version. The ports are those that the software itself documents.
"""

from __future__ import annotations

import re
from decimal import Decimal

from outgrow.strategy.components import Component, ComponentKind
from outgrow.strategy.containers import HealthCheck
from outgrow.topology.model import Resource

# The newest version of each that its project supports for years, on its official image.
_STORE_IMAGES = {
    ComponentKind.POSTGRES: ("postgres", "16", "-bookworm"),
    ComponentKind.MONGODB: ("mongo", "7.0", ""),
    ComponentKind.REDIS: ("redis", "7.4", "-bookworm"),
    ComponentKind.MYSQL: ("mysql", "8.4", ""),
}
_STORE_PORTS = {
    ComponentKind.POSTGRES: 5432,
    ComponentKind.MONGODB: 27017,
    ComponentKind.REDIS: 6379,
    ComponentKind.MYSQL: 3306,
}
_FRAMEWORK_PORTS = {
    "fastapi": 8000,
    "starlette": 8000,
    "asgi": 8000,
    "django": 8000,
    "flask": 8000,
    "wsgi": 8000,
    "next": 3000,
    "express": 3000,
    "nest": 3000,
    "vite": 8080,
    "create-react-app": 8080,
}
_STATIC_FRAMEWORKS = frozenset({"vite", "create-react-app"})
_NO_PORT = frozenset({"celery", "rq"})
_VERSION = re.compile(r"\b(\d+(?:\.\d+)*)\b")
# What a container of each kind gets when nobody has said: enough to start, little enough to see.
_ASSUMED_VCPU = Decimal("0.5")
_ASSUMED_MEMORY_GIB = Decimal("0.5")


def image_of(spec: Component) -> str | None:
    """Return the image a component runs: its own, the official one of its store, or None."""
    if spec.run.image:
        return spec.run.image
    known = _STORE_IMAGES.get(spec.kind)
    if known is None or spec.build is not None:
        return None
    name, version, suffix = known
    written = _VERSION.search(spec.stack)
    return f"{name}:{written.group(1) if written else version}{suffix}"


def listens_on(spec: Component) -> int | None:
    """Return the port that others connect to, or None for what nobody connects to."""
    if spec.needs.ports:
        return spec.needs.ports[0]
    if spec.kind in _STORE_PORTS:
        return _STORE_PORTS[spec.kind]
    framework = spec.build.framework if spec.build else "none"
    if framework in _NO_PORT or spec.kind not in (ComponentKind.SERVICE, ComponentKind.FRONTEND):
        return None
    if spec.kind is ComponentKind.FRONTEND and framework == "none":
        return 8080  # nginx without root may not open a port below 1024
    return _FRAMEWORK_PORTS.get(framework, 8000)


def is_static(spec: Component) -> bool:
    """Return whether a web server sends its files and nothing of it runs."""
    if spec.build is not None and spec.build.runtime is not None:
        return spec.build.runtime == "static"
    framework = spec.build.framework if spec.build else "none"
    return framework in _STATIC_FRAMEWORKS


def health_of(spec: Component, port: int | None) -> HealthCheck | None:
    """Return how to tell that it works: as written, or what its software offers."""
    if spec.run.health is not None:
        return spec.run.health
    if spec.needs.health_path:
        return HealthCheck(path=spec.needs.health_path)
    if spec.kind is ComponentKind.POSTGRES:
        return HealthCheck(command=["pg_isready -q -U $$POSTGRES_USER -d $$POSTGRES_DB"])
    if spec.kind is ComponentKind.REDIS:
        return HealthCheck(command=["redis-cli ping | grep -q PONG"])
    if spec.kind is ComponentKind.MONGODB:
        return HealthCheck(
            command=["mongosh --quiet --eval 'db.adminCommand(\"ping\").ok' | grep -q 1"]
        )
    if spec.kind is ComponentKind.FRONTEND and port is not None:
        return HealthCheck(path="/")
    return None


def stated_size(resource: Resource) -> tuple[Decimal | None, Decimal | None, str]:
    """Return vCPU and memory in GiB of one instance, and where that is said.

    What the phase sets comes first, then what the component needs, then what the offering
    has. Either is None when nothing says.
    """
    settings, needs, offering = resource.settings, resource.spec.needs, resource.offering
    vcpu, memory = settings.get("vcpu"), settings.get("memory_gb", settings.get("memory_gib"))
    found_vcpu = Decimal(str(vcpu)) if vcpu is not None else needs.vcpu_limit or needs.vcpu
    found_memory = (
        Decimal(str(memory)) if memory is not None else needs.memory_gib_limit or needs.memory_gib
    )
    source = "strategy" if found_vcpu is not None or found_memory is not None else ""
    if offering is not None:
        source = source or (offering.id if offering.vcpu or offering.memory_gib else "")
        found_vcpu = found_vcpu if found_vcpu is not None else offering.vcpu
        found_memory = found_memory if found_memory is not None else offering.memory_gib
    return found_vcpu, found_memory, source


def assumed_size() -> tuple[Decimal, Decimal]:
    """Return the vCPU and the memory in GiB of a container that nobody has given any."""
    return _ASSUMED_VCPU, _ASSUMED_MEMORY_GIB


def safe_name(component: str) -> str:
    """Return `component` as a DNS label: lower case, digits and hyphens, a letter first."""
    name = re.sub(r"[^a-z0-9]+", "-", component.lower()).strip("-")
    return name if name[:1].isalpha() else f"c-{name}"


def address_variable(component: str) -> str:
    """Return the variable that is called after a component: `DB_REPLICA_URL` of `db-replica`."""
    return f"{safe_name(component).upper().replace('-', '_')}_URL"


def store_named_by(key: str) -> ComponentKind | None:
    """Return the kind of store whose address a variable called `key` holds, by its name."""
    upper = key.upper()
    for kind, words in _KEY_WORDS.items():
        if any(word in upper for word in words) and upper.endswith(_KEY_ENDS):
            return kind
    return None


_KEY_ENDS = ("URL", "URI", "DSN", "_CONNECTION", "CONNECTION_STRING")
_KEY_WORDS = {
    ComponentKind.REDIS: ("REDIS", "CACHE", "CELERY_BROKER", "CELERY_RESULT", "VALKEY"),
    ComponentKind.MONGODB: ("MONGO",),
    ComponentKind.MYSQL: ("MYSQL", "MARIADB"),
    ComponentKind.POSTGRES: ("POSTGRES", "DATABASE", "PG_", "PGSQL", "DB_", "SQLALCHEMY"),
}

"""Names, labels, quantities and images that several objects of the cluster share."""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal

from outgrow.render.kubernetes.placement import Cluster
from outgrow.render.system.model import Part, System
from outgrow.render.writers.yaml_text import Yaml
from outgrow.strategy.components import ComponentKind

USER = 10001  # above every user of the host, and not the root of anything
UNRELEASED = "unreleased"
Object = dict[str, Yaml]


def selector(part: Part) -> Object:
    """Return the labels that find the running containers of `part`, and no migration of it."""
    return {
        "app.kubernetes.io/name": part.name,
        "app.kubernetes.io/component": component_label(part),
    }


def component_label(part: Part) -> str:
    """Return what the part is for, as a label: `service`, `worker`, `postgres`."""
    return part.kind.value.replace("_", "-")


def labels(system: System, part: Part) -> Object:
    """Return the labels of every object of `part`."""
    return {
        **selector(part),
        "app.kubernetes.io/part-of": system.name,
        "app.kubernetes.io/managed-by": "kustomize",
    }


def metadata(system: System, part: Part, name: str = "", **more: Yaml) -> Object:
    """Return the metadata of an object of `part`, called as the part is unless told."""
    return {"name": name or part.name, "labels": labels(system, part), **more}


def is_ours(part: Part) -> bool:
    """Return whether the image is built from the team's own source."""
    return part.run.image is None and (part.build is not None or part.image is None)


def image_name(system: System, part: Part) -> str:
    """Return the image without its tag; ours has a name that no public registry serves."""
    if is_ours(part) or part.image is None:
        return f"{system.name}-{part.name}"
    return split_image(part.image)[0]


def image_with_tag(system: System, part: Part) -> str:
    """Return the image as the base names it."""
    if is_ours(part) or part.image is None:
        return f"{image_name(system, part)}:{UNRELEASED}"
    return part.image


def split_image(image: str) -> tuple[str, str, str]:
    """Return name, tag and digest of `registry:5000/name:tag@sha256:...`."""
    rest, _, digest = image.partition("@")
    head, colon, tail = rest.rpartition(":")
    if not colon or "/" in tail:
        return rest, "", digest
    return head, tail, digest


def cpu(vcpu: Decimal) -> str:
    """Return vCPU as Kubernetes writes them: `250m`, `2`."""
    thousandths = max(int((vcpu * 1000).to_integral_value(ROUND_CEILING)), 1)
    return str(thousandths // 1000) if thousandths % 1000 == 0 else f"{thousandths}m"


def memory(gib: Decimal) -> str:
    """Return GiB as Kubernetes writes them: `512Mi`, `4Gi`."""
    mebibytes = max(int((gib * 1024).to_integral_value(ROUND_CEILING)), 1)
    return f"{mebibytes // 1024}Gi" if mebibytes % 1024 == 0 else f"{mebibytes}Mi"


def whole_seconds(seconds: Decimal) -> int:
    """Return the next whole second, at least one: probes take no fractions."""
    return max(int(seconds.to_integral_value(ROUND_CEILING)), 1)


_STORE_SECRETS = {
    ComponentKind.POSTGRES: ("POSTGRES_USER", "POSTGRES_PASSWORD", "POSTGRES_DB"),
    ComponentKind.MONGODB: ("MONGO_INITDB_ROOT_USERNAME", "MONGO_INITDB_ROOT_PASSWORD"),
    ComponentKind.MYSQL: ("MYSQL_USER", "MYSQL_PASSWORD", "MYSQL_DATABASE", "MYSQL_ROOT_PASSWORD"),
}


def secret_keys(part: Part) -> tuple[str, ...]:
    """Return the variables that come out of the part's Secret, those its image asks for too."""
    wanted = () if part.build else _STORE_SECRETS.get(part.kind, ())
    missing = tuple(k for k in wanted if k not in part.secrets and k not in part.environment)
    return (*part.secrets, *missing)


def secret_name(part: Part) -> str:
    """Return the name of the Secret that holds them."""
    return f"{part.name}-secrets"


def config_name(part: Part) -> str:
    """Return the name of the ConfigMap, which Kustomize ends with a hash of its content."""
    return f"{part.name}-config"


def service_port(part: Part) -> str:
    """Return the name of the port that `part` listens on."""
    return "http" if part.kind in _HTTP else "tcp"


_HTTP = frozenset({ComponentKind.SERVICE, ComponentKind.FRONTEND})


def pulls_with_secret(cluster: Cluster, part: Part) -> bool:
    """Return whether the image comes from a private registry that the machines cannot read."""
    from_ecr = any(p.service == "aws/ecr" for p in cluster.system.parts)
    return is_ours(part) and not from_ecr

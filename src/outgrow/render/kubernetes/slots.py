"""The two slots of a component that is deployed blue-green, or to a share of its users first.

Both slots are Deployments that differ in one label. A deploy puts the new version into the slot
without requests and then moves them: by the selector of a Service, or by the weights of a route.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from outgrow.render.kubernetes.facts import Object, metadata
from outgrow.render.kubernetes.placement import Cluster, exposed, host_of
from outgrow.render.system.model import Part
from outgrow.render.writers.yaml_text import Commented, Yaml

SLOT_LABEL = "outgrow/slot"
Colour = Literal["blue", "green"]
COLOURS: tuple[Colour, Colour] = ("blue", "green")
_FULL, _NONE = 100, 0
_ASSUMED_GATEWAY = "public"


@dataclass(frozen=True, slots=True)
class Slot:
    """One of the two: what its objects are called, and the label that finds its pods."""

    name: str
    colour: Colour

    @property
    def label(self) -> Object:
        """Return the label that only the pods of this slot have."""
        return {SLOT_LABEL: self.colour}


def slot_name(name: str, colour: Colour) -> str:
    """Return what the Deployment and the Service of a slot are called: `api-blue`."""
    return f"{name}-{colour}"


def slots(cluster: Cluster, part: Part) -> tuple[Slot, ...]:
    """Return the slots of `part`, none where its one Deployment rolls.

    A canary needs requests from outside, which a Gateway splits; what only pods talk to rolls.
    """
    kind = cluster.system.strategy.deploy.strategy
    wanted = kind == "blue_green" or (kind == "canary" and exposed(cluster, part))
    if part not in cluster.applications or part.listens is None or not wanted:
        return ()
    return tuple(Slot(slot_name(part.name, colour), colour) for colour in COLOURS)


def has_route(cluster: Cluster, part: Part) -> bool:
    """Return whether people reach `part` through a Gateway, and not through an Ingress."""
    settings = cluster.system.settings.cluster
    named = settings is not None and settings.gateway is not None
    is_canary = cluster.system.strategy.deploy.strategy == "canary"
    return exposed(cluster, part) and bool(slots(cluster, part)) and (named or is_canary)


def gateway_namespace(cluster: Cluster) -> str | None:
    """Return the namespace of the Gateway, None where it is not known or is our own."""
    settings = cluster.system.settings.cluster
    gateway = settings.gateway if settings else None
    return gateway.namespace if gateway else None


def route(cluster: Cluster, part: Part) -> Object:
    """Return the way in from outside, which gives each slot a share of the requests."""
    weights = {"blue": _FULL, "green": _NONE}
    backends: list[Yaml] = [
        {"name": slot.name, "port": part.listens, "weight": weights[slot.colour]}
        for slot in slots(cluster, part)
    ]
    rule: Object = {
        "matches": [{"path": {"type": "PathPrefix", "value": "/"}}],
        "backendRefs": Commented(backends, "A deploy changes the weights, and nothing else here."),
    }
    host = host_of(part)
    spec: Object = {"parentRefs": _parents(cluster)}
    if host:
        spec["hostnames"] = [host]
    return {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "HTTPRoute",
        "metadata": metadata(cluster.system, part),
        "spec": spec | {"rules": [rule]},
    }


def _parents(cluster: Cluster) -> Yaml:
    system = cluster.system
    settings = system.settings.cluster
    gateway = settings.gateway if settings else None
    if gateway is None:
        where = system.where("environments", system.environment)
        return Commented(
            [{"name": _ASSUMED_GATEWAY}],
            f"Assumed: name the Gateway of the cluster under `cluster.gateway` ({where}).",
        )
    named: Object = {"name": gateway.name}
    if gateway.namespace:
        named["namespace"] = gateway.namespace
    return [named]

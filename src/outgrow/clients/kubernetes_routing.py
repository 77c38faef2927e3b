"""Which slot of a component gets requests: a Service's selector, or the weights of a route."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from pydantic import JsonValue

from outgrow.clients.kubernetes_api import (
    MERGE,
    ROUTES,
    SERVICES,
    Json,
    Kind,
    KubernetesApi,
    NotThere,
)
from outgrow.clients.kubernetes_objects import Route, Service
from outgrow.deploy.values import FULL_WEIGHT, Colour, Problem
from outgrow.errors import InputError, OutsideError
from outgrow.render.kubernetes.slots import COLOURS, SLOT_LABEL, slot_name

Weights = Mapping[Colour, int]
_TAKEN_SECONDS, _LOOK_EVERY_SECONDS = 30.0, 0.5


class Routing(Protocol):
    """Sends requests to the blue and the green slot of a component."""

    @property
    def rights(self) -> Sequence[tuple[str, Kind, str]]:
        """Return what we must be allowed to do."""

    @property
    def splits(self) -> bool:
        """Return whether both slots can have a share at once."""

    def describe(self) -> str:
        """Return what it is: `the HTTPRoute api`."""

    def problems(self) -> list[Problem]:
        """Return why it cannot be used."""

    def weights(self) -> Weights:
        """Return the weight of each slot, as it is now."""

    def weigh(self, weights: Weights) -> None:
        """Set the weights of both slots; return when they hold."""


class SelectorRouting:
    """A Service that selects the pods of one slot: all requests or none."""

    splits = False
    rights = (("get", SERVICES, ""), ("patch", SERVICES, ""))

    def __init__(self, api: KubernetesApi, name: str) -> None:
        self._api = api
        self._name = name

    def describe(self) -> str:
        """Return what it is."""
        return f"the selector of the Service {self._name}"

    def problems(self) -> list[Problem]:
        """Return that the Service is not there, or selects no slot."""
        try:
            selector = self._read().spec.selector
        except NotThere:
            return [_not_applied(f"there is no Service {self._name} in {self._api.where}")]
        if selector.get(SLOT_LABEL) not in COLOURS:
            return [_not_applied(f"the Service {self._name} does not select the pods of one slot")]
        return []

    def weights(self) -> Weights:
        """Return 100 for the slot that is selected, 0 for the other."""
        chosen = self._read().spec.selector.get(SLOT_LABEL)
        return {colour: FULL_WEIGHT if colour == chosen else 0 for colour in COLOURS}

    def weigh(self, weights: Weights) -> None:
        """Select the slot that gets everything. Raises InputError for any other share."""
        chosen = [colour for colour, weight in weights.items() if weight == FULL_WEIGHT]
        if len(chosen) != 1 or sum(weights.values()) != FULL_WEIGHT:
            raise InputError(
                f"the Service {self._name} sends everything to one slot, and cannot split "
                f"requests as {_written(weights)}",
                "Deploy blue_green, or name a Gateway under the environment's cluster.",
            )
        self.select(chosen[0])

    def select(self, colour: Colour) -> None:
        """Send everything to one slot; nothing happens when that is so already."""

        def patch(read: bytes) -> Json | None:
            found = Service.model_validate_json(read)
            if found.spec.selector.get(SLOT_LABEL) == colour:
                return None
            version = found.metadata.resource_version
            selector: Json = {SLOT_LABEL: colour}
            return {"metadata": {"resourceVersion": version}, "spec": {"selector": selector}}

        self._api.change(SERVICES, self._name, MERGE, patch)

    def _read(self) -> Service:
        return Service.model_validate_json(self._api.get(SERVICES, self._name))


class GatewayRouting:
    """An HTTPRoute that gives each slot's Service a weight.

    Pods of the cluster connect to the Service of the component, not through the Gateway: it
    goes on with the slot that had everything, until the other one has everything.
    """

    splits = True

    def __init__(self, api: KubernetesApi, name: str) -> None:
        self._api = api
        self._name = name
        self._inside = SelectorRouting(api, name)
        self.rights = (("get", ROUTES, ""), ("patch", ROUTES, ""), *self._inside.rights)

    def describe(self) -> str:
        """Return what it is."""
        return f"the HTTPRoute {self._name}"

    def problems(self) -> list[Problem]:
        """Return that the route is not there, leaves a slot out, or that no Gateway has it."""
        try:
            route = self._read()
        except NotThere:
            return [_not_applied(f"there is no HTTPRoute {self._name} in {self._api.where}")]
        found = self._inside.problems()
        if not _both(route, self._name):
            found.append(
                _not_applied(f"no rule of the HTTPRoute {self._name} names both of its slots")
            )
        if not route.is_taken():
            why = "; ".join(route.refusals()) or "none has looked at it"
            found.append(
                Problem(
                    f"no Gateway has accepted the HTTPRoute {self._name}: {why}",
                    "Check the Gateway that is named under the environment's cluster.",
                )
            )
        return found

    def weights(self) -> Weights:
        """Return the weights of the first rule with both slots."""
        route = self._read()
        rules = _both(route, self._name)
        if not rules:
            raise OutsideError(
                f"no rule of the HTTPRoute {self._name} names both of its slots",
                "Apply the rendered files again.",
            )
        found = {one.name: one.weight for one in route.spec.rules[rules[0]].backendRefs}
        return {colour: found[slot_name(self._name, colour)] for colour in COLOURS}

    def weigh(self, weights: Weights) -> None:
        """Set all weights at once, and wait until the Gateway has taken them."""
        self._api.change(
            ROUTES, self._name, MERGE, lambda found: _weighed(found, self._name, weights)
        )
        self._wait()
        chosen = [colour for colour, weight in weights.items() if weight]
        if len(chosen) == 1:
            self._inside.select(chosen[0])

    def _wait(self) -> None:
        waited = 0.0
        while not (route := self._read()).is_taken():
            if waited >= _TAKEN_SECONDS:
                why = "; ".join(route.refusals()) or "it has not looked at them"
                raise OutsideError(
                    f"the Gateway of {self._name} has not taken the weights after "
                    f"{waited:g} seconds: {why}",
                    f"See `kubectl describe httproute {self._name}`.",
                )
            self._api.wait(_LOOK_EVERY_SECONDS)
            waited += _LOOK_EVERY_SECONDS

    def _read(self) -> Route:
        return Route.model_validate_json(self._api.get(ROUTES, self._name))


def _weighed(read: bytes, name: str, weights: Weights) -> Json | None:
    """Return the rules with other weights, None where they have these already."""
    route = Route.model_validate_json(read)
    rules: list[JsonValue] = []
    by_name = {slot_name(name, colour): weights[colour] for colour in COLOURS}
    differs = False
    for rule in route.spec.rules:
        for backend in rule.backendRefs:
            wanted = by_name.get(backend.name, backend.weight)
            differs = differs or wanted != backend.weight
            backend.weight = wanted
        rules.append(rule.model_dump(mode="json", exclude_unset=True))
    if not differs:
        return None
    version = route.metadata.resource_version
    return {"metadata": {"resourceVersion": version}, "spec": {"rules": rules}}


def _both(route: Route, name: str) -> list[int]:
    """Return the places of the rules that send to both slots."""
    slots = {slot_name(name, colour) for colour in COLOURS}
    rules = enumerate(route.spec.rules)
    return [at for at, rule in rules if slots <= {one.name for one in rule.backendRefs}]


def _written(weights: Weights) -> str:
    return ", ".join(f"{colour} {weight}" for colour, weight in weights.items())


def _not_applied(reason: str) -> Problem:
    return Problem(reason, "Render the target kubernetes and apply it: outgrow render kubernetes")

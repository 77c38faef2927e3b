"""Where the previews of an environment live: its parts, the machine, the proxy, the database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import SecretStr

from outgrow.clients.own_host import Here, OwnHost
from outgrow.deploy.previews.values import OwnData, Preview, PreviewPart
from outgrow.errors import InputError
from outgrow.operations.deploying.own_hosts.build import recipe_of, runner_on, site_of
from outgrow.operations.deploying.own_hosts.runner import Recipe, Runner, Slot
from outgrow.operations.env import env_file_of
from outgrow.operations.opened import Opened
from outgrow.render.haproxy.previews import preview_port, server_of
from outgrow.render.routes import Route, routes
from outgrow.render.system.build import build_system
from outgrow.render.system.defaults import safe_name
from outgrow.render.system.model import Role, System
from outgrow.strategy.components import ComponentKind
from outgrow.strategy.deploys import DeployHost, Previews


@dataclass(frozen=True, slots=True)
class PreviewPlace:
    """An environment of which branches get copies; `routes` lead to its parts, in order."""

    opened: Opened
    system: System
    settings: Previews
    routes: tuple[Route, ...]

    @property
    def own_data(self) -> OwnData:
        """Return what data of its own a preview gets: none where it has no PostgreSQL."""
        has_some = any(_database_keys(self.system, route) for route in self.routes)
        return self.settings.data if has_some else "none"

    def part(self, route: Route, image: str) -> PreviewPart:
        """Return a part of a preview that runs `image`."""
        part = route.part
        return PreviewPart(
            part.component, image, tuple(part.run.migrate or ()), _database_keys(self.system, route)
        )

    @property
    def left_out(self) -> tuple[str, ...]:
        """Return our own components that no preview has, as no request reaches them."""
        taken = {route.part.component for route in self.routes}
        ours = self.system.parts_of(Role.APPLICATION)
        return tuple(one.component for one in ours if one.component not in taken)

    @property
    def folder(self) -> Path:
        """Return the folder of the strategy."""
        return Path(self.opened.path).resolve().parent

    @property
    def is_in_containers(self) -> bool:
        """Return whether what has a database runs in a network other than the machine's."""
        parts = [one.part for one in self.routes if _database_keys(self.system, one)]
        shares = all(one.run.network_mode == "host" for one in parts)
        return self.settings.runner == "docker" and not shares

    @property
    def certificates(self) -> Path | None:
        """Return the folder of the certificates, None where previews have no TLS."""
        proxy = self.system.settings.proxy
        said = proxy.certificates if proxy is not None else None
        return self.folder / said if said else None

    @property
    def host(self) -> OwnHost:
        """Return this machine, with the folder that holds what is kept for previews."""
        return Here(site_of(self.opened, self.system).home / "previews")

    def runner(self, preview: Preview, component: str, values: Mapping[str, SecretStr]) -> Runner:
        """Return what runs a component of a preview, with its variables."""
        _, route = self.route(component)
        recipe = self._recipe(preview, route, values)
        site = site_of(self.opened, self.system)
        return runner_on(site, DeployHost(runner=self.settings.runner), self.host, recipe)

    def runner_to_stop(self, preview: Preview, component: str) -> Runner:
        """Return what ends a component of a preview, also one that the strategy has no more.

        It needs no value of a variable: whoever removes a preview may not have them.
        """
        part = next((r.part for r in self.routes if r.part.component == component), None)
        part = part or replace(self.routes[0].part, name=safe_name(component), component=component)
        recipe = Recipe(self.system.name, self._environment(preview), part.name, part)
        site = site_of(self.opened, self.system)
        return runner_on(site, DeployHost(runner=self.settings.runner), self.host, recipe)

    def no_data(self, component: str) -> Mapping[str, SecretStr]:
        """Return values for the data of a preview where none are needed yet, or any more."""
        _, route = self.route(component)
        return dict.fromkeys(_database_keys(self.system, route), SecretStr(""))

    def route(self, component: str) -> tuple[int, Route]:
        """Return the route to a component, with its place among them."""
        return next(
            (index, one) for index, one in enumerate(self.routes) if one.part.component == component
        )

    def slot(self, preview: Preview, component: str) -> Slot:
        """Return where a component of a preview listens."""
        index, _ = self.route(component)
        port = preview_port(self.settings.first_port, index, preview.number)
        return Slot(server_of(preview.number), "blue", preview.number, "here", "127.0.0.1", port)

    def slot_to_empty(self, preview: Preview) -> Slot:
        """Return the slot of a preview for whoever ends what is in it: its port does not matter."""
        return Slot(server_of(preview.number), "blue", preview.number, "here", "127.0.0.1", 0)

    def _environment(self, preview: Preview) -> str:
        return f"{self.system.environment}-{preview.name}"

    def _recipe(self, preview: Preview, route: Route, values: Mapping[str, SecretStr]) -> Recipe:
        bound = recipe_of(self.opened, self.system, route.part)
        missing = [key for key in bound.missing if key not in values]
        if missing:
            raise InputError(
                f"no value for {', '.join(missing)}",
                f"Set them in the environment, or write them into {env_file_of(self.system)}.",
            )
        own = {key: value.get_secret_value() for key, value in values.items()}
        return replace(
            bound.recipe,
            environment=self._environment(preview),
            values={**bound.recipe.values, **own},
        )


def preview_place(opened: Opened, environment: str | None) -> PreviewPlace:
    """Return where previews live: in `environment`, or in the only one that has some.

    Raises InputError when the strategy has none on machines of its own.
    """
    name = _chosen(opened, environment)
    settings = opened.strategy.environments[name].previews
    if settings is None:
        raise InputError(
            f"{name} has no previews on machines of your own",
            f"Say where they live: environments/{name}/previews, with `host`.",
        )
    system = build_system(
        opened.strategy, opened.catalog, opened.phase(None), name, opened.loaded.source.locate
    )
    found = tuple(routes(system))
    if not found:
        raise InputError(
            f"nothing in {name} takes requests", "Say which port a component listens on."
        )
    return PreviewPlace(opened, system, settings, found)


def _chosen(opened: Opened, environment: str | None) -> str:
    if environment is not None:
        opened.environment(environment)
        return environment
    with_previews = [
        name for name, one in opened.strategy.environments.items() if one.previews is not None
    ]
    if not with_previews:
        raise InputError(
            "no environment has previews on machines of your own",
            "Say where they live: environments/NAME/previews, with `host`.",
        )
    if len(with_previews) > 1:
        raise InputError(
            f"{len(with_previews)} environments have previews on machines of your own",
            f"Say which one with --environment: {', '.join(with_previews)}.",
        )
    return with_previews[0]


def _database_keys(system: System, route: Route) -> tuple[str, ...]:
    stores = {one.name for one in system.parts if one.kind is ComponentKind.POSTGRES}
    return tuple(one.key for one in route.part.connections if one.store in stores)

"""`outgrow preview`: makes, lists and removes previews."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from pydantic import SecretStr

from outgrow.clients.clock import now
from outgrow.clients.git_branches import branches_at_origin
from outgrow.clients.preview_databases import PreviewDatabases
from outgrow.clients.secrets import read_secret
from outgrow.deploy.ports import Progress, Record
from outgrow.deploy.previews.due import Due, due
from outgrow.deploy.previews.names import preview_host, preview_name
from outgrow.deploy.previews.ports import Databases
from outgrow.deploy.previews.run import PreviewWorld, make, remove
from outgrow.deploy.previews.values import Preview, free_number
from outgrow.errors import InputError
from outgrow.operations.journal_record import RealPause
from outgrow.operations.opened import Opened
from outgrow.operations.previewing.desk import (
    MAKE,
    REMOVE,
    Known,
    living,
    numbering,
    opened_state,
    recorded,
)
from outgrow.operations.previewing.machine import PreviewMachine
from outgrow.operations.previewing.place import PreviewPlace, preview_place
from outgrow.operations.previewing.proxy import PreviewProxy
from outgrow.store.journal import Journal
from outgrow.store.store import Store
from outgrow.units import HOURS_PER_MONTH

_SECONDS_PER_HOUR = 3600


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for: a branch, the image of each component, for how many hours.

    The key "" stands for the only component that is built. `hours` None is what the strategy
    says.
    """

    branch: str
    images: Mapping[str, str]
    hours: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """A preview that lives. `cost_usd` is what it has cost so far, None where that is unknown."""

    preview: Preview
    whole: bool
    urls: tuple[str, ...]
    cost_usd: Decimal | None


@dataclass(frozen=True, slots=True)
class Removed:
    """A preview that was removed, and why."""

    preview: Preview
    why: str


def plan_preview(opened: Opened, environment: str | None, wanted: Wanted) -> Preview:
    """Return the preview that would be made; one of the same branch keeps its number and data.

    Raises InputError for an image that nobody named, or that does not exist.
    """
    place = preview_place(opened, environment)
    name = preview_name(wanted.branch)
    with opened_state(_folder(opened)) as store:
        known = _living(store, place)
    return _planned(place, wanted, name, known)


def make_preview(
    opened: Opened, planned: Preview, health_seconds: float, progress: Progress
) -> Listed:
    """Make what was planned; return it with its URLs. Raises PreviewFailed, LeaseTaken."""
    place = preview_place(opened, planned.environment)
    with opened_state(_folder(opened)) as store, ExitStack() as stack:
        with numbering(store, planned.environment):
            known = _living(store, place)
            preview = replace(planned, number=_number(place, planned.name, known))
            record = stack.enter_context(recorded(store, MAKE, preview))
        urls = make(preview, _world(place, preview, record, progress, health_seconds))
    return Listed(preview, True, tuple(urls), _cost(preview))


def list_previews(opened: Opened, environment: str | None) -> tuple[Listed, ...]:
    """Return the previews that live, oldest first."""
    place = preview_place(opened, environment)
    proxy = PreviewProxy(place)
    with opened_state(_folder(opened)) as store:
        known = _living(store, place)
    return tuple(
        Listed(one.preview, one.whole, (proxy.url(one.preview),), _cost(one.preview))
        for one in known
    )


def previews_to_remove(
    opened: Opened, environment: str | None, branches: Sequence[str], *, tidy: bool, gone: bool
) -> tuple[Due, ...]:
    """Return the previews of `branches`; with `tidy` also those whose time is over.

    With `gone` those too whose branch the origin has no more. Raises InputError for a branch
    that has no preview.
    """
    place = preview_place(opened, environment)
    with opened_state(_folder(opened)) as store:
        living_now = {one.preview.name: one.preview for one in _living(store, place)}
    asked = {preview_name(branch): branch for branch in branches}
    if missing := [branch for name, branch in asked.items() if name not in living_now]:
        raise InputError(
            f"there is no preview of {', '.join(missing)}",
            f"There are: {', '.join(one.branch for one in living_now.values()) or 'none'}.",
        )
    found = [Due(living_now[name], "you asked for it") for name in asked]
    if tidy:
        known = branches_at_origin(_folder(opened)) if gone else None
        others = [one for one in living_now.values() if one.name not in asked]
        found += due(others, now(), known)
    return tuple(found)


def remove_preview(opened: Opened, preview: Preview, progress: Progress) -> None:
    """Remove a preview with everything that is its own. Raises LeaseTaken."""
    place = preview_place(opened, preview.environment)
    with opened_state(_folder(opened)) as store, recorded(store, REMOVE, preview) as record:
        remove(preview, _world(place, preview, record, progress, 0))


def _living(store: Store, place: PreviewPlace) -> tuple[Known, ...]:
    return living(Journal(store), place.system.environment)


def _planned(place: PreviewPlace, wanted: Wanted, name: str, known: Sequence[Known]) -> Preview:
    settings = place.system.settings
    hours = wanted.hours if wanted.hours is not None else settings.preview_hours
    made = now()
    ends = None if hours is None else made + timedelta(seconds=float(hours) * _SECONDS_PER_HOUR)
    planned = Preview(
        name=name,
        number=_number(place, name, known),
        branch=wanted.branch,
        environment=place.system.environment,
        host=preview_host(place.settings.host, name),
        own_data=place.own_data,
        parts=(),
        made=made,
        expires=ends,
        cost_usd_hour=_cost_usd_hour(place),
    )
    images = _images(place, wanted)
    parts = [
        place.part(route, _artifact(place, planned, route.part.component, images))
        for route in place.routes
    ]
    return replace(planned, parts=tuple(parts))


def _images(place: PreviewPlace, wanted: Wanted) -> dict[str, str]:
    """Return the image of each component; raise InputError with every one that is missing."""
    components = [route.part.component for route in place.routes]
    own = {r.part.component: r.part.image for r in place.routes if r.part.image is not None}
    built = [one for one in components if one not in own]
    given = dict(wanted.images)
    if "" in given:
        if len(built) != 1:
            raise InputError(
                f"an image could be of {', '.join(built) or 'no component'}",
                "Say which: --image COMPONENT=IMAGE.",
            )
        given[built[0]] = given.pop("")
    unknown = [one for one in given if one not in components]
    missing = [one for one in built if one not in given]
    if unknown or missing:
        raise InputError(
            "; ".join(
                [
                    *(f"there is no component {one!r} in a preview" for one in unknown),
                    *(f"nobody says which image {one} runs" for one in missing),
                ]
            ),
            f"Say it with --image COMPONENT=IMAGE; there are: {', '.join(components)}.",
        )
    return {**own, **given}


def _artifact(
    place: PreviewPlace, planned: Preview, component: str, images: Mapping[str, str]
) -> str:
    return place.runner(planned, component, place.no_data(component)).resolve(images[component])


def _number(place: PreviewPlace, name: str, known: Sequence[Known]) -> int:
    before = next((one.preview.number for one in known if one.preview.name == name), None)
    if before is not None:
        return before
    return free_number({one.preview.number for one in known}, place.settings.limit)


def _world(
    place: PreviewPlace,
    preview: Preview,
    record: Record,
    progress: Progress,
    health_seconds: float,
) -> PreviewWorld:
    return PreviewWorld(
        databases=_databases(place, preview),
        containers=PreviewMachine(place),
        addresses=PreviewProxy(place),
        record=record,
        pause=RealPause(),
        progress=progress,
        health_seconds=health_seconds,
    )


def _databases(place: PreviewPlace, preview: Preview) -> Databases:
    reference = place.settings.server
    if preview.own_data == "none":
        return PreviewDatabases(SecretStr(""))  # never asked
    if reference is None:
        raise InputError(
            "previews have data of their own, and nobody says on which server",
            f"Write environments/{preview.environment}/previews/server: env:PREVIEW_DATABASE_URL.",
        )
    return PreviewDatabases(read_secret(reference, "the server for previews"))


def _cost_usd_hour(place: PreviewPlace) -> Decimal | None:
    total = place.system.costs.expected.total
    return None if total.at_least else total.amount_usd_month / HOURS_PER_MONTH


def _cost(preview: Preview) -> Decimal | None:
    if preview.cost_usd_hour is None:
        return None
    hours = Decimal((now() - preview.made).total_seconds()) / _SECONDS_PER_HOUR
    return preview.cost_usd_hour * hours


def _folder(opened: Opened) -> Path:
    return Path(opened.path).resolve().parent

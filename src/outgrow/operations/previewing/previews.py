"""`outgrow preview`: makes, lists and removes previews."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal

from outgrow.clients.clock import now
from outgrow.clients.git_branches import branches_at_origin
from outgrow.deploy.ports import Progress, Record
from outgrow.deploy.previews.due import Due, due
from outgrow.deploy.previews.names import (
    database_name,
    is_same_branch,
    preview_host,
    preview_name,
)
from outgrow.deploy.previews.run import PreviewWorld, make, remove
from outgrow.deploy.previews.values import OwnData, Preview, free_number
from outgrow.errors import InputError, OutsideError
from outgrow.operations.journal_record import RealPause
from outgrow.operations.opened import Opened
from outgrow.operations.previewing.data import databases_of
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
    """A preview that lives. `cost_usd` is what it has cost so far, None where that is unknown.

    It is `whole` when the command that made it came to its end, `over` when its time has come.
    """

    preview: Preview
    whole: bool
    over: bool
    urls: tuple[str, ...]
    cost_usd: Decimal | None


@dataclass(frozen=True, slots=True)
class Plan:
    """A preview that would be made, and what of the strategy it would be without.

    `renews` says that the branch has one already, which gets new images and keeps its data.
    """

    preview: Preview
    url: str
    renews: bool
    left_out: tuple[str, ...]


def plan_preview(opened: Opened, environment: str | None, wanted: Wanted) -> Plan:
    """Return the preview that would be made; one of the same branch keeps its number and data.

    Raises InputError for an image that nobody named or that does not exist, and for whatever
    else of the strategy or the machine it could not do without.
    """
    place = preview_place(opened, environment)
    name = preview_name(wanted.branch)
    proxy = PreviewProxy(place)
    for problem in proxy.problems():
        raise OutsideError(problem.reason, problem.remedy)
    with opened_state(place.folder) as store:
        known = _living(store, place)
    _refuse_a_clash(wanted.branch, name, known)
    planned = _planned(place, wanted, name, known)
    databases = databases_of(place, planned.own_data)
    if planned.own_data != "none":
        databases.check(planned.own_data)
    renews = any(one.preview.name == name for one in known)
    return Plan(planned, proxy.url(planned), renews, place.left_out)


def make_preview(
    opened: Opened, planned: Preview, health_seconds: float, progress: Progress
) -> Listed:
    """Make what was planned; return it with its URLs. Raises PreviewFailed, LeaseTaken."""
    place = preview_place(opened, planned.environment)
    with opened_state(place.folder) as store, ExitStack() as stack:
        with numbering(store, planned.environment):
            known = _living(store, place)
            preview = replace(planned, number=_number(place, planned.name, known))
            record = stack.enter_context(recorded(store, MAKE, preview))
        world = _world(place, preview.own_data, record, progress, health_seconds)
        urls = make(preview, world)
    return Listed(preview, True, preview.is_over(now()), tuple(urls), _cost(preview))


def list_previews(opened: Opened, environment: str | None) -> tuple[Listed, ...]:
    """Return the previews that live, oldest first."""
    place = preview_place(opened, environment)
    proxy = PreviewProxy(place)
    with opened_state(place.folder) as store:
        known = [(one.preview, one.whole) for one in _living(store, place)]
    return tuple(
        Listed(one, whole, one.is_over(now()), (proxy.url(one),), _cost(one))
        for one, whole in known
    )


def previews_of(
    opened: Opened, environment: str | None, branches: Sequence[str], *, if_there: bool
) -> tuple[Due, ...]:
    """Return the previews of `branches`, to be removed.

    Raises InputError for a branch that has none, unless `if_there`.
    """
    found = {one.name: one for one in _previews(preview_place(opened, environment))}
    asked = {preview_name(branch): branch for branch in branches}
    missing = [branch for name, branch in asked.items() if name not in found]
    if missing and not if_there:
        raise InputError(
            f"there is no preview of {', '.join(missing)}",
            f"There are: {', '.join(one.branch for one in found.values()) or 'none'}.",
        )
    return tuple(Due(found[name], "you asked for it") for name in asked if name in found)


def previews_that_are_due(
    opened: Opened, environment: str | None, *, gone: bool
) -> tuple[Due, ...]:
    """Return the previews whose time is over; with `gone` those too without a branch.

    Raises OutsideError when nobody knows which branches the origin has.
    """
    place = preview_place(opened, environment)
    known = branches_at_origin(place.folder) if gone else None
    return tuple(due(_previews(place), now(), known))


def remove_preview(
    opened: Opened, preview: Preview, progress: Progress, *, leave_data: bool = False
) -> None:
    """Remove a preview with everything that is its own. Raises LeaseTaken.

    With `leave_data` its database stays where it is, and its server is not asked.
    """
    place = preview_place(opened, preview.environment)
    own_data = "none" if leave_data else preview.own_data
    databases_of(place, own_data)
    with opened_state(place.folder) as store, recorded(store, REMOVE, preview) as record:
        world = _world(place, own_data, record, progress, 0)
        remove(preview, world, leave_data=leave_data)


def refresh_proxy(opened: Opened, environment: str | None) -> None:
    """Let the proxy of previews run again where it has ended, with certificates that are new."""
    PreviewProxy(preview_place(opened, environment)).refresh()


def _previews(place: PreviewPlace) -> tuple[Preview, ...]:
    with opened_state(place.folder) as store:
        return tuple(one.preview for one in _living(store, place))


def _refuse_a_clash(branch: str, name: str, known: Sequence[Known]) -> None:
    other = next((one.preview for one in known if one.preview.name == name), None)
    if other is not None and not is_same_branch(branch, other.branch):
        raise InputError(
            f"{branch} would be called {name}, as the preview of {other.branch} is",
            "Remove that one first, or give the branch another name.",
        )


def _living(store: Store, place: PreviewPlace) -> tuple[Known, ...]:
    return living(Journal(store), place.system.environment)


def _planned(place: PreviewPlace, wanted: Wanted, name: str, known: Sequence[Known]) -> Preview:
    settings = place.system.settings
    hours = wanted.hours if wanted.hours is not None else settings.preview_hours
    begins = now()
    ends = None if hours is None else begins + timedelta(seconds=float(hours) * _SECONDS_PER_HOUR)
    before = next((one.preview for one in known if one.preview.name == name), None)
    planned = Preview(
        name=name,
        number=_number(place, name, known),
        branch=wanted.branch,
        environment=place.system.environment,
        host=preview_host(place.settings.host, name),
        own_data=place.own_data,
        database=database_name(place.system.name, place.system.environment, name),
        parts=(),
        # What it has cost is counted from its first image on.
        made=before.made if before is not None else begins,
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
    own_data: OwnData,
    record: Record,
    progress: Progress,
    health_seconds: float,
) -> PreviewWorld:
    return PreviewWorld(
        databases=databases_of(place, own_data),
        containers=PreviewMachine(place),
        addresses=PreviewProxy(place),
        record=record,
        pause=RealPause(),
        progress=progress,
        health_seconds=health_seconds,
    )


def _cost_usd_hour(place: PreviewPlace) -> Decimal | None:
    total = place.system.costs.expected.total
    return None if total.at_least else total.amount_usd_month / HOURS_PER_MONTH


def _cost(preview: Preview) -> Decimal | None:
    if preview.cost_usd_hour is None:
        return None
    hours = Decimal((now() - preview.made).total_seconds()) / _SECONDS_PER_HOUR
    return preview.cost_usd_hour * hours

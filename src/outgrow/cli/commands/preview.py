"""`outgrow preview`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal

from pydantic import JsonValue

from outgrow.cli.confirm import confirm
from outgrow.cli.console import out, talk
from outgrow.cli.json_view import print_json
from outgrow.cli.target_line import print_target
from outgrow.cli.views.preview_view import (
    print_due,
    print_failure,
    print_left,
    print_made,
    print_plan,
    print_previews,
    print_removing,
)
from outgrow.clients.interrupts import ended_like_interrupted
from outgrow.deploy.previews.due import Due
from outgrow.deploy.previews.run import PreviewFailed
from outgrow.errors import (
    EXIT_ANSWER_IS_NO,
    EXIT_DONE,
    EXIT_OUTSIDE_FAILED,
    Interrupted,
    OutsideError,
)
from outgrow.operations.opened import Opened, open_strategy
from outgrow.operations.previewing.previews import (
    Wanted,
    list_previews,
    make_preview,
    plan_preview,
    previews_of,
    previews_that_are_due,
    refresh_proxy,
    remove_preview,
)
from outgrow.strategy.environments import Rules


@dataclass(frozen=True, slots=True)
class Removal:
    """Which previews are to go, and whether their databases are left where they are."""

    branches: tuple[str, ...]
    if_there: bool = False
    leave_data: bool = False


class _Steps:
    """Says each step on stderr as it begins."""

    def event(self, kind: str, facts: Mapping[str, JsonValue]) -> None:
        """Print the step that has begun."""
        if kind == "step-started":
            talk().print(f"  {facts['step']} ...", markup=False, highlight=False)


def run_make(
    path: str | None,
    environment: str | None,
    branch: str,
    images: Sequence[str],
    hours: Decimal | None,
    health_seconds: float,
    *,
    as_json: bool,
    yes: bool,
) -> int:
    """Print the plan, ask, and make it; 1 when a part of it does not work."""
    opened = open_strategy(path)
    wanted = Wanted(branch, dict(_named(one) for one in images), hours)
    plan = plan_preview(opened, environment, wanted)
    planned = plan.preview
    _announce(opened, planned.environment, f"preview make {planned.name}")
    print_plan(talk(), plan)
    confirm(
        f"Make {planned.host}?", planned.environment, _rules(opened, planned.environment), yes=yes
    )
    try:
        with _interruptible("the preview may not be whole; make it again, or remove it"):
            made = make_preview(opened, planned, health_seconds, _Steps())
    except PreviewFailed as failed:
        print_failure(talk(), failed)
        return EXIT_ANSWER_IS_NO
    if as_json:
        print_json("preview make", made)
    else:
        print_made(out(), made)
    return EXIT_DONE


def run_list(path: str | None, environment: str | None, *, as_json: bool) -> int:
    """Print the previews that live."""
    found = list_previews(open_strategy(path), environment)
    if as_json:
        print_json("preview list", found)
    else:
        print_previews(out(), found)
    return EXIT_DONE


def run_remove(
    path: str | None, environment: str | None, removal: Removal, *, as_json: bool, yes: bool
) -> int:
    """Print what is to go, ask, and remove it; 3 when one of them could not be removed."""
    opened = open_strategy(path)
    found = previews_of(opened, environment, removal.branches, if_there=removal.if_there)
    if found:
        where = found[0].preview.environment
        _announce(opened, where, "preview remove")
        print_due(talk(), found)
        data = "and leave" if removal.leave_data else "with"
        confirm(f"Remove them {data} their data?", where, _rules(opened, where), yes=yes)
    return _removed(opened, found, "preview remove", leave_data=removal.leave_data, as_json=as_json)


def run_tidy(
    path: str | None, environment: str | None, *, gone: bool, as_json: bool, yes: bool
) -> int:
    """Remove what is due, as `run_remove` does, and see to the proxy in front of the others."""
    opened = open_strategy(path)
    found = previews_that_are_due(opened, environment, gone=gone)
    if found:
        where = found[0].preview.environment
        _announce(opened, where, "preview tidy")
        print_due(talk(), found)
        confirm("Remove them with their data?", where, _rules(opened, where), yes=yes)
    code = _removed(opened, found, "preview tidy", leave_data=False, as_json=as_json)
    refresh_proxy(opened, environment)
    return code


def _removed(
    opened: Opened, found: Sequence[Due], command: str, *, leave_data: bool, as_json: bool
) -> int:
    """Remove each of `found`, whatever becomes of the others, and print those that are gone."""
    gone: list[Due] = []
    with _interruptible("what is not removed is in the list; remove it again"):
        for one in found:
            print_removing(talk(), one)
            try:
                remove_preview(opened, one.preview, _Steps(), leave_data=leave_data)
            except OutsideError as error:
                print_left(talk(), one, error)
            else:
                gone.append(one)
    if as_json:
        print_json(command, gone)
    else:
        out().print(f"{len(gone)} removed", highlight=False)
    return EXIT_DONE if len(gone) == len(found) else EXIT_OUTSIDE_FAILED


@contextmanager
def _interruptible(what_then: str) -> Iterator[None]:
    try:
        with ended_like_interrupted():
            yield
    except KeyboardInterrupt:
        raise Interrupted("interrupted; what was done is in the journal", f"{what_then}.") from None


def _named(written: str) -> tuple[str, str]:
    """Return the component and the image of `api=shop/api:42`, or "" and the image."""
    component, equals, image = written.partition("=")
    return (component, image) if equals and "/" not in component else ("", written)


def _announce(opened: Opened, environment: str, what: str) -> None:
    print_target(opened.strategy.name, environment, _rules(opened, environment), what)


def _rules(opened: Opened, environment: str) -> Rules:
    return opened.strategy.environments[environment].rules

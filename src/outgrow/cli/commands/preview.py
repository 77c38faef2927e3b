"""`outgrow preview`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
    print_made,
    print_plan,
    print_previews,
)
from outgrow.clients.interrupts import ended_like_interrupted
from outgrow.deploy.previews.run import PreviewFailed
from outgrow.errors import EXIT_ANSWER_IS_NO, EXIT_DONE
from outgrow.operations.opened import Opened, open_strategy
from outgrow.operations.previewing.previews import (
    Wanted,
    list_previews,
    make_preview,
    plan_preview,
    previews_to_remove,
    remove_preview,
)
from outgrow.strategy.environments import Rules


@dataclass(frozen=True, slots=True)
class Removal:
    """Which previews are to go."""

    branches: tuple[str, ...]
    tidy: bool = False
    gone: bool = False


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
    planned = plan_preview(opened, environment, wanted)
    _announce(opened, planned.environment, f"preview make {planned.name}")
    print_plan(talk(), planned)
    confirm(
        f"Make {planned.host}?", planned.environment, _rules(opened, planned.environment), yes=yes
    )
    try:
        with ended_like_interrupted():
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
    """Print what is to go, ask, and remove it."""
    opened = open_strategy(path)
    found = previews_to_remove(
        opened, environment, removal.branches, tidy=removal.tidy, gone=removal.gone
    )
    if found:
        where = found[0].preview.environment
        _announce(opened, where, "preview remove")
        print_due(talk(), found)
        confirm("Remove them with their data?", where, _rules(opened, where), yes=yes)
    with ended_like_interrupted():
        for one in found:
            remove_preview(opened, one.preview, _Steps())
    if as_json:
        print_json("preview remove", found)
    else:
        out().print(f"{len(found)} removed", highlight=False)
    return EXIT_DONE


def _named(written: str) -> tuple[str, str]:
    """Return the component and the image of `api=shop/api:42`, or "" and the image."""
    component, equals, image = written.partition("=")
    return (component, image) if equals and "/" not in component else ("", written)


def _announce(opened: Opened, environment: str, what: str) -> None:
    print_target(opened.strategy.name, environment, _rules(opened, environment), what)


def _rules(opened: Opened, environment: str) -> Rules:
    return opened.strategy.environments[environment].rules

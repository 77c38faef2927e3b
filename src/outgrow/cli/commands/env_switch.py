"""`outgrow env switch`, `undo` and `history`."""

from __future__ import annotations

import sys
from dataclasses import dataclass

from outgrow.cli.commands.environments import profiles_of
from outgrow.cli.confirm import confirm
from outgrow.cli.json_view import print_json
from outgrow.cli.target_line import print_target
from outgrow.clients.interrupts import ended_like_interrupted
from outgrow.errors import EXIT_DONE, InputError
from outgrow.operations.environments.checking import Asked
from outgrow.operations.environments.past import switches_of
from outgrow.operations.environments.switch_plan import SwitchPlan, SwitchWish
from outgrow.operations.environments.switched import SwitchDesk, at_switch
from outgrow.strategy.environments import Rules


@dataclass(frozen=True, slots=True)
class SwitchOptions:
    """How a switch is made: in which file, how it is checked, who is asked."""

    file: str | None
    asked: Asked
    take_over: bool
    dry_run: bool
    yes: bool
    as_json: bool

    @property
    def wish(self) -> SwitchWish:
        """Return what the operation needs of it."""
        return SwitchWish(self.asked, self.take_over)


def run_switch(name: str, path: str | None, component: str | None, options: SwitchOptions) -> int:
    """Check an environment, ask, and make it the active one."""
    profiles = profiles_of(path, component)
    environment = profiles.name_of(name)
    print_target(profiles.opened.strategy.name, environment, profiles.rules(environment), "switch")
    if unknown := sorted(options.asked.rebound - set(profiles.credentials)):
        raise InputError(
            f"{unknown[0]} is no bound credential",
            f"There are: {', '.join(profiles.credentials) or 'none'}.",
        )
    with ended_like_interrupted(), at_switch(profiles, options.file) as desk:
        _recover(desk)
        return _carried_out(desk, desk.plan(environment, options.wish), options)


def run_undo(path: str | None, options: SwitchOptions, *, accept_changed: bool) -> int:
    """Take the last switch back."""
    profiles = profiles_of(path)
    with ended_like_interrupted(), at_switch(profiles, options.file) as desk:
        _recover(desk)
        back = desk.environment_to_return_to()
        rules = profiles.rules(back)
        print_target(profiles.opened.strategy.name, back or "no environment", rules, "undo")
        plan = desk.plan_undo(options.wish, accept_changed=accept_changed)
        return _carried_out(desk, plan, options)


def run_history(path: str | None, file: str | None, *, as_json: bool) -> int:
    """Print the switches."""
    found = switches_of(profiles_of(path), file)
    if as_json:
        print_json("env history", found)
        return EXIT_DONE
    from outgrow.cli.views.environments_view import print_history

    print_history(found)
    return EXIT_DONE


def _carried_out(desk: SwitchDesk, plan: SwitchPlan, options: SwitchOptions) -> int:
    from outgrow.cli.views.environments_view import print_plan, print_switched

    print_plan(plan)
    if options.dry_run:
        if options.as_json:
            print_json("env switch", desk.as_planned(plan))
        return EXIT_DONE
    if plan.change is not None:
        _confirm(plan, options)
    done = desk.carry_out(plan)
    if options.as_json:
        print_json("env switch", done)
    else:
        print_switched(done)
    return EXIT_DONE


def _confirm(plan: SwitchPlan, options: SwitchOptions) -> None:
    environment = plan.environment or "no environment"
    question = f"Switch to {environment}?"
    rules = plan.rules
    if options.asked.rebound:
        # Who lets a key go to another endpoint is asked as for a protected environment.
        question = f"Let {', '.join(sorted(options.asked.rebound))} go to another endpoint?"
        rules = Rules(confirm_by_name=True)
    confirm(question, environment, rules, yes=options.yes)


def _recover(desk: SwitchDesk) -> None:
    told = desk.recover()
    if told:
        print(f"{told}.", file=sys.stderr)

"""`outgrow deploys` and `outgrow lock`."""

from __future__ import annotations

from outgrow.cli.confirm import confirm
from outgrow.cli.console import out
from outgrow.cli.json_view import print_json
from outgrow.cli.target_line import print_target
from outgrow.cli.views.deploy_view import (
    print_brought_back,
    print_deployed,
    print_history,
    print_lock,
    print_tidied,
)
from outgrow.deploy.ports import Pause
from outgrow.errors import EXIT_ANSWER_IS_NO, EXIT_DONE, InputError
from outgrow.operations.deploying.backends import Backends, RealBackends
from outgrow.operations.deploying.brought_back import bring_all_back
from outgrow.operations.deploying.desk import deploy_state, state_of
from outgrow.operations.deploying.locks import break_lock, read_lock
from outgrow.operations.deploying.records import history, told
from outgrow.operations.deploying.taken_down import components_of, take_all_down
from outgrow.operations.deploying.targets import find_all, find_target
from outgrow.operations.deploying.tidied import tidy
from outgrow.operations.journal_record import RealPause
from outgrow.operations.opened import open_strategy
from outgrow.store.journal import Journal


def run_list(
    path: str | None, component: str | None, environment: str | None, *, as_json: bool
) -> int:
    """Print every deploy of a component."""
    target = find_target(open_strategy(path), component, environment)
    with deploy_state(target) as store:
        found = history(Journal(store), target.component, target.environment)
    if as_json:
        print_json("deploys", found)
    else:
        print_history(out(), found, f"{target.component} in {target.environment}")
    return EXIT_DONE


def run_show(path: str | None, number: int, *, as_json: bool) -> int:
    """Print one deploy with its steps."""
    with state_of(open_strategy(path)) as store:
        found = told(Journal(store).read(number))
    if as_json:
        print_json("deploys show", found)
    else:
        print_deployed(out(), found)
    return EXIT_DONE


def run_tidy(
    path: str | None,
    component: str | None,
    environment: str | None,
    *,
    every: bool,
    dry_run: bool,
    as_json: bool,
    backends: Backends | None = None,
) -> int:
    """Stop what was kept ready for long enough."""
    target = find_target(open_strategy(path), component, environment)
    print_target(
        target.system.strategy.name, target.environment, target.rules, f"tidy {target.component}"
    )
    found = tidy(target, backends or RealBackends(), dry_run=dry_run, every=every)
    if as_json:
        print_json("deploys tidy", found)
    else:
        print_tidied(out(), found)
    return EXIT_DONE


def run_start(
    path: str | None,
    environment: str | None,
    *,
    as_json: bool,
    backends: Backends | None = None,
    pause: Pause | None = None,
) -> int:
    """Start again what should run; return 1 when something of it is not well."""
    target = find_all(open_strategy(path), environment)
    name = target.system.strategy.name
    print_target(name, target.environment, target.rules, "deploys start")
    found = bring_all_back(target, backends or RealBackends(), pause or RealPause())
    if as_json:
        print_json("deploys start", found)
    else:
        print_brought_back(out(), found)
    return EXIT_ANSWER_IS_NO if any(one.problem for one in found) else EXIT_DONE


def run_down(path: str | None, environment: str | None, *, yes: bool, as_json: bool) -> int:
    """End what runs for an environment on machines of the team's own."""
    target = find_all(open_strategy(path), environment)
    name = target.system.strategy.name
    print_target(name, target.environment, target.rules, "deploys down")
    named = ", ".join(components_of(target))
    question = f"End {named} in {target.environment}? Nobody answers there afterwards."
    confirm(question, target.environment, target.rules, yes=yes)
    found = take_all_down(target)
    if as_json:
        print_json("deploys down", found)
    else:
        out().print("\n".join(found.ended) or "nothing runs there", markup=False)
    return EXIT_DONE


def run_lock_show(
    path: str | None, component: str | None, environment: str | None, *, as_json: bool
) -> int:
    """Print who holds a lock; return 1 when somebody does, and not when its process is gone."""
    lock = read_lock(find_target(open_strategy(path), component, environment))
    if as_json:
        print_json("lock show", lock)
    else:
        print_lock(out(), lock)
    return EXIT_DONE if lock.holder is None or lock.dead else EXIT_ANSWER_IS_NO


def run_lock_break(
    path: str | None, component: str | None, environment: str | None, *, yes: bool, as_json: bool
) -> int:
    """Take a lock from whoever holds it."""
    target = find_target(open_strategy(path), component, environment)
    what = f"break the lock of {target.component}"
    print_target(target.system.strategy.name, target.environment, target.rules, what)
    lock = read_lock(target)
    if lock.holder is None:
        raise InputError(f"nobody deploys {target.component} in {target.environment}")
    if not as_json:
        print_lock(out(), lock)
    confirm("Break this lock?", target.environment, target.rules, yes=yes)
    broken = break_lock(target)
    if as_json:
        print_json("lock break", broken)
    else:
        out().print("the lock is free; that process can change nothing in the journal any more")
    return EXIT_DONE

"""What a deploy will do and how it ended, and the history of deploys, for people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from outgrow.deploy.ending import Ended
from outgrow.deploy.explain import explained
from outgrow.deploy.plan import DeployPlan
from outgrow.deploy.proof import proof_from, proof_lines, proof_summary
from outgrow.deploy.values import Version
from outgrow.operations.deploying.brought_back import BroughtBack
from outgrow.operations.deploying.carried import DeployResult
from outgrow.operations.deploying.configuration import ConfigurationChange
from outgrow.operations.deploying.locks import Lock
from outgrow.operations.deploying.prepared import FirstThing, PreparedDeploy
from outgrow.operations.deploying.records import ROLLBACK, Deployed
from outgrow.operations.deploying.tidied import WarmSlot

if TYPE_CHECKING:
    from rich.console import Console

# A narrow terminal breaks a cell into lines; the id of a version has to be there to be copied.
_LEAST_WIDTHS = {"version": 11}
_MOMENT = "%Y-%m-%d %H:%M:%S"
_FATES = {
    "resume": "it goes on from there",
    "finish": "it is ended first: it has shown all that it had to",
    "revert": "it is taken back first",
}


def print_prepared(console: Console, prepared: PreparedDeploy) -> None:
    """Print the environment, what was left unfinished, and every step that comes."""
    target = prepared.target
    _say(console, f"environment  {target.environment}")
    _say(console, f"component    {target.component}: {prepared.where}")
    if prepared.nothing:
        _say(console, f"\nNothing to do: {prepared.nothing}.")
        return
    if prepared.first is not None:
        _say(console, f"unfinished   {_first(prepared.first)}")
    if prepared.plan is None:
        return
    _say(console, f"version      {_version(prepared.version)}")
    before = prepared.plan.before
    _say(console, f"instead of   {_version(before) if before else 'nothing: the first deploy'}")
    if prepared.promoted_from:
        _say(console, f"promoted     from {prepared.promoted_from}, the same artifact")
    if not prepared.resumes and prepared.kind != ROLLBACK and before is not None:
        _say(console, f"variables    {_changes(prepared.changes)}")
    _print_plan(console, prepared.plan)


def print_result(console: Console, result: DeployResult) -> None:
    """Print how it ended: which version has the traffic, and why."""
    where = f"{result.component} in {result.environment}"
    if result.first_ended is not None and result.first is not None and result.ended is not None:
        _say(console, f"deploy {result.first.number}: {result.first_ended.end}")
    ended = result.last
    number = f" (deploy {result.number})" if result.number else ""
    told = {
        "done": f"done: {where} is {_version(result.version)}{number}",
        "reverted": f"taken back: {where} is as it was before{number}",
        "waiting": f"waiting: {where}, at `{ended.step}`{number}",
        "ready": f"ready: {ended.reason}{number}",
    }
    _say(console, told[ended.end])
    _print_why(console, ended, result)


def print_history(console: Console, history: Sequence[Deployed], component: str) -> None:
    """Print every deploy of a component, the newest first."""
    from rich.table import Table

    if not history:
        _say(console, f"{component} was never deployed from here")
        return
    table = Table(box=None, pad_edge=False, header_style="")
    proved = any(one.proofs for one in history)
    names = ("no", "begun (UTC)", "what", "version", "strategy", "state", "by")
    for name in (*names, *(["proof"] if proved else [])):
        table.add_column(name, overflow="fold", min_width=_LEAST_WIDTHS.get(name))
    for one in history:
        proof = ", then ".join(proof_summary(proof_from(proof)) for proof in one.proofs)
        table.add_row(
            str(one.number), one.begun.strftime(_MOMENT), one.kind,
            _short(one.version), one.strategy.replace("_", "-"), one.state, one.by.who,
            *([proof] if proved else []),
        )  # fmt: skip
    console.print(table)


def print_deployed(console: Console, one: Deployed) -> None:
    """Print one deploy with its steps."""
    _say(console, f"{one.kind} {one.number} of {one.component} in {one.environment}: {one.state}")
    _say(console, f"version      {_version(one.version)}")
    _say(console, f"instead of   {_version(one.before) if one.before else 'nothing'}")
    _say(console, f"by           {one.by}, {one.begun.strftime(_MOMENT)} UTC")
    for name, value in (
        ("approved by", one.approved_by), ("promoted", one.promoted_from), ("why", one.reason),
    ):  # fmt: skip
        if value:
            _say(console, f"{name:<12} {value}")
    for step in one.steps:
        seconds = ""
        if step.began and step.ended:
            seconds = f"{(step.ended - step.began).total_seconds():.1f} s"
        _say(console, f"  {step.state.value:<8} {seconds:>9}  {step.name}")
    for proof in one.proofs:
        for line in proof_lines(proof_from(proof)):
            _say(console, line)


def print_tidied(console: Console, found: Sequence[WarmSlot]) -> None:
    """Print what was warm, and what was stopped of it."""
    for one in found:
        until = one.until.strftime(_MOMENT) + " UTC" if one.until else "unknown"
        state = "stopped" if one.stopped else f"ready until {until}"
        _say(console, f"{one.slot}  {one.version}  {state}")
    if not found:
        _say(console, "no old version is kept ready")


def print_brought_back(console: Console, found: Sequence[BroughtBack]) -> None:
    """Print what was started again."""
    for one in found:
        state = f"problem: {one.problem}" if one.problem else "started"
        _say(console, f"{one.component} {one.slot}  {one.version}  {state}")
    if not found:
        _say(console, "everything that should run there runs")


def print_lock(console: Console, lock: Lock) -> None:
    """Print who holds a lock."""
    where = f"{lock.component} in {lock.environment}"
    if lock.holder is None or lock.since is None or lock.expires is None:
        _say(console, f"nobody deploys {where}")
        return
    state = "its process is gone" if lock.dead else f"renewed until {lock.expires:%H:%M:%S} UTC"
    _say(console, f"{lock.holder} deploys {where} since {lock.since:{_MOMENT}} UTC; {state}")


def _print_plan(console: Console, plan: DeployPlan) -> None:
    shares = ", ".join(f"{one:.4g}" for one in plan.policy.shares)
    kind = plan.policy.kind.replace("_", "-")
    _say(console, f"strategy     {kind}" + (f" ({shares})" if kind == "canary" else ""))
    _say(console, "")
    width = max(len(one.name) for one in plan.steps)
    for number, step in enumerate(plan.steps, 1):
        _say(console, f"{number:>3}  {step.name:<{width}}  {step.words}")
    undo = "; ".join(one.words for one in plan.undo)
    _say(console, f"\nIf anything goes wrong before the end of the bake: {undo}.")


def _print_why(console: Console, ended: Ended, result: DeployResult) -> None:
    if ended.end in ("reverted", "waiting") and ended.reason:
        at = f" (at `{ended.step}`)" if ended.step and ended.end == "reverted" else ""
        _say(console, f"  why: {ended.reason}{at}")
    for one in ended.evidence:
        for line in explained(one):
            _say(console, f"    {line}")
    if ended.remedy:
        _say(console, f"  what to do: {ended.remedy}")
    for problem in ended.problems:
        _say(console, f"  problem: {problem}")
    if ended.end in ("waiting", "ready"):
        place = f"{result.component} --environment {result.environment}"
        _say(console, f"  go on:   outgrow deploy {place} --resume")
        _say(console, f"  go back: outgrow rollback {place}")


def _first(first: FirstThing) -> str:
    begun = f"deploy {first.number} of {_short(first.version)}, begun by {first.by}"
    at = f", stopped at `{first.step}`" if first.step else ""
    return f"{begun}{at}: {_FATES[first.fate]}"


def _changes(change: ConfigurationChange) -> str:
    if not change.known:
        return "not known what the version before was started with"
    named = (("added", change.added), ("removed", change.removed), ("changed", change.changed))
    return "; ".join(f"{word} {', '.join(names)}" for word, names in named if names) or "the same"


def _version(version: Version) -> str:
    artifact = f" {version.artifact}" if version.artifact else ""
    return f"{_short(version)}{artifact}" if version.artifact != version.label else _short(version)


def _short(version: Version) -> str:
    return f"{version.id} ({version.label})" if version.label else version.id


def _say(console: Console, text: str) -> None:
    console.print(text, markup=False, highlight=False, soft_wrap=True)

"""What outgrow's own deploys lose under load, in Docker behind the HAProxy that it keeps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from benchmarks.deploy.measured import Row, measured
from tests.engines.docker_engine import DockerEngine
from tests.engines.http_app.shop import QUICK, Shop, shop

_KINDS = {"rolling": "rolling", "blue_green": "blue-green", "canary": "canary of 20 %"}
CONTROL = "HAProxy of outgrow, 2 instances, nothing done"
Say = Callable[[Row], None]


@dataclass
class TakenBack:
    """How a version with errors fared: `decided_ms` is from the verdict to the last weight."""

    run: int
    requests: int
    hit: int
    decided_ms: float


def outgrow_rows(engine: DockerEngine, runs: int, say: Say) -> Iterator[Row]:
    """Yield each way of deploying, the killed old version, the reload and the way back."""
    for run in range(1, runs + 1):
        for row in _one_run(engine, run):
            say(row)
            yield row


def taken_back(engine: DockerEngine, run: int) -> TakenBack:
    """Return what a version that answers 30 % with an error did behind a canary of 5 %."""
    with shop(engine) as found:
        found.write(strategy="canary", shares=[0.05], **{**QUICK, "bake_seconds": 5})
        found.deploy(found.version("v1"))
        bad = found.version("v2", ERROR_SHARE="0.3")
        seconds: dict[str, float] = {}

        def deploy() -> None:
            with found.events(*found.deploying(bad)) as events:
                for event in events:
                    seconds[event["event"]] = event["seconds"]

        row = measured("", run, found.port, deploy)
    decided = (seconds["weights"] - seconds["reverting"]) * 1000
    return TakenBack(run, row.proof.requests, row.proof.lost, decided)


def _one_run(engine: DockerEngine, run: int) -> Iterator[Row]:
    with _serving(engine, 2) as found:
        yield measured(CONTROL, run, found.port, lambda: None)
    for kind, words in _KINDS.items():
        with _serving(engine, 2, strategy=kind, shares=[0.2]) as found:
            what = f"outgrow, {words}, 2 instances"
            yield _deployed(what, run, found, "v2")
            if kind == "blue_green":
                back = ("rollback", "api", "--environment", "staging", "--yes")
                yield measured("outgrow rollback, 2 instances", run, found.port, found.doing(*back))
    with _serving(engine, 1, strategy="blue_green") as found:
        what = "outgrow, blue-green, old version killed with SIGKILL at the weights"
        yield _deployed(what, run, found, "v2", killed="v1")
        what = "HAProxy of outgrow, reloaded, nothing else done"
        row = measured(what, run, found.port, found.reload_proxy)
        yield replace(row, took_seconds=None)
        what = "outgrow, blue-green, HAProxy reloaded when the weights have changed"
        yield _deployed(what, run, found, "v3", reloads=True)


@contextmanager
def _serving(engine: DockerEngine, instances: int, **deploy: object) -> Iterator[Shop]:
    """Give a shop whose v1 takes the requests; v2 and v3 are built."""
    with shop(engine, instances) as found:
        found.write(**{**QUICK, **deploy})
        for name in ("v2", "v3"):
            found.version(name)
        found.deploy(found.version("v1"))
        yield found


def _deployed(
    what: str, run: int, found: Shop, new: str, *, killed: str | None = None, reloads: bool = False
) -> Row:
    def act() -> None:
        with found.events(*found.deploying(f"{found.name}:{new}")) as events:
            for event in events:
                if event["event"] == "weights" and killed:
                    found.kill(killed)
                if event["event"] == "weights" and reloads:
                    found.reload_proxy()

    row = measured(what, run, found.port, act)
    if found.running_version() != new:
        raise RuntimeError(f"{what}: {new} does not answer in the end")
    return row

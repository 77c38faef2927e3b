"""How often the gates of a deploy are wrong, and how soon they are right.

Every figure is simulated with a fixed seed: requests reach both versions at random, the judge
looks after every request of the new version and after the tenth of one that is sound. Beside
it stands what is often done instead: Fisher's idea of a p-value below 0.05 after every look
(the two-proportion z-test), and a plain comparison of the two rates. `--write` puts the tables
into docs/deploy/gates.md.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import exp, sqrt
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

from outgrow.deploy.gates.errors import Answer, decide
from outgrow.deploy.gates.evidence import Trials
from outgrow.deploy.gates.judge import allowance
from outgrow.deploy.gates.latency import latency_found
from outgrow.deploy.policy import GatePolicy
from outgrow.deploy.values import Counted

PAGE = Path(__file__).resolve().parents[1] / "docs" / "deploy" / "gates.md"
BEGIN, END = "<!-- tables: benchmarks/bench_gates.py -->", "<!-- end -->"
POLICY = GatePolicy()
Decide = Callable[[Trials, Trials, GatePolicy], Answer]
_Z_95 = 1.645


@dataclass(frozen=True, slots=True)
class Case:
    """Two versions with their shares of errors, and how much of the traffic the new one has."""

    new: float
    old: float
    share: float
    margin: float = 0.01
    most: int = 2000
    every: int = 1


@dataclass(frozen=True, slots=True)
class Run:
    """How one deploy ended: after how many requests and errors of the new version."""

    answer: Answer
    requests: int
    errors: int


def ours(new: Trials, old: Trials, policy: GatePolicy) -> Answer:
    """Return the answer of the gate."""
    return decide(new, old, policy, allowance(policy))


def in_thirds(new: Trials, old: Trials, policy: GatePolicy) -> Answer:
    """Return the answer of the gate in one of three periods that share the false alarms."""
    return decide(new, old, policy, allowance(policy, 3))


def repeated_z(new: Trials, old: Trials, policy: GatePolicy) -> Answer:
    """Return what a z-test at each look says, of the same claim with the same margin."""
    if new.count < policy.minimum_requests or old.count < policy.minimum_requests:
        return "undecided"
    variance = new.share * (1 - new.share) / new.count + old.share * (1 - old.share) / old.count
    if not variance:
        return "undecided"
    z = (new.share - old.share - policy.error_margin) / sqrt(variance)
    return "fail" if z > _Z_95 else "undecided"


def plain(new: Trials, old: Trials, policy: GatePolicy) -> Answer:
    """Return the plain comparison after the minimum of requests."""
    if new.count < policy.minimum_requests or old.count < policy.minimum_requests:
        return "undecided"
    return "fail" if new.share > old.share + policy.error_margin else "undecided"


def looks(case: Case, chance: random.Random) -> Iterator[tuple[Trials, Trials]]:
    """Yield what was counted, after every so many requests of the new version."""
    new = old = new_errors = old_errors = 0
    while new < case.most:
        if chance.random() >= case.share:
            old += 1
            old_errors += chance.random() < case.old
            continue
        new += 1
        new_errors += chance.random() < case.new
        if new % case.every == 0:
            yield Trials(new, new_errors), Trials(old, old_errors)


def deployed(case: Case, seed: int, judged: Decide = ours) -> Run:
    """Return how one deploy ends: at the first answer."""
    policy = GatePolicy(error_margin=case.margin)
    new = Trials(0, 0)
    for new, old in looks(case, random.Random(seed)):
        answer = judged(new, old, policy)
        if answer != "undecided":
            return Run(answer, int(new.count), int(new.hits))
    return Run("undecided", int(new.count), int(new.hits))


def false_alarms(deploys: int) -> Iterator[str]:
    """Yield the table of versions that are not worse than the margin, and fail all the same."""
    yield "| errors of both versions | the gate | z-test at each look | plain comparison |"
    yield "| --- | ---: | ---: | ---: |"
    for new, old, words in (
        (0.005, 0.005, "0.5 % and 0.5 %"),
        (0.02, 0.02, "2 % and 2 %"),
        (0.1, 0.1, "10 % and 10 %"),
        (0.015, 0.005, "1.5 % and 0.5 %: at the margin itself"),
        (0.03, 0.02, "3 % and 2 %: at the margin itself"),
    ):
        case = Case(new, old, share=0.5, most=1000)
        shares = [_share_failed(case, deploys, way) for way in (ours, repeated_z, plain)]
        yield f"| {words} | {' | '.join(f'{share * 100:.1f} %' for share in shares)} |"


def _share_failed(case: Case, deploys: int, way: Decide) -> float:
    def failing(new: Trials, old: Trials, policy: GatePolicy) -> Answer:
        return "fail" if way(new, old, policy) == "fail" else "undecided"

    ends = [deployed(case, seed, failing).answer for seed in range(deploys)]
    return ends.count("fail") / deploys


def detection(deploys: int) -> Iterator[str]:
    """Yield the table of how many requests a worse version gets before it fails."""
    yield "| new, old, share of the new one, margin | found | requests: half, 95 % | errors: 95 % |"
    yield "| --- | ---: | ---: | ---: |"
    for case in (
        Case(1, 0.005, 0.05, most=200),
        Case(0.3, 0.005, 0.05, most=500),
        Case(0.3, 0.005, 0.5, most=500),
        Case(0.1, 0.005, 0.1, most=2000),
        Case(0.05, 0.005, 0.1, most=5000, every=5),
        Case(0.02, 0.005, 0.1, margin=0.005, most=20_000, every=50),
        Case(0.02, 0.005, 0.1, most=60_000, every=200),
    ):
        yield _row(case, [deployed(case, seed) for seed in range(deploys)], "fail")
    case = Case(0.3, 0.005, 0.05, most=500)
    runs = [deployed(case, seed, in_thirds) for seed in range(deploys)]
    yield _row(case, runs, "fail").replace("1 % |", "1 %; one of three shares of a canary |", 1)


def passing(deploys: int) -> Iterator[str]:
    """Yield the table of how many requests a sound version needs to pass."""
    yield "| new, old, share of the new one, margin | passed | requests: half, 95 % | failed |"
    yield "| --- | ---: | ---: | ---: |"
    for case in (
        Case(0, 0, 0.1, most=5000, every=10),
        Case(0, 0, 0.5, most=5000, every=10),
        Case(0.001, 0.001, 0.1, most=5000, every=10),
        Case(0.005, 0.005, 0.1, most=10_000, every=20),
        Case(0.005, 0.005, 0.1, margin=0.02, most=10_000, every=20),
        Case(0.02, 0.02, 0.1, margin=0.02, most=20_000, every=50),
    ):
        runs = [deployed(case, seed) for seed in range(deploys)]
        failed = sum(run.answer == "fail" for run in runs) / deploys
        yield _row(case, runs, "pass").rsplit("|", 2)[0] + f"| {failed * 100:.1f} % |"


def _row(case: Case, runs: Sequence[Run], wanted: Answer) -> str:
    ended = sorted(run.requests for run in runs if run.answer == wanted)
    errors = sorted(run.errors for run in runs if run.answer == wanted)
    words = ", ".join(f"{one * 100:g} %" for one in (case.new, case.old, case.share, case.margin))
    found = f"{len(ended) / len(runs) * 100:.0f} %"
    return (
        f"| {words} | {found} | {_of(ended, 0.5, len(runs))}, {_of(ended, 0.95, len(runs))} "
        f"| {_of(errors, 0.95, len(runs))} |"
    )


def _of(values: Sequence[int], share: float, all_runs: int) -> str:
    """Return how many were enough for a share of all deploys, those not decided included."""
    place = int(share * all_runs)
    return f"{values[place]:,}" if place < len(values) else "more"


def latencies(deploys: int) -> Iterator[str]:
    """Yield the table of latencies: log-normal ones, p95 of the old version 0.19 s."""
    yield "| p95 of the new version | passed | failed | undecided | requests of each: half |"
    yield "| --- | ---: | ---: | ---: | ---: |"
    for factor in (1, 1.5, 2, 3, 5):
        runs = [_latency_run(factor, seed) for seed in range(deploys)]
        counts = [sum(run.answer == one for run in runs) for one in ("pass", "fail", "undecided")]
        decided = sorted(run.requests for run in runs if run.answer != "undecided")
        told = " | ".join(f"{count / deploys * 100:.0f} %" for count in counts)
        yield f"| {factor:g} times the old one's | {told} | {_of(decided, 0.5, deploys)} |"


def _latency_run(factor: float, seed: int, most: int = 2000, step: int = 20) -> Run:
    chance = random.Random(seed)
    new: list[float] = []
    old: list[float] = []
    while len(new) < most:
        new += [factor * 0.05 * exp(chance.gauss(0, 0.8)) for _ in range(step)]
        old += [0.05 * exp(chance.gauss(0, 0.8)) for _ in range(step)]
        sides = (Counted(len(one), 0, tuple(one)) for one in (new, old))
        found = latency_found(*sides, POLICY, allowance(POLICY))
        if found is not None and found.verdict != "undecided":
            return Run(found.verdict, len(new), 0)
    return Run("undecided", len(new), 0)


def tables(deploys: int) -> str:
    """Return all tables as Markdown."""
    parts = [
        f"Good versions that fail, of {deploys:,} deploys of 1,000 requests each:",
        *_block(false_alarms(deploys)),
        f"Worse versions, {deploys // 2:,} deploys each:",
        *_block(detection(deploys // 2)),
        f"Sound versions, {deploys // 5:,} deploys each:",
        *_block(passing(deploys // 5)),
        f"Latencies, {deploys // 10:,} deploys each, at most 2,000 requests:",
        *_block(latencies(deploys // 10)),
    ]
    return "\n".join(parts).rstrip()


def _block(lines: Iterator[str]) -> list[str]:
    return ["", *lines, ""]


def main() -> None:
    """Print the tables, or write them into the page."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--write", action="store_true")
    words.add_argument("--deploys", type=int, default=1000)
    chosen = words.parse_args()
    found = tables(chosen.deploys)
    if not chosen.write:
        print(found)
        return
    before, rest = PAGE.read_text("utf-8").split(BEGIN, 1)
    after = rest.split(END, 1)[1]
    PAGE.write_text(f"{before}{BEGIN}\n{found}\n{END}{after}", "utf-8")


if __name__ == "__main__":
    main()

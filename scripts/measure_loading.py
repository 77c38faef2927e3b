"""Processor time and memory of loading the worst files we could think of.

Each is loaded in a process of its own. Run it as `python scripts/measure_loading.py`; it fails
when a file takes more than a second or 200 MB.
"""

from __future__ import annotations

import multiprocessing
import resource
import sys
import time
from collections.abc import Callable

MOST_SECONDS = 1.0
MOST_MIB = 200

_MIB = 1024 * 1024
_HEAD = "outgrow: 1\nname: worst\n"


def _filled(line: Callable[[int], str], head: str = _HEAD, most: int = _MIB) -> str:
    """Return `head` and as many lines as fit, at most `most`."""
    lines, length, number = [head], len(head), 0
    while number < most and length + len(text := line(number)) < _MIB:
        lines.append(text)
        length += len(text)
        number += 1
    return "".join(lines)


def _bomb() -> str:
    levels = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    levels += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    return "\n".join(levels)


def _reachable(number: int) -> str:
    return f"  p{number}: {{next: {{p{number + 1}: {{}}}}, use: {{}}}}\n"


WORST: dict[str, Callable[[], str]] = {
    "5 MB": lambda: "x" * 5_000_000,
    "nested flow brackets": lambda: "[" * (_MIB - 1),
    "nested flow braces": lambda: "{a: " * (_MIB // 4 - 1),
    "nested dashes": lambda: "- " * (_MIB // 2 - 1),
    "nested question marks": lambda: "? " * (_MIB // 2 - 1),
    "one million commas": lambda: "a: [" + "," * 1_000_000 + "]",
    "half a million values": lambda: "a: [" + "x," * 500_000 + "]",
    "49,900 values": lambda: _HEAD + "practices: [" + "x," * 49_900 + "]",
    "one huge text": lambda: _HEAD + "description: " + "x" * 1_000_000,
    "one huge number": lambda: _HEAD + "region: " + "9" * 1_000_000,
    "one huge key": lambda: _HEAD + "x" * 1_000_000 + ": 1",
    "one huge range": lambda: _HEAD + "phases: {p: {budget_usd_month: '0" + " " * 900_000 + "x'}}",
    "huge quoted text": lambda: _HEAD + 'description: "' + "\\u0041" * 170_000 + '"',
    "open quote": lambda: _HEAD + 'description: "' + "x\n" * 500_000,
    "many anchors": lambda: _filled(lambda n: f"k{n}: &a{n} x\n"),
    "many aliases": lambda: _filled(lambda n: f"k{n}: *a\n", "a: &a [x]\n"),
    "missing anchors": lambda: _filled(lambda n: f"k{n}: *b\n"),
    "alias bomb": _bomb,
    "merge keys": lambda: _filled(
        lambda n: f"m{n}: {{<<: *a}}\n",
        "a: &a {" + ", ".join(f"k{n}: 1" for n in range(99)) + "}\n",
    ),
    "many tags": lambda: _filled(lambda n: f"k{n}: !!str x\n"),
    "many %TAG lines": lambda: _filled(lambda n: f"%TAG !a{n}! x\n", ""),
    "duplicate keys": lambda: _filled(lambda _: "a: 1\n"),
    "unknown keys": lambda: _filled(lambda n: f"componets{n}: 1\n", most=24_000),
    "wrong components": lambda: _filled(
        lambda n: f"  c{n}: {{knd: x}}\n", _HEAD + "components:\n", 12_000
    ),
    "wrong numbers": lambda: _filled(
        lambda n: f"  c{n}: {{kind: cdn, needs: {{memory_gib: 8 gb}}}}\n",
        _HEAD + "components:\n",
        6_000,
    ),
    "unknown references": lambda: _filled(
        lambda n: f"  c{n}: {{kind: cdn, talks_to: [d{n}]}}\n", _HEAD + "components:\n", 7_000
    ),
    "a long chain of phases": lambda: _filled(
        _reachable,
        _HEAD + "components: {a: {kind: cdn}}\nphases:\n",
        6_000,
    ),
    "a long cycle": lambda: _filled(
        lambda n: f"  v{n}: {{per: {{v{n + 1}: 1}}}}\n", _HEAD + "demand:\n", 9_000
    ),
    "control characters": lambda: _HEAD + "\x01" * 1_000_000,
    "tabs": lambda: _HEAD + "\t" * 1_000_000,
    "comments": lambda: _HEAD + "# x\n" * 250_000,
    "blank lines": lambda: "\n" * (_MIB - 1),
}


def _load(name: str, results: multiprocessing.Queue[tuple[float, float, str]]) -> None:
    from outgrow.errors import InvalidStrategy
    from outgrow.strategy.load import parse_strategy

    text = WORST[name]()
    begun = time.process_time()  # not the clock: other programs may run beside it
    try:
        parse_strategy(text)
        outcome = "accepted"
    except InvalidStrategy as invalid:
        outcome = f"{len(invalid.diagnostics)} x {invalid.diagnostics[0].code}"
    taken = time.process_time() - begun
    results.put((taken, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, outcome))


def main() -> int:
    """Print a line for each file; return 1 when one of them was too slow or too large."""
    context = multiprocessing.get_context("spawn")
    failed = False
    for name in sys.argv[1:] or WORST:
        results = context.Queue()
        process = context.Process(target=_load, args=(name, results))
        process.start()
        seconds, mib, outcome = results.get(timeout=120)
        process.join()
        bad = seconds > MOST_SECONDS or mib > MOST_MIB
        failed = failed or bad
        print(f"{name:26} {seconds:6.3f} s {mib:6.0f} MiB  {outcome}{'  TOO MUCH' if bad else ''}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())

"""`outgrow init`."""

from __future__ import annotations

import sys

from outgrow.cli.json_view import print_json
from outgrow.discovery.findings import Question
from outgrow.errors import EXIT_DONE
from outgrow.operations.init import Request, initialise


def run_init(request: Request, *, yes: bool, explain: bool, as_json: bool) -> int:
    """Draft a strategy for a repository, ask what is open, write it and say what it holds."""
    silent = yes or as_json or request.only_print or not sys.stdin.isatty()
    found = initialise(request, _default if silent else _asked)
    if as_json:
        print_json("init", found)
    elif request.only_print:
        sys.stdout.flush()
        sys.stdout.buffer.write(found.text.encode())  # a file is UTF-8, whatever the terminal is
    else:
        from outgrow.cli.console import out
        from outgrow.cli.views.init_view import show_initialised

        show_initialised(out(), found, explain=explain)
    return EXIT_DONE


def _default(question: Question) -> str:
    return question.default


def _asked(question: Question) -> str:
    """Return what a person answers; an empty line takes the default."""
    if question.because:
        print(f"  {question.because}", file=sys.stderr)
    for number, option in enumerate(question.options, start=1):
        print(f"  {number}. {option}", file=sys.stderr)
    print(f"{question.asks} [{question.default}] ", end="", file=sys.stderr, flush=True)
    answer = sys.stdin.readline().strip()
    if answer.isdigit() and 1 <= int(answer) <= len(question.options):
        return question.options[int(answer) - 1]
    return answer or question.default

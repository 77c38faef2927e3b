"""The entry point: answers `--version` at once, turns every failure into words and a code."""

from __future__ import annotations

import io
import os
import sys
from typing import NoReturn

EXIT_OUTSIDE_FAILED = 3
EXIT_INTERRUPTED = 130  # 128 + SIGINT, as shells have it
EXIT_WRONG_INPUT = 2  # errors.py says the same; importing it would cost `--version` its speed


def run(arguments: list[str] | None = None) -> None:
    """Run the command line and exit with its code."""
    given = sys.argv[1:] if arguments is None else arguments
    if given == ["--version"]:  # before any heavy import: this must answer in milliseconds
        from outgrow import __version__

        print(f"outgrow {__version__}")
        return
    _start_fast(given)
    _end_fast(_guarded(given))


def _end_fast(code: int) -> NoReturn:
    """End without tearing down every module first: nothing is left to close but the output."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:  # the reader went away
        pass
    except OSError as error:
        code = _refused(error)
    sys.stderr.flush()
    os._exit(code)


def _refused(error: OSError) -> int:
    """Say what the system refused (a full disk behind `> file`); return the exit code for it."""
    what = error.filename if isinstance(error.filename, str) else "the output cannot be written"
    print(f"outgrow: {what}: {error.strerror or error}", file=sys.stderr)
    return EXIT_OUTSIDE_FAILED


def _start_fast(given: list[str]) -> None:
    """Leave out what a process of half a second does not need: worth a tenth of its time."""
    import gc

    if isinstance(sys.stdout, io.TextIOWrapper):  # a terminal without UTF-8 shows `?` instead
        sys.stdout.reconfigure(errors="replace")
    gc.disable()  # reference counts free what matters; cycles go with the process
    if given[:2] != ["env", "exec"]:  # a program that it starts would have no plug-ins either
        os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # else it lists all packages


def _guarded(given: list[str]) -> int:
    import traceback

    from outgrow.errors import OutgrowError

    try:
        return _invoke(given)
    except OutgrowError as error:
        from outgrow.cli.failures import print_failure

        print_failure(error)
        return error.exit_code
    except KeyboardInterrupt:
        print("interrupted; nothing was changed", file=sys.stderr)
        return EXIT_INTERRUPTED
    except BrokenPipeError:  # the reader went away (`outgrow cost | head`): that is its right
        return 0
    except OSError as error:
        return _refused(error)
    except Exception:
        # Our own mistake must not look like an answer: 1 would mean "move now".
        traceback.print_exc()
        print("\nThis is a bug in outgrow; please report it with the lines above.", file=sys.stderr)
        return EXIT_OUTSIDE_FAILED


def _invoke(given: list[str]) -> int:
    import typer
    from typer.exceptions import TyperException

    from outgrow.cli.app import app

    try:
        result = app(args=given, prog_name="outgrow", standalone_mode=False)
    except TyperException as error:  # a wrong flag or argument: typer words it itself
        show = getattr(error, "show", None)
        if show is not None:
            show()
        return int(getattr(error, "exit_code", EXIT_WRONG_INPUT))
    except typer.Abort:
        raise KeyboardInterrupt from None
    if result == EXIT_INTERRUPTED:  # typer has swallowed the interrupt
        raise KeyboardInterrupt
    return result if isinstance(result, int) else 0


if __name__ == "__main__":
    run()

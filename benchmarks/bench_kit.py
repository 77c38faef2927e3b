"""Run every benchmark of the kit and write docs/kit/benchmarks.md: one table a part.

Each `benchmarks/kit/bench_*.py` starts the servers it needs, measures the kit beside its peers
in the same run, and prints a Markdown section.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parent.parent
PAGE = REPOSITORY / "docs" / "kit" / "benchmarks.md"
_LONGEST_SECONDS = 900


def section(script: Path) -> str | None:
    """Return what one benchmark printed; None when it failed, with its error shown."""
    print(f"  {script.name}", file=sys.stderr)
    done = subprocess.run(
        [sys.executable, str(script)],
        capture_output=True,
        text=True,
        timeout=_LONGEST_SECONDS,
        env={**os.environ, "PYTHONPATH": f"{REPOSITORY / 'kit/src'}:{REPOSITORY}"},
        check=False,
    )
    if done.returncode:
        print(done.stderr[-3000:], file=sys.stderr)
        return None
    return done.stdout.strip()


def main() -> int:
    """Write the page; 1 when a benchmark failed, and the page is then left as it was."""
    scripts = sorted((REPOSITORY / "benchmarks" / "kit").glob("bench_*.py"))
    sections = [section(script) for script in scripts]
    if None in sections:
        return 1
    head = (
        "# The kit, measured\n\n"
        f"Written by `make bench-kit` on {os.cpu_count()} cores, Python "
        f"{platform.python_version()}. Every table is one run: the kit and its peers on the same "
        "servers, one after the other."
    )
    PAGE.write_text("\n\n".join([head, *filter(None, sections)]) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

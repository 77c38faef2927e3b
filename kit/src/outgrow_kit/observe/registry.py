"""One set of metrics for all worker processes of an instance.

Workers of one server have the same parent, so the folder in which prometheus_client adds
their values up is named after it: nobody has to configure it, and a restart begins anew.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from outgrow_kit.errors import KitError

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry
    from prometheus_client.metrics_core import Metric

VARIABLE = "PROMETHEUS_MULTIPROC_DIR"


def share_between_workers(workers: int) -> Path | None:
    """Prepare the folder of all workers and return it; None for a single process.

    Raises KitError when prometheus_client was imported before, because it decides at its
    import where values are kept, and when the folder is another user's.
    """
    if workers <= 1 and VARIABLE not in os.environ:
        return None
    if VARIABLE not in os.environ:
        if "prometheus_client.values" in sys.modules:
            raise KitError(
                "prometheus_client was imported before the kit's Metrics were made, so the "
                f"workers' values would not add up: make Metrics first, or set {VARIABLE} to an "
                "empty folder."
            )
        os.environ[VARIABLE] = str(_folder_of(os.getppid()))
    folder = Path(os.environ[VARIABLE])
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def _folder_of(parent: int) -> Path:
    home = Path(tempfile.gettempdir()) / f"outgrow-kit-metrics-{os.getuid()}"
    home.mkdir(exist_ok=True, mode=0o700)
    found = home.lstat()
    # Everybody may make a folder of this name there, and would then own what is counted.
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise KitError(
            f"{home} is not a folder of this user, so workers cannot share their metrics there: "
            f"remove it, or set {VARIABLE} to an empty folder."
        )
    _remove_ended(home)
    return home / f"{parent}-{_started_at(parent)}"


def _started_at(pid: int) -> str:
    """Return when a process began (clock ticks since boot); "0" where that is not told.

    It is the 22nd field of /proc/PID/stat, the 20th after the name in parentheses.
    """
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return "0"
    return text.rpartition(")")[2].split()[19]


def _remove_ended(home: Path) -> None:
    """Remove the folders of servers that no longer run."""
    for folder in home.iterdir():
        pid, _, began = folder.name.partition("-")
        if pid.isdigit() and _started_at(int(pid)) != began and not _is_alive(int(pid), began):
            shutil.rmtree(folder, ignore_errors=True)


def _is_alive(pid: int, began: str) -> bool:
    """Return whether a process runs, where /proc cannot tell when it began."""
    if began != "0":
        return False
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True


def all_workers(folder: Path) -> CollectorRegistry:
    """Return a registry that adds up the values of every worker, dead ones included."""
    from prometheus_client import CollectorRegistry
    from prometheus_client.multiprocess import MultiProcessCollector

    _forget_gauges_of_dead_workers(folder)
    registry = CollectorRegistry()
    MultiProcessCollector(registry, str(folder))  # type: ignore[no-untyped-call]
    registry.register(_Processes(folder))
    return registry


def _forget_gauges_of_dead_workers(folder: Path) -> None:
    from prometheus_client.multiprocess import mark_process_dead

    for pid in _workers(folder):
        if not Path(f"/proc/{pid}").exists() and Path("/proc").exists():
            mark_process_dead(pid, str(folder))  # type: ignore[no-untyped-call]


def _workers(folder: Path) -> set[int]:
    names = (file.stem.rpartition("_")[2] for file in folder.glob("*.db"))
    return {int(name) for name in names if name.isdigit()}


class _Processes:
    """CPU, memory and open files of the workers that run, added up.

    prometheus_client leaves these out when there are several processes.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def collect(self) -> Iterable[Metric]:
        from prometheus_client import ProcessCollector
        from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily

        sums: dict[str, float] = {}
        for pid in _workers(self._folder):
            reader = ProcessCollector(pid=lambda pid=pid: pid, registry=None)  # type: ignore[misc]
            with contextlib.suppress(OSError):
                for metric in reader.collect():
                    for sample in metric.samples:
                        sums[sample.name] = sums.get(sample.name, 0.0) + sample.value
        cpu = "process_cpu_seconds_total"
        yield CounterMetricFamily(cpu, "CPU time of all workers.", sums.get(cpu, 0.0))
        for name, text in _SUMMED.items():
            if name in sums:
                yield GaugeMetricFamily(name, text, sums[name])


_SUMMED = {
    "process_resident_memory_bytes": "Memory of all workers; what they share counts for each.",
    "process_open_fds": "Open files of all workers.",
    "process_max_fds": "The most files that all workers may open.",
}

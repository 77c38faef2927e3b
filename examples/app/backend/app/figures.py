"""What the business counts, beside what the kit counts by itself."""

from __future__ import annotations

from outgrow_kit.observe import Metrics


class Figures:
    """The application's own metrics; every series is there from the start."""

    def __init__(self, metrics: Metrics) -> None:
        self.sign_ins = metrics.counter("sign_ins_total", "Sign-ins that succeeded.")
        self.organizations = metrics.counter(
            "organizations_created_total", "Organisations that signed in for the first time."
        )
        self.projects = metrics.counter("projects_created_total", "Projects that were created.")
        self.tasks = metrics.counter(
            "task_changes_total", "What happened to tasks.", {"to": ("open", "doing", "done")}
        )
        self.file_bytes = metrics.counter("file_bytes_total", "Bytes of files that were stored.")

"""The end that all images share: a user without rights, a port, a check and a command."""

from __future__ import annotations

from outgrow.render.dockerfile.base_images import runtime_of
from outgrow.render.dockerfile.instructions import (
    USER_ID,
    command_words,
    comment,
    exec_form,
    shell_quoted,
)
from outgrow.render.dockerfile.probe import Probe, probe_of
from outgrow.render.dockerfile.start_command import start_command
from outgrow.render.system.model import Part
from outgrow.strategy.containers import Build

# What bundlers put into the files that browsers get.
_PUBLIC_PREFIXES = ("NEXT_PUBLIC_", "VITE_", "REACT_APP_", "PUBLIC_")


def public_keys(part: Part) -> list[str]:
    """Return the variables that are built into a frontend's files."""
    return sorted(
        key for key in {**part.environment, **part.secrets} if key.startswith(_PUBLIC_PREFIXES)
    )


def packages_of_debian(build: Build) -> list[str]:
    """Return the instruction that installs the part's system packages, if it has any."""
    if not build.system_packages:
        return []
    names = " ".join(shell_quoted(one) for one in sorted(set(build.system_packages)))
    return [
        *comment("Debian keeps only the newest build of a package, so a pinned one vanishes."),
        "# hadolint ignore=DL3008",
        "RUN apt-get update \\",
        f"    && apt-get install -y --no-install-recommends {names} \\",
        "    && rm -rf /var/lib/apt/lists/*",
    ]


def user() -> list[str]:
    """Return the instructions that make the user the part runs as."""
    return [
        f"RUN groupadd --system --gid {USER_ID} app \\",
        f"    && useradd --system --uid {USER_ID} --gid app --home-dir /tmp --no-create-home"
        " --shell /usr/sbin/nologin app",
    ]


def finish(part: Part, owner: str = "") -> list[str]:
    """Return the last instructions of the last stage."""
    lines = [*_writable(part), *_volumes(part), f"USER {owner or USER_ID}:{owner or USER_ID}"]
    if part.listens is not None:
        lines.append(f"EXPOSE {part.listens}")
    lines += _stop_signal(part)
    probe = probe_of(part)
    if probe is None:
        lines += ["HEALTHCHECK NONE"]
    else:
        lines += _health_check(probe)
    return [*lines, *_start(part)]


def _writable(part: Part) -> list[str]:
    """Return the instruction that makes the folders a part writes to and gives them to it."""
    folders = " ".join(shell_quoted(one) for one in part.run.writable_folders)
    if not folders:
        return []
    return [f"RUN mkdir -p {folders} \\", f"    && chown -R {USER_ID}:{USER_ID} {folders}"]


def _volumes(part: Part) -> list[str]:
    """Return the instruction by which Fargate's volumes keep the owner of their folder."""
    if part.service != "aws/fargate":
        return []
    why = "Fargate mounts a volume here. Without this line it belongs to root."
    return [*comment(why), f"VOLUME {exec_form(['/tmp', *part.run.writable_folders])}"]


def _stop_signal(part: Part) -> list[str]:
    if runtime_of(part) == "static":
        return [*comment("nginx ends what it is answering before it stops."), "STOPSIGNAL SIGQUIT"]
    if part.build is not None and part.build.framework == "rq":
        return [*comment("rq finishes its job on the first SIGINT."), "STOPSIGNAL SIGINT"]
    return ["STOPSIGNAL SIGTERM"]


def _health_check(probe: Probe) -> list[str]:
    times = (
        f"HEALTHCHECK --interval={probe.interval_seconds}s --timeout={probe.timeout_seconds}s"
        f" --start-period={probe.start_seconds}s --retries={probe.retries} \\"
    )
    return [times, f"    CMD {exec_form(probe.words)}"]


def _start(part: Part) -> list[str]:
    entrypoint = part.run.entrypoint
    first = [f"ENTRYPOINT {exec_form(command_words(entrypoint))}"] if entrypoint else []
    if runtime_of(part) == "static" and not part.run.command:
        return [*first, 'CMD ["nginx", "-g", "daemon off;"]']
    words, note = start_command(part)
    return [*first, *comment(note), f"CMD {exec_form(words)}"]

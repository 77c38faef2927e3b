"""What a strategy tells Docker of a container, and no other place can be told."""

from __future__ import annotations

from outgrow.render.system.model import Part

# What only has to do with how a container is looked at or joined on one machine is left out:
# names, terminals, and networks that its place draws itself.
_RIGHTS = ("privileged", "cap_add", "devices", "security_opt", "group_add", "pid", "ipc",
           "network_mode", "outside_networks", "ulimits", "sysctls", "shm_size")  # fmt: skip


def docker_only(part: Part) -> tuple[str, ...]:
    """Return the keys of `run` with which a container gets more than others, or other limits."""
    return tuple(key for key in _RIGHTS if getattr(part.run, key))

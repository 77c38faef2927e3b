"""Whose a project of Compose is: its name is all that Compose goes by, and two may share it.

A second strategy of the same name would take the first one's containers for its own, replace
them and remove them with their data.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from outgrow.clients.docker_inspect import Container
from outgrow.errors import InputError

RUN_FOLDER = ".outgrow"
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")


def checked_name(name: str) -> str:
    """Return `name`; raise InputError when Compose takes no such project name."""
    if not _NAME.fullmatch(name):
        raise InputError(
            f"{name!r} cannot be the name of a project",
            "Use small letters, digits, - and _; begin with a letter or a digit.",
        )
    return name


def refuse_another_folders(name: str, folder: Path, containers: Iterable[Container]) -> None:
    """Raise InputError when containers of the project `name` were started from elsewhere.

    `folder` is the one from which this strategy starts it.
    """
    others = sorted({one.folder for one in containers if one.folder} - {str(folder)})
    if not others:
        return
    homes = ", ".join(_home(other) for other in others)
    raise InputError(
        f"the containers of {name} were started from {homes}, not from {_home(str(folder))}",
        "Give this one a name of its own (--project NAME), or end the other one first: "
        f"`outgrow down` in {_home(others[0])}. If that folder was moved or removed: "
        f"docker rm --force $(docker ps --all --quiet --filter label={_LABEL}={name})",
    )


def refuse_another_folders_volumes(name: str, folder: Path, volumes: Iterable[str]) -> None:
    """Raise InputError when `name` has kept data although nothing was ever started in `folder`.

    Its passwords lie in the folder that it was started from, so this one could not read it.
    """
    kept = ", ".join(volumes)
    if not kept or (folder / ".env").is_file():
        return
    raise InputError(
        f"{name} has data of another folder's strategy, or of a removed {RUN_FOLDER}/: {kept}",
        "Give this one a name of its own (--project NAME), or remove what was kept, if nobody "
        f"needs it: docker volume rm {kept.replace(',', '')}",
    )


_LABEL = "com.docker.compose.project"


def _home(folder: str) -> str:
    """Return the folder of the strategy whose run lies in `folder`, else `folder`."""
    path = Path(folder)
    ours = len(path.parts) > 3 and path.parent.name == "run"
    return str(path.parents[2]) if ours and path.parents[1].name == RUN_FOLDER else folder
